"""The report: a table in the terminal, RESULTS.md and the chart."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import chart
from bench.figures import Figure
from bench.packages import HERE, Prepared

_VERSIONS = ("oss2", "alibabacloud_mts20140618", "pyperf")
_WIDTH = 160
_MET = {True: "yes", False: "NO", None: ""}

HOW = """\
`make bench` measures all figures and writes this page. The local cloud runs in a process of its
own; its latency is 20 ms for the APIs and 10 ms for OSS. Both functions run on the FC host, ours
from the built packages. The baseline is `bench/baseline.py`: oss2, alibabacloud_mts20140618 and
json, one job after the other, with complete downloads. Ours and the baseline are measured
alternately; a value is the median of all runs, followed by their minimum and maximum. Ratios are
more reliable than absolute values.
"""


def show(figures: Sequence[Figure]) -> None:
    """Print the table."""
    table = Table("figure", "ours", "goal", "met?", "baseline")
    for figure in figures:
        style = "red" if figure.met is False else ""
        table.add_row(*_cells(figure), style=style)
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH
    console.print(table)
    for figure in figures:
        if figure.note:
            console.print(f"{figure.name.strip()}: {figure.note}", markup=False)


def write(figures: Sequence[Figure], prepared: Prepared) -> None:
    """Write RESULTS.md and the chart."""
    (HERE / "results.svg").write_text(chart.render(figures), encoding="utf-8")
    (HERE / "RESULTS.md").write_text(_page(figures, prepared), encoding="utf-8")


def _page(figures: Sequence[Figure], prepared: Prepared) -> str:
    head = ("figure", "ours", "goal", "met?", "baseline")
    lines = [_line(head), _line(("---",) * len(head)), *(_line(_cells(each)) for each in figures)]
    notes = [f"- {each.name.strip()}: {each.note}\n" for each in figures if each.note]
    chart_line = "![Each figure as a share of its goal](results.svg)\n"
    table = "".join(lines) + ("\n" + "".join(notes) if notes else "")
    return f"# Results\n\n{_machine(prepared)}\n{HOW}\n{table}\n{chart_line}"


def _machine(prepared: Prepared) -> str:
    cores = len(os.sched_getaffinity(0))
    versions = ", ".join(f"{name} {prepared.version(name)}" for name in _VERSIONS)
    day = f"{datetime.now(timezone.utc):%Y-%m-%d}"
    system = f"{platform.system()} {platform.machine()}"
    return f"{day}, {_processor()}, {cores} cores, {system}, {prepared.ours.runtime}, {versions}.\n"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _cells(figure: Figure) -> tuple[str, ...]:
    goal = figure.goal.text if figure.goal else ""
    return figure.name, figure.ours, goal, _MET[figure.met], figure.baseline


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"
