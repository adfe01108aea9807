"""Read job IDs, one per line, from a body that is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from mps_manifest.job_ids import is_bare_job_id

_LONGEST_LINE = 4096
_NAMED = 20


def first_line(head: bytes) -> str:
    """Return the first line that is not blank, with bytes that are not ASCII replaced."""
    line = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:_LONGEST_LINE].partition(b"\n")[0]
    return line.decode("ascii", "replace").strip()


class LineReader:
    """The job IDs of a long text, as an iterable.

    `read` is the number of lines so far, including skipped ones; `progress_key` is the key of the
    record that keeps it between invocations. `others` is the number of lines that are not job IDs.
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
        """Return a sentence that names the lines that are not job IDs."""
        more = ", ..." if self.others > len(self._named) else ""
        verdict = "line is not a job ID" if self.others == 1 else "lines are not job IDs"
        return f"{self.others} {verdict} ({', '.join(self._named)}{more})"

    def _note(self, text: str) -> None:
        self.others += 1
        if len(self._named) < _NAMED:
            self._named.append(f"line {self.read}: {text[:60]!r}")

    def _lines(self) -> Iterator[bytes]:
        rest, chunk = b"", self._head
        while chunk:
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
            if len(rest) > _LONGEST_LINE:  # not a job ID; its start is enough for the error
                rest = rest[:_LONGEST_LINE]
            chunk = next(self._chunks, b"")
        if rest:
            yield rest
