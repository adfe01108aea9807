"""Read job IDs from lines of a text of any length, in constant memory.

A line holds one ID or several, as people and their tools write them: in quotes, with commas or
semicolons, behind a key that says so. A table says under which heading they stand. Nothing else on
a line is guessed. Of a line that is too long to be kept, the IDs are read up to what is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mps_manifest.events.id_tables import Column, column_of, is_heading
from mps_manifest.events.line_windows import LONGEST_LINE, windows, without_cut_id
from mps_manifest.events.scope import MAX_NAMED_FAULTS, quoted
from mps_manifest.job_ids import is_bare_job_id

_HEAD = 4096
_BLANKS = " \t\x0b\x0c\x00\x1a\u00a0\u200b\u200e\u200f\u3000\ufeff"
"""Blanks of ASCII and Unicode, marks, and with what DOS ends a file."""
_MARKS = ",;\"'[]\u2018\u2019\u201c\u201d"
_ANY_ID = re.compile(rb"[0-9A-Fa-f]{32}")
_LINE = re.compile(rb"\S[^\r\n]*")
_WHOLE_LINE = re.compile(rb"[^\r\n]+")
_LINE_END = re.compile(rb"[\r\n]|\Z")
_BETWEEN = re.compile(f"[{re.escape(_BLANKS + _MARKS)}]+")
_COMMENTS = ("#", "//")
_COMMENT_LINE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:#|//)[^\r\n]*")
_COMMENT_BEHIND = re.compile(r"\s(?:#|//)")
_KEY = re.compile(r"[\"']?job[ _-]?ids?[\"']?(?:[ \t]*[:=]|[ \t,;])", re.IGNORECASE)


def has_bare_line(text: bytes) -> bool:
    """Return whether a text has a line that is a job ID and nothing else."""
    return any(map(is_bare_job_id, _lines_with_ids(text)))


def has_id_line(text: bytes) -> bool:
    """Return whether a text has a line that names jobs, or begins like a table of them."""
    if any(_are_ids(_cells(line)) for line in _lines_with_ids(text)):
        return True
    return bool(_ANY_ID.search(text)) and any(LineReader([_head(text)]))


def _head(text: bytes) -> bytes:
    """Return the beginning of a text, behind comments of any length."""
    at = 0
    while comment := _COMMENT_LINE.match(text, at):
        at = comment.end()
    return text[at : at + _HEAD]


def _lines_with_ids(text: bytes) -> Iterator[str]:
    """Yield the lines in which there is something like an ID, without the blanks around them.

    Of one that is too long the beginning counts. No pattern for whole lines, which would remember
    each of its repetitions.
    """
    end = 0
    while found := _ANY_ID.search(text, end):
        start = max(text.rfind(mark, end, found.start()) for mark in (b"\r", b"\n")) + 1
        line_end = _LINE_END.search(text, found.end())
        before, end = end, line_end.start() if line_end else len(text)
        line = text[start or before : end]
        if len(line) > LONGEST_LINE:
            line = line[: without_cut_id(line[:LONGEST_LINE])]
        yield line.decode("utf-8", "replace").strip("\r\n" + _BLANKS)


def _cells(text: str) -> list[str]:
    """Return what stands between separators, without a key before it and a comment behind it."""
    text = _COMMENT_BEHIND.split(text, 1)[0]
    key = _KEY.match(text)
    return [cell for cell in _BETWEEN.split(text[key.end() :] if key else text) if cell]


def _are_ids(cells: list[str]) -> bool:
    return bool(cells) and all(map(is_bare_job_id, cells))


class LineReader:
    """The job IDs of a text, as an iterable; lines that are not job IDs are counted in `others`."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.others = 0
        self._named: list[str] = []
        self._chunks = chunks
        self._lines_before = 0
        self._heading = ""
        self._column: Column | None = None
        self._skips = False

    def __iter__(self) -> Iterator[str]:
        for window, is_part in windows(self._chunks):
            if is_part:
                yield from self._ids_of_part(window)
            elif len(self._named) < MAX_NAMED_FAULTS or self._may_name_jobs(window):
                yield from self._ids(window)
            else:
                self.others += len(_LINE.findall(window))
            self._lines_before += window.count(b"\n") or window.count(b"\r")

    def describe_others(self) -> str:
        """Return a sentence that names the lines that are not job IDs, up to a hundred of them."""
        more = ", ..." if self.others > len(self._named) else ""
        verdict = "line is not a job ID" if self.others == 1 else "lines are not job IDs"
        return f"{self.others} {verdict} ({', '.join(self._named)}{more})"

    def _may_name_jobs(self, window: bytes) -> bool:
        return bool(_ANY_ID.search(window)) if self._column else has_id_line(window)

    def _ids(self, window: bytes) -> Iterator[str]:
        for line in _WHOLE_LINE.finditer(window):
            whole = line[0].decode("utf-8", "replace")
            text = whole.strip(_BLANKS)
            if self._column is None and is_bare_job_id(text):
                yield text
            elif text and not text.startswith(_COMMENTS):
                found = self._in_line(whole, text)
                yield from found or ()
                if found is None:
                    self._note(text, window, line.start())

    def _ids_of_part(self, part: bytes) -> Iterator[str]:
        """Yield the IDs of a part of a long line; of one with anything else the rest is skipped."""
        text = "" if self._skips else part.decode("utf-8", "replace").strip("\r\n" + _BLANKS)
        if text:
            is_comment = text.startswith(_COMMENTS)
            cells = [] if is_comment else self._cells_of_part(part, text)
            self._skips = is_comment or bool(self._column or _COMMENT_BEHIND.search(text))
            # a line below other things is not read in parts
            if not cells or (_are_ids(cells) and (self._column or not self.others)):
                yield from cells
            else:
                self._skips = True
                self._note(text, part, 0)
        if part.endswith((b"\r", b"\n")):
            self._skips = False

    def _cells_of_part(self, part: bytes, text: str) -> list[str]:
        """Return what should be IDs; of a table's row that is what the first part has of it."""
        if self._column:
            return [self._column.cell(part.decode("utf-8", "replace")).strip(_BLANKS)]
        return _cells(text)

    def _in_line(self, whole: str, text: str) -> list[str] | None:
        """Return the IDs of a line; None where it is something else than IDs or a heading."""
        if self._column:
            cell = self._column.cell(whole).strip(_BLANKS)
            return [cell] if is_bare_job_id(cell) else None
        cells = _cells(text)
        are_ids = _are_ids(cells)
        if self.others:  # what came before may be the heading of other things, so not of a table
            return cells if are_ids and len(cells) == 1 else None
        if are_ids:
            return cells
        # no heading, whatever other words there are; such as pipelines may be named in one
        if any(cell.isalnum() and _ANY_ID.match(cell.encode()) for cell in cells):
            return None
        self._column = column_of(self._heading, whole)
        self._heading = self._heading or whole.removeprefix("\ufeff")
        return [] if self._column or is_heading(text) else None

    def _note(self, text: str, window: bytes, start: int) -> None:
        self.others += 1
        if len(self._named) < MAX_NAMED_FAULTS:
            number = self._lines_before + window.count(b"\n", 0, start) + 1
            self._named.append(f"line {number}: {quoted(text)}")
