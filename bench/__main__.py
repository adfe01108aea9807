"""Run all benchmarks or the named rows: python -m bench [--quick] [row ...]."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import report
from bench.figures import Figure
from bench.harness import Harness
from bench.packages import prepare
from bench.rows import (
    cold,
    formats,
    large,
    memory,
    pure_core,
    raised_quota,
    requests,
    sweep,
    throughput,
    warm,
)
from deploy.build_runtimes import RUNTIMES
from local.client import LocalCloud

ROWS: dict[str, Callable[[Harness], list[Figure]]] = {
    "throughput": throughput.measure,
    "raised": raised_quota.measure,
    "cold": cold.measure,
    "warm": warm.measure,
    "requests": requests.measure,
    "large": large.measure,
    "formats": formats.measure,
    "memory": memory.measure,
    "sweep": sweep.measure,
    "pure": pure_core.measure,
}


def main(arguments: Sequence[str]) -> int:
    """Measure and print; write the results if all rows were measured in full size."""
    options = _parse(arguments)
    prepared = prepare(options.runtime)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, LocalCloud.start(Path(folder) / "cloud") as cloud:
        harness = Harness(cloud, prepared, Path(folder), options.runs, options.quick)
        for name in options.row or ROWS:
            print(f"measuring {name}", file=sys.stderr, flush=True)
            figures += ROWS[name](harness)
    report.show(figures)
    if not options.row and not options.quick:
        report.write(figures, prepared)
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("row", nargs="*", choices=[*ROWS, []], help="default: all rows")
    parser.add_argument(
        "--quick", action="store_true", help="smaller sizes; results are not written"
    )
    parser.add_argument(
        "--runs", type=int, default=3, help="how often slow measurements are repeated"
    )
    parser.add_argument("--runtime", choices=list(RUNTIMES), default="python3.12")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
