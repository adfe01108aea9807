"""The table in the terminal, and RESULTS.md."""

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
_WORDS = {True: "yes", False: "NO", None: ""}

HOW = """\
`make bench` measures all of this and writes this page. The local cloud runs in a process of its
own and answers 20 ms late as an API, 10 ms late as OSS; both functions run on the FC host, ours
from the built packages. The baseline is `bench/baseline.py`: oss2, alibabacloud_mts20140618 and
json, one job after the other, whole downloads. Ours and the baseline take turns; a value is the
median, with the least and the most of all runs behind it. Trust the ratios.
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
    """Rewrite RESULTS.md and the chart."""
    (HERE / "results.svg").write_text(chart.drawn(figures), encoding="utf-8")
    (HERE / "RESULTS.md").write_text(_page(figures, prepared), encoding="utf-8")


def _page(figures: Sequence[Figure], prepared: Prepared) -> str:
    head = ("figure", "ours", "goal", "met?", "baseline")
    lines = [_line(head), _line(("---",) * len(head)), *(_line(_cells(each)) for each in figures)]
    notes = [f"- {each.name.strip()}: {each.note}\n" for each in figures if each.note]
    chart_line = "![How much of each goal is used up](results.svg)\n"
    told = "".join(lines) + ("\n" + "".join(notes) if notes else "")
    return f"# Results\n\n{_machine(prepared)}\n{HOW}\n{told}\n{chart_line}"


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
    return figure.name, figure.ours, goal, _WORDS[figure.met], figure.baseline


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"
