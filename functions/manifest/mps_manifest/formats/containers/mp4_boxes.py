"""Read the boxes of MP4 and MOV files (ISO/IEC 14496-12): size, kind, content."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mps_manifest.formats.media.parts import Read, read_part

_PEEK = 96
_MOST = 1000
_STEP = 4 * 1024


class Box(NamedTuple):
    """A part of a file; `data` has its first 96 bytes (or all), including size and kind."""

    kind: bytes
    start: int
    end: int
    data: bytes

    @property
    def size(self) -> int:
        """The number of bytes, including size and kind."""
        return self.end - self.start

    @property
    def inside(self) -> int:
        """The position in the file where the content begins."""
        return self.start + header(self.data)

    def number(self, at: int, length: int = 4) -> int:
        """Return the big-endian number at an offset in `data`."""
        return int.from_bytes(self.data[at : at + length], "big")


class Boxes:
    """The boxes of an untrusted file: at most a thousand, none larger than its parent.

    `read(start, length)` may return fewer bytes than requested, and none at the end. Only its
    errors are raised.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._left = _MOST

    @property
    def are_spent(self) -> bool:
        """Whether so many were read that there may be more of them."""
        return self._left == 0

    def between(self, start: int, end: int, step: int = _STEP) -> Iterator[Box]:
        """Yield consecutive boxes up to the first invalid one.

        `step` is the number of bytes to read for the start of each box.
        """
        while self._left > 0:
            self._left -= 1
            box = self._box(start, end, step)
            if box is None:
                return
            yield box
            start = box.end

    def leaves(self, box: Box, path: tuple[bytes, ...]) -> Iterator[Box]:
        """Yield the boxes inside a box; those whose kinds are the path are entered, not yielded."""
        for child in self.between(box.inside, box.end):
            if path and child.kind == path[0]:
                yield from self.leaves(child, path[1:])
            else:
                yield child

    def load(self, box: Box) -> None:
        """Read a whole box, so that a caching `read` has all of it afterwards."""
        at = box.start
        while at < box.end and (part := self._read(at, box.end - at)):
            at += len(part)

    def content(self, box: Box, most: int) -> bytes:
        """Return what is inside a box, at most its first `most` bytes."""
        return read_part(self._read, box.inside, min(box.end - box.inside, most))

    def _box(self, start: int, end: int, step: int) -> Box | None:
        data = read_part(self._read, start, min(_PEEK, end - start), step)
        size = _size(data, end - start)
        if not header(data) <= size <= end - start or len(data) < min(_PEEK, size):
            return None
        return Box(data[4:8], start, start + size, data[:size])


def header(data: bytes) -> int:
    """Return the length of size and kind; a size of 1 means that the real one follows."""
    return 16 if data[:4] == b"\0\0\0\1" else 8


def boxes_in(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of the content of consecutive boxes in a part of `data`.

    Ends before the first box that is invalid or larger than the part.
    """
    while start + 8 <= end:
        head = data[start : start + 16]
        size = _size(head, end - start)
        if not header(head) <= size <= end - start:
            return
        yield head[4:8], start + header(head), start + size
        start += size


def clean_aperture(data: bytes) -> tuple[int, int] | None:
    """Return the size in the content of a `clap` box (12.1.4), of which each is a fraction."""
    wide, by, high, over = (int.from_bytes(data[at : at + 4], "big") for at in (0, 4, 8, 12))
    return (wide // by, high // over) if by and over and wide >= by and high >= over else None


def _size(data: bytes, room: int) -> int:
    """Return a box's size: 0 where the data is too short, `room` if it extends to the end."""
    if len(data) < header(data):
        return 0
    if header(data) == 16:
        return int.from_bytes(data[8:16], "big")
    return int.from_bytes(data[:4], "big") or room
