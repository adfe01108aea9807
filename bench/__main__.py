"""Run all benchmarks or the named rows: python -m bench [--quick] [row ...].

`python -m bench system --row topic` measures one row of the system, `--set MaxInstances=4` with
another parameter of the template.
"""

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
    operators,
    pure_core,
    raised_quota,
    requests,
    sweep,
    throughput,
    warm,
)
from bench.rows.system import disturbed, ending, rates, urgent
from bench.system.results import Measured, Variants
from deploy.build_runtimes import RUNTIMES, BuildError
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
    "operator": operators.measure,
}
SYSTEM = "system"
SYSTEM_ROWS: dict[str, Callable[[Harness, Variants], Measured]] = {
    "topic": rates.of_topic,
    "queue": rates.of_queue,
    "ticket": urgent.during_a_ticket,
    "backlog": rates.of_backlog,
    "ending": ending.without_notification,
    "disturbed": disturbed.all_sources,
}


def main(arguments: Sequence[str]) -> int:
    """Measure and print; write the results if all rows were measured in full size."""
    options = parse(arguments)
    try:
        prepared = prepare(options.runtime)
    except BuildError as error:
        print(f"{options.runtime} was not built: {error}", file=sys.stderr)
        return 1
    figures: list[Figure] = []
    system = Measured([], [])
    with tempfile.TemporaryDirectory() as folder, LocalCloud.start(Path(folder) / "cloud") as cloud:
        harness = Harness(cloud, prepared, Path(folder), options.runs, options.quick)
        for name in options.rows:
            if name == SYSTEM:
                system = _system(harness, options)
                continue
            print(f"measuring {name}", file=sys.stderr, flush=True)
            figures += ROWS[name](harness)
    report.show(figures, system)
    if options.is_complete:
        report.write(figures, system, prepared)
    return 0


def _system(harness: Harness, options: argparse.Namespace) -> Measured:
    """Measure the system, or the named rows of it."""
    variants = Variants.of(dict(options.set))
    measured = []
    for number in range(1, options.times + 1):
        for name in options.row or SYSTEM_ROWS:
            print(f"measuring {SYSTEM}, {name}", file=sys.stderr, flush=True)
            row = SYSTEM_ROWS[name](harness, variants)
            measured.append(row.numbered(number) if options.times > 1 else row)
    return Measured.all_of(measured)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options: which rows to measure, and whether these are all, in full size."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    rows = [*ROWS, SYSTEM, []]
    parser.add_argument("rows", nargs="*", choices=rows, metavar="row", help="default: all rows")
    parser.add_argument(
        "--row",
        action="append",
        default=[],
        choices=SYSTEM_ROWS,
        help="row of the system; default: all of them",
    )
    parser.add_argument(
        "--times", type=int, default=1, help="how often each row of the system is measured"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=_parameter,
        metavar="NAME=VALUE",
        help="parameter of the template for the system that is measured",
    )
    parser.add_argument(
        "--quick", action="store_true", help="smaller sizes; results are not written"
    )
    parser.add_argument(
        "--runs", type=int, default=3, help="how often slow measurements are repeated"
    )
    parser.add_argument("--runtime", choices=list(RUNTIMES), default="python3.12")
    options = parser.parse_args(arguments)
    named = any((options.rows, options.row, options.set))
    options.is_complete = not named and not options.quick
    of_system = [SYSTEM] if options.row or options.set else []
    options.rows = options.rows or of_system or [*ROWS, SYSTEM]
    return options


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
