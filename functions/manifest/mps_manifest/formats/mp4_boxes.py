"""Walk the boxes of MP4 and MOV files (ISO/IEC 14496-12): each has its size and kind before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

Read = Callable[[int, int], bytes]

_PEEK = 96
_MOST = 1000
_STEP = 16 * 1024


class Box(NamedTuple):
    """A part of a file; `data` has its first 96 bytes or all, size and kind among them."""

    kind: bytes
    start: int
    end: int
    data: bytes

    @property
    def size(self) -> int:
        """Tell how many bytes it has."""
        return self.end - self.start

    @property
    def inside(self) -> int:
        """Tell where what it holds begins."""
        return self.start + header(self.data)

    def number(self, at: int, length: int = 4) -> int:
        """Read a number that stands among its first bytes."""
        return int.from_bytes(self.data[at : at + length], "big")


class Boxes:
    """The boxes of a file, read from strangers: no more than a thousand, none beyond its parent.

    `read` may give less than it was asked for, and nothing where there is no more. Nothing is
    raised but what it raises.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._left = _MOST

    def between(self, start: int, end: int, step: int = _STEP) -> Iterator[Box]:
        """Name boxes that stand one after another; where one makes no sense there are no more.

        `step` is how many bytes are read where one is looked at.
        """
        while self._left > 0:
            self._left -= 1
            box = self._box(start, end, step)
            if box is None:
                return
            yield box
            start = box.end

    def leaves(self, box: Box, path: tuple[bytes, ...]) -> Iterator[Box]:
        """Name the boxes in a box, in its child of the first kind, in that one's of the second."""
        for child in self.between(box.inside, box.end):
            if path and child.kind == path[0]:
                yield from self.leaves(child, path[1:])
            else:
                yield child

    def load(self, box: Box) -> None:
        """Read all of a box at once, so that nothing of it has to be read later."""
        at = box.start
        while at < box.end and (part := self._read(at, box.end - at)):
            at += len(part)

    def _box(self, start: int, end: int, step: int) -> Box | None:
        data = self._bytes(start, min(_PEEK, end - start), step)
        size = _size(data, end - start)
        if not header(data) <= size <= end - start or len(data) < min(_PEEK, size):
            return None
        return Box(data[4:8], start, start + size, data[:size])

    def _bytes(self, start: int, length: int, step: int) -> bytes:
        data = b""
        while len(data) < length and (part := self._read(start + len(data), step)):
            data += part
        return data[:length]


def header(data: bytes) -> int:
    """Tell how long size and kind are; a size of 1 says that the real one follows."""
    return 16 if data[:4] == b"\0\0\0\1" else 8


def _size(data: bytes, room: int) -> int:
    """Read a box's size; 0 where there is none, `room` where it goes on to the end."""
    if len(data) < header(data):
        return 0
    if header(data) == 16:
        return int.from_bytes(data[8:16], "big")
    return int.from_bytes(data[:4], "big") or room
