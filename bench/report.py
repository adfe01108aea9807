"""The report: a table in the terminal, RESULTS.md and the chart."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench import chart
from bench.figures import Figure
from bench.kept import KeptRow
from bench.packages import HERE
from bench.system import table
from bench.system.results import Measured
from bench.system.runs import Run

_WIDTH = 160
_HEAD = ("figure", "ours", "goal", "met?", "baseline")
_MET = {True: "yes", False: "NO", None: ""}

HOW = """\
`make bench` measures all figures and writes this page; a row that is measured by itself in full
size replaces what the page says of it. The local cloud runs in a process of its own; its latency is
20 ms for the APIs and 10 ms for OSS. Both functions run on the FC host, ours from the built
packages. The baseline is `bench/baseline.py`: oss2, alibabacloud_mts20140618 and json, one job
after the other, with complete downloads. Ours and the baseline are measured alternately; a value is
the median of all runs, followed by their minimum and maximum. Ratios are more reliable than
absolute values.
"""

PACE = """\
A shared machine is not equally fast all the time. What Python takes on one core for the sum of
three million squares tells roughly how times and rates of one day compare with those of another: it
was 190 ms where nobody else kept such a machine busy. Real code can lose more; whether a row that
misses its goal is the code's fault is measured in turns (docs/decisions, 19).
"""

SYSTEM = """\
The stack of `template.yml` with its defaults beside the same local cloud, which enforces the quota
of 100 calls in any second: all instances, the timer and the triggers as they are deployed, from the
built packages, warm. The baseline is the same stack with `QuotaSharing=split` and one instance
beside the sweep, with the same events. Of a value there is one run: `make bench ARGS=--times=2`
measures each row twice. Delays are from event to manifest: that of a burst is when it was sent,
that of the backlog the tick. Calls of the busiest second are counted where they arrive, in every
window of one second. Requests beyond query, HEADs and PUT are all others but the parts of files
that media facts are read from. Money is by the rates of `tools/costs.py` for functions, OSS,
messages and log. The row `disturbed` is all sources at once, 1,000 jobs each, while instances in a
call are killed and frozen by turns, for up to 40 s, and of every ten instances one has a clock that
is a second ahead. What a killed sweep was at work on waits until its time is over, hence the
delays. The row `half` is the same bursts with half the quota, and so half the load: what the design
reaches where the machine is no limit. The cloud, all instances and the harness share the cores of
one machine: below the table is who kept how many of them busy.
"""


def show(rows: Sequence[KeptRow]) -> None:
    """Print the tables."""
    figures, system = _of_both(rows)
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH
    _show_figures(console, figures)
    _show_figures(console, system.figures)
    _show_runs(console, system.runs)


def _of_both(rows: Sequence[KeptRow]) -> tuple[list[Figure], Measured]:
    """Return the figures of a single function, and what was measured of the system."""
    figures = [each for row in rows if not row.measured.runs for each in row.measured.figures]
    return figures, Measured.all_of([row.measured for row in rows if row.measured.runs])


def _show_figures(console: Console, figures: Sequence[Figure]) -> None:
    if not figures:
        return
    shown = Table(*_HEAD)
    for figure in figures:
        style = "red" if figure.met is False else ""
        shown.add_row(*_cells(figure), style=style)
    console.print(shown)
    for figure in figures:
        if figure.note:
            console.print(f"{figure.name.strip()}: {figure.note}", markup=False)


def _show_runs(console: Console, runs: Sequence[Run]) -> None:
    if not runs:
        return
    shown = Table(*table.HEAD)
    for run in runs:
        shown.add_row(*table.cells(run))
    console.print(shown)
    for text in table.explained(runs):
        console.print(text, markup=False)


def write(rows: Sequence[KeptRow]) -> None:
    """Write RESULTS.md and the chart, which shows the figures of a single function."""
    figures, _system = _of_both(rows)
    (HERE / "results.svg").write_text(chart.render(figures), encoding="utf-8")
    (HERE / "RESULTS.md").write_text(page(rows), encoding="utf-8")


def page(rows: Sequence[KeptRow]) -> str:
    """Return RESULTS.md."""
    figures, system = _of_both(rows)
    chart_line = "![Each figure as a share of its goal](results.svg)\n"
    runs = _lines(table.HEAD, [table.cells(run) for run in system.runs])
    details = "".join(f"- {text}\n" for text in table.explained(system.runs))
    return (
        f"# Results\n\n{_circumstances(rows)}{_paces(rows)}\n{HOW}\n"
        f"{_figures(figures)}\n{chart_line}\n"
        f"## The system\n\n{SYSTEM}\n{_figures(system.figures)}\n{runs}\n{details}"
    )


def _figures(figures: Sequence[Figure]) -> str:
    notes = [f"- {each.name.strip()}: {each.note}\n" for each in figures if each.note]
    lines = _lines(_HEAD, [_cells(each) for each in figures])
    return lines + ("\n" + "".join(notes) if notes else "")


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "".join(map(_line, [head, ("---",) * len(head), *rows]))


def _circumstances(rows: Sequence[KeptRow]) -> str:
    """Return when and where all was measured, by row where that was not at once."""
    by_text: dict[str, list[str]] = {}
    for row in rows:
        by_text.setdefault(row.circumstances, []).append(row.name)
    if len(by_text) == 1:
        return f"{rows[0].circumstances}.\n"
    return "".join(f"- {text}: {', '.join(names)}\n" for text, names in by_text.items())


def _paces(rows: Sequence[KeptRow]) -> str:
    """Return how fast the machine was; nothing of rows whose pace was not measured."""
    paces = [
        f"{row.name} {' and '.join(f'{each * 1000:.0f}' for each in row.pace)}"
        for row in rows
        if row.pace
    ]
    return f"\n{PACE}In ms, before and after each row: {', '.join(paces)}.\n" if paces else ""


def _cells(figure: Figure) -> tuple[str, ...]:
    goal = figure.goal.text if figure.goal else ""
    return figure.name, figure.ours, goal, _MET[figure.met], figure.baseline


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"
