"""Read exact parts of a file, and what readers say about its length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

Read = Callable[[int, int], bytes]


def read_part(read: Read, start: int, length: int, step: int = 0) -> bytes:
    """Read `length` bytes, fewer only at the end of the file; raises only errors of `read`.

    At least `step` bytes are asked for at a time, which spares a `read` that keeps them later ones.
    """
    data = bytearray()
    while len(data) < length and (part := read(start + len(data), max(step, length - len(data)))):
        data += part
    return bytes(data[:length])


class Parts(NamedTuple):
    """A file of `size` bytes; `read(start, length)` may return fewer, and none at the end."""

    size: int
    read: Read

    def part(self, start: int, length: int, step: int = 0) -> bytes:
        """Read `length` bytes, fewer only at the end; see read_part."""
        return read_part(self.read, start, length, step)

    def places(self, begin: int, end: int, count: int, length: int) -> Iterator[tuple[int, bytes]]:
        """Yield parts at equal distances between two positions, in order, and where they are."""
        room = end - begin - length
        for number in range(1, count + 1):
            at = begin + room * number // (count + 1)
            yield at, self.part(at, length)


class Length(NamedTuple):
    """How long a file plays, None if that is not certain; evidence that bytes are missing.

    `truncated` is proof, `doubtful` what may be harmless; both are empty for a whole file.
    """

    duration_ms: int | None = None
    truncated: str = ""
    doubtful: str = ""


def rounded(units: int, rate: int) -> int:
    """Return a time in milliseconds, rounded half up; `rate` is the number of units per second."""
    return (2000 * units + rate) // (2 * rate)
