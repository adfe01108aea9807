"""Read job IDs, one per line, from a text of any length, in constant memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mps_manifest.events.scope import MAX_NAMED_FAULTS, quoted
from mps_manifest.job_ids import is_bare_job_id

_WINDOW = 64 * 1024
_LONGEST_LINE = 4096
# blanks around an ID: ASCII's, a no-break and an ideographic space, a byte order mark
_BLANKS = " \t\x0b\x0c\u00a0\u3000\ufeff"
# their bytes, since a repeated group of them takes a hundred times the text in memory
_GAP = rb"[ \t\x0b\x0c\xc2\xa0\xe3\x80\xef\xbb\xbf]*"
_ID_LINE = re.compile(rb"(?:^|[\r\n])" + _GAP + rb"[0-9A-Fa-f]{32}" + _GAP + rb"(?=[\r\n]|\Z)")
_LINE = re.compile(rb"\S[^\r\n]*")


def has_id_line(text: bytes) -> bool:
    """Return whether a text has a line that is a job ID."""
    return any(is_bare_job_id(_bare(found[0])) for found in _ID_LINE.finditer(text))


def _bare(line: bytes) -> str:
    return line.decode("utf-8", "replace").strip("\r\n").strip(_BLANKS)


class LineReader:
    """The job IDs of a text, as an iterable; lines that are not job IDs are counted in `others`."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.others = 0
        self._named: list[str] = []
        self._chunks = chunks
        self._lines_before = 0

    def __iter__(self) -> Iterator[str]:
        for window in self._windows():
            if len(self._named) < MAX_NAMED_FAULTS or has_id_line(window):
                yield from self._ids(window)
            else:
                self.others += len(_LINE.findall(window))
            self._lines_before += window.count(b"\n") or window.count(b"\r")

    def describe_others(self) -> str:
        """Return a sentence that names the lines that are not job IDs, up to a hundred of them."""
        more = ", ..." if self.others > len(self._named) else ""
        verdict = "line is not a job ID" if self.others == 1 else "lines are not job IDs"
        return f"{self.others} {verdict} ({', '.join(self._named)}{more})"

    def _ids(self, window: bytes) -> Iterator[str]:
        for line in _LINE.finditer(window):
            text = _bare(line[0])
            if is_bare_job_id(text):
                yield text
            elif text:
                self._note(text, window, line.start())

    def _note(self, text: str, window: bytes, start: int) -> None:
        self.others += 1
        if len(self._named) < MAX_NAMED_FAULTS:
            number = self._lines_before + window.count(b"\n", 0, start) + 1
            self._named.append(f"line {number}: {quoted(text)}")

    def _windows(self) -> Iterator[bytes]:
        """Yield the text in parts that end where a line does; lines that are too long are cut."""
        rest = b""
        for chunk in self._chunks:
            for start in range(0, len(chunk), _WINDOW):
                part = rest + chunk[start : start + _WINDOW]
                end = max(part.rfind(b"\n"), part.rfind(b"\r")) + 1
                if end:
                    yield part[:end]
                rest = part[end:][:_LONGEST_LINE]
        if rest:
            yield rest
