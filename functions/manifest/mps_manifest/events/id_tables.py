"""Find the column of job IDs in a table: one of cells with separators, or one that is aligned."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple

from mps_manifest.parsing.spelling import plain_key

_SEPARATORS = "\t;,"
_LONGEST = 4096
_RULE = re.compile(r"-+(?: +-+)*")
_FIRST_LINE_OF_EXCEL = re.compile(r"sep=.", re.IGNORECASE)


class Column(NamedTuple):
    """One column: its number between separators, or where it begins and ends."""

    separator: str
    start: int
    end: int | None = None

    def cell(self, line: str) -> str:
        """Return what a line has in this column; an empty text where it has none."""
        if not self.separator:
            return line[self.start : self.end]
        return "".join(_cells(line, self.separator)[self.start : self.start + 1])


def is_heading(line: str) -> bool:
    """Return whether a line is one above IDs: their heading, a rule, or how Excel is to read."""
    line = line[:_LONGEST].strip().strip("\"'")
    is_rule = _RULE.fullmatch(line) or _FIRST_LINE_OF_EXCEL.fullmatch(line)
    return is_rule is not None or _is_job_id(line) or any(map(_is_job_id, line.split()))


def column_of(heading: str, line: str) -> Column | None:
    """Return the column of job IDs that a line is the heading of, or the rule below `heading`.

    None where there is no such column, or more than one.
    """
    heading, line = heading[:_LONGEST], line[:_LONGEST]
    for separator in _SEPARATORS:
        if separator in line:
            return _only([Column(separator, n) for n, c in _numbered(line, separator) if c])
    if not _RULE.fullmatch(line.strip()):
        return None
    runs = [run.start() for run in re.finditer("-+", line)]
    columns = [Column("", *both) for both in zip(runs, [*runs[1:], None], strict=True)]
    return _only([column for column in columns if _is_job_id(column.cell(heading))])


def _numbered(line: str, separator: str) -> list[tuple[int, bool]]:
    return [(n, _is_job_id(cell)) for n, cell in enumerate(_cells(line, separator))]


def _only(columns: list[Column]) -> Column | None:
    return columns[0] if len(columns) == 1 else None


def _is_job_id(cell: str) -> bool:
    return plain_key(cell.strip(" \ufeff\"'").replace(" ", "")) in {"jobid", "jobids"}


def _cells(line: str, separator: str) -> list[str]:
    import csv  # noqa: PLC0415 - few events are tables, and each start would load it

    with suppress(csv.Error):  # as for a NUL
        return next(csv.reader([line], delimiter=separator), [])
    return []
