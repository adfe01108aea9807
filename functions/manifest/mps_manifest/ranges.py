"""Read the parts of a file that a parser asks for with few requests and few bytes."""

from __future__ import annotations

from collections.abc import Callable

_STEP = 64 * 1024
_LONGEST_STEP = 128 * 1024
_TAIL = 32 * 1024
_CAP = 2 * 1024 * 1024


class RangeReader:
    """Parts of a file of `size` bytes, each byte fetched once and kept.

    `fetch(start, length)` gets a part. No more than `cap` bytes are ever fetched; a parser that
    wants more gets nothing, as at the end of a file, and `capped` says so.
    """

    def __init__(self, fetch: Callable[[int, int], bytes], size: int, cap: int = _CAP) -> None:
        self._fetch = fetch
        self._size = size
        self._cap = cap
        self._parts: dict[int, bytes] = {}
        self._next = 0
        self._step = _STEP
        self.fetched = 0
        """Bytes fetched so far."""
        self.capped = False
        """Whether bytes were held back."""

    def read(self, start: int, length: int) -> bytes:
        """Read a part of the file, like a raw file: at least a byte of it, but maybe not all.

        Nothing at the end, and beyond the cap. Only what is known is given where the beginning is
        known, since parsers often skip the rest.
        """
        end = min(start + length, self._size)
        if not 0 <= start < end:
            return b""
        known = self._known(start) or self._more(start, end, straight=start == self._next)
        self._next = min(start + len(known), end)
        return known[: end - start]

    def _known(self, at: int) -> bytes:
        for start, part in self._parts.items():
            if start <= at < start + len(part):
                return part[at - start :]
        return b""

    def _more(self, at: int, end: int, *, straight: bool) -> bytes:
        """Fetch from an unknown byte on, no byte that is known already."""
        limit = min((start for start in self._parts if start > at), default=self._size)
        needed, room = min(end, limit) - at, self._cap - self.fetched
        if needed > room:
            self.capped = True
            return b""
        stop = min(max(at + needed, at + self._ahead(straight=straight)), limit, at + room)
        start = self._earlier(at, stop, room)
        part = self._fetch(start, stop - start)[: stop - start]
        self.fetched += len(part)
        self._parts[start] = part
        return part[at - start :]

    def _ahead(self, *, straight: bool) -> int:
        """Read ever further ahead while reading goes straight on; else no byte nobody asked for."""
        step = self._step if straight else 0
        self._step = min(2 * self._step, _LONGEST_STEP) if straight else _STEP
        return step

    def _earlier(self, at: int, stop: int, room: int) -> int:
        """Begin earlier at the end of a file: tags stand there, and are searched backwards."""
        if stop < self._size:
            return at
        known = (start + len(part) for start, part in self._parts.items() if start < at)
        return max(min(at, self._size - _TAIL), max(known, default=0), stop - room)
