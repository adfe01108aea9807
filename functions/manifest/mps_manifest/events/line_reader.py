"""Job IDs, one per line, out of a body that is never in memory whole."""

from __future__ import annotations

from collections.abc import Iterator

from mps_manifest.job_ids import is_bare_job_id

_LONGEST_LINE = 4096
_NAMED = 20


def first_line(head: bytes) -> str:
    """Return the first line that is not blank; the empty text where it is no text."""
    line = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:_LONGEST_LINE].partition(b"\n")[0]
    return line.decode("ascii", "replace").strip()


class LineReader:
    """The job IDs of a long text. `read` counts the lines taken so far, the skipped ones included.

    `progress_key` is where the count is kept between invocations; `others` counts the lines that
    are no job IDs.
    """

    def __init__(
        self, head: bytes, chunks: Iterator[bytes], *, skip: int, progress_key: str
    ) -> None:
        self.read = 0
        self.progress_key = progress_key
        self.others = 0
        self._skip = skip
        self._named: list[str] = []
        self._head = head.removeprefix(b"\xef\xbb\xbf")
        self._chunks = chunks

    def __iter__(self) -> Iterator[str]:
        for line in self._lines():
            self.read += 1
            text = line.decode("utf-8", "replace").strip()
            if self.read <= self._skip or not text:
                continue
            if is_bare_job_id(text):
                yield text
            else:
                self._note(text)

    def describe_others(self) -> str:
        """Return a sentence that names the lines which are no job IDs."""
        more = ", ..." if self.others > len(self._named) else ""
        return f"{self.others} lines are no job IDs ({', '.join(self._named)}{more})"

    def _note(self, text: str) -> None:
        self.others += 1
        if len(self._named) < _NAMED:
            self._named.append(f"line {self.read}: {text[:60]!r}")

    def _lines(self) -> Iterator[bytes]:
        rest, chunk = b"", self._head
        while chunk:
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
            if len(rest) > _LONGEST_LINE:  # no line of IDs; only its start is of interest
                rest = rest[:_LONGEST_LINE]
            chunk = next(self._chunks, b"")
        if rest:
            yield rest
