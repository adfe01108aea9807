"""What `make run` says at its end: a table of 80 columns, what is parked, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

COLUMNS = 80
"""What is printed is no wider."""
SHORT = 8
"""As many characters of a job ID are shown; `make run JOB=` takes them."""
NO_SUCH_JOB = "(no such job)"
"""Stands where other jobs have their algorithm."""
COLOURS = {
    "complete": "green",
    "partial": "yellow",
    "failed": "red",
    "expired": "red",
    "pending": "cyan",
    "rejected": "magenta",
}


@dataclass(frozen=True)
class JobRow:
    """A row of the table; `parked` is why the job was, or still is, in the backlog."""

    job: str
    api: str
    algorithm: str
    trigger: str
    status: str = ""
    files: str = ""
    reason: str = ""
    parked: str = ""

    @property
    def short(self) -> str:
        """The beginning of the ID."""
        return self.job[:SHORT]


@dataclass(frozen=True)
class ParkedJob:
    """An entry of the backlog: `due` as in its key, and why it is there."""

    job: str
    due: str
    reason: str


def print_report(
    console: Console,
    rows: Sequence[JobRow],
    backlog: Sequence[ParkedJob],
    manifests: Path,
    cloud: Path,
) -> None:
    """Print the table, what is not complete or parked and why, and where to see the results.

    `cloud` is the data folder of the cloud, which `make serve` takes.
    """
    console.print(job_table(rows))
    console.print(f"\n{counted(rows)}.", highlight=False)
    _print_list(console, "\nNot complete, and why:", _incomplete(rows))
    _print_list(
        console, "\nParked, with the time of the next look, and why:", _parked(rows, backlog)
    )
    console.print(f"\nAll manifests are in {manifests}.", highlight=False)
    console.print(f"Print one:    make run JOB={rows[0].short}", highlight=False)
    console.print(f"See them all: make serve DATA={cloud}", highlight=False)
    console.print("              and open the address that it prints", highlight=False)


def job_table(rows: Iterable[JobRow]) -> Table:
    """Return the table of all jobs, at most COLUMNS wide."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold underline")
    for heading in ("job", "API", "algorithm", "trigger", "status", "files"):
        table.add_column(heading, no_wrap=True)
    for row in rows:
        status = _coloured(row.status)
        table.add_row(row.short, row.api, row.algorithm, row.trigger, status, row.files or "-")
    return table


def counted(rows: Sequence[JobRow]) -> str:
    """Return how many jobs there are, and how many of each status."""
    counts = Counter(row.status for row in rows)
    samples = sum(row.algorithm != NO_SUCH_JOB for row in rows)
    beside = " and an unknown one" if samples < len(rows) else ""
    statuses = ", ".join(f"{n} {status}" for status, n in counts.most_common())
    return f"{samples} jobs{beside}: {statuses}"


def _incomplete(rows: Iterable[JobRow]) -> list[tuple[str, Text, str]]:
    return [
        (row.short, _coloured(row.status), row.reason) for row in rows if row.status != "complete"
    ]


def _parked(rows: Iterable[JobRow], backlog: Iterable[ParkedJob]) -> list[tuple[str, Text, str]]:
    due = {entry.job: entry for entry in backlog}
    found = []
    for row in rows:
        entry = due.get(row.job)
        if entry:
            clock = f"{entry.due[9:11]}:{entry.due[11:13]} UTC"
            found.append((row.short, Text(clock), entry.reason))
        elif row.parked:
            found.append((row.short, Text("done"), f"{row.parked}; a timer event finished it"))
    return found


def _print_list(console: Console, heading: str, lines: Sequence[tuple[str, Text, str]]) -> None:
    if not lines:
        return
    console.print(heading, highlight=False)
    table = Table.grid(padding=(0, 1))
    for _ in lines[0]:
        table.add_column(overflow="fold")
    for job, state, reason in lines:
        table.add_row(f"  {job}", state, Text(reason))
    console.print(table, highlight=False)


def _coloured(status: str) -> Text:
    return Text(status, COLOURS.get(status, "red"))
