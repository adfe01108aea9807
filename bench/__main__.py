"""Run all benchmarks or the named rows: python -m bench [--quick] [row ...].

`python -m bench system --row topic` measures one row of the system, `--set MaxInstances=4` with
another parameter of the template. The page is written once all rows were measured in full size,
whether at once or one by one.
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
from bench.kept import KeptRow, circumstances, keep, kept
from bench.pace import pace
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
from bench.rows.system import disturbed, ending, half_quota, rates, urgent
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
    "half": half_quota.of_all_sources,
    "ending": ending.without_notification,
    "disturbed": disturbed.all_sources,
}


NAMES = [*ROWS, *SYSTEM_ROWS]
"""Of all rows; none of the system has the name of one of a single function."""


def main(arguments: Sequence[str]) -> int:
    """Measure and print; write the results once all rows were measured in full size."""
    options = parse(arguments)
    try:
        prepared = prepare(options.runtime)
    except BuildError as error:
        print(f"{options.runtime} was not built: {error}", file=sys.stderr)
        return 1
    rows = []
    with tempfile.TemporaryDirectory() as folder, LocalCloud.start(Path(folder) / "cloud") as cloud:
        harness = Harness(cloud, prepared, Path(folder), options.runs, options.quick)
        for name in options.rows:
            print(f"measuring {name}", file=sys.stderr, flush=True)
            before = pace()
            measured = _measured(name, harness, options)
            rows.append(KeptRow(name, circumstances(prepared), measured, (before, pace())))
            if options.is_kept:
                keep(rows[-1])
    report.show(rows)
    all_rows = kept(NAMES) if options.is_kept else []
    if len(all_rows) == len(NAMES):
        report.write(all_rows)
    return 0


def _measured(name: str, harness: Harness, options: argparse.Namespace) -> Measured:
    """Measure a row: once, or of the system as often as is wanted."""
    if name in ROWS:
        return Measured(ROWS[name](harness), [])
    measure, variants = SYSTEM_ROWS[name], Variants.of(dict(options.set))
    runs = [measure(harness, variants) for _ in range(options.times)]
    if options.times > 1:
        runs = [run.numbered(number) for number, run in enumerate(runs, 1)]
    return Measured.joined(runs)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options: which rows to measure, and whether the page is to show them."""
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
    parser.add_argument("--quick", action="store_true", help="smaller sizes; results are not kept")
    parser.add_argument(
        "--runs", type=int, default=3, help="how often slow measurements are repeated"
    )
    parser.add_argument("--runtime", choices=list(RUNTIMES), default="python3.12")
    options = parser.parse_args(arguments)
    options.is_kept = not options.quick and not options.set
    of_system = options.row or (SYSTEM_ROWS if SYSTEM in options.rows or options.set else [])
    single = [name for name in options.rows if name != SYSTEM]
    options.rows = [*single, *of_system] or NAMES
    return options


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
