"""Read the parts of a file that a parser requests, with few requests and few bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mps_manifest.formats.containers.sample_tables import Substitute

_STEP = 64 * 1024
_LONGEST_STEP = 128 * 1024
_TAIL = 32 * 1024
_CAP = 500 * 1024


class RangeReader:
    """A cache of parts of a file of `size` bytes; each byte is fetched at most once.

    `fetch(start, length)` returns a part. At most `cap` bytes are fetched in all; beyond that
    reads return nothing, as at the end of a file, and `capped` becomes true. `whole_size` counts
    what is left out as well.
    """

    def __init__(self, fetch: Callable[[int, int], bytes], size: int, cap: int = _CAP) -> None:
        self._fetch = fetch
        self._size = self.whole_size = size
        self._front = b""
        self._shift = 0
        self._cap = cap
        self._kept = 0
        self._parts: dict[int, bytes] = {}
        self._substitutes: dict[int, Substitute] = {}
        self._next = 0
        self._step = _STEP
        self.fetched = 0
        """The number of bytes fetched so far."""
        self.capped = False
        """Whether a read returned nothing because of the cap."""

    def read(self, start: int, length: int) -> bytes:
        """Read a part of the file, like a raw file: at least one byte, but maybe fewer than asked.

        Returns nothing at the end and beyond the cap. Where the first byte is cached, returns only
        cached bytes, since parsers often skip the rest.
        """
        return self._read(start, length, ahead=True)

    def glance(self, start: int, length: int) -> bytes:
        """Read a part of the file, but do not read ahead."""
        return self._read(start, length, ahead=False)

    def leave_out(self, substitutes: Iterable[Substitute]) -> None:
        """Return substitutes for these parts instead of fetching them; they must not overlap."""
        for each in substitutes:
            start, end = each.start + self._shift, each.end + self._shift
            self._substitutes[start] = each._replace(start=start, end=end)

    def begin_at(self, start: int, front: bytes = b"") -> None:
        """Leave out what is before a position, such as tags, and begin with `front` instead.

        All positions and the size change with it. A second front replaces the first one.
        """
        self._shift += start - len(front)
        self._front = front

    def keep(self, length: int) -> None:
        """Keep so many bytes of the cap for later reads."""
        self._kept = length

    @property
    def size(self) -> int:
        """The size of the file as it is read."""
        return max(0, self._size - self._shift)

    def _read(self, start: int, length: int, *, ahead: bool) -> bytes:
        if 0 <= start < len(self._front):
            return self._front[start : start + max(0, length)]
        return self._in_file(start + self._shift, length, ahead=ahead) if start >= 0 else b""

    def _in_file(self, start: int, length: int, *, ahead: bool) -> bytes:
        end = min(start + length, self._size)
        if not 0 <= start < end:
            return b""
        known = self._substituted(start, end) or self._known(start, end)
        known = known or self._more(start, end, ahead=ahead)
        self._next = min(start + len(known), end)
        return known[: end - start]

    def _substituted(self, at: int, end: int) -> bytes:
        for each in self._substitutes.values():
            if each.start <= at < each.end:
                head = each.head[at - each.start :]
                return head or bytes(min(end, each.end) - at)
        return b""

    def _known(self, at: int, end: int) -> bytes:
        for start, part in self._parts.items():
            if start <= at < start + len(part):
                return part[at - start : min(end, self._border(at, self._substitutes)) - start]
        return b""

    def _border(self, at: int, starts: Iterable[int]) -> int:
        """Return the next start of a part after a position, else the end of the file."""
        return min((start for start in starts if start > at), default=self._size)

    def _more(self, at: int, end: int, *, ahead: bool) -> bytes:
        """Fetch from a byte that is not cached up to the next cached one."""
        limit = self._border(at, (*self._parts, *self._substitutes))
        needed, room = min(end, limit) - at, self._cap - self._kept - self.fetched
        if needed > room:
            self.capped = True
            return b""
        step = self._ahead(straight=ahead and at == self._next)
        stop = min(max(at + needed, at + step), limit, at + room)
        start = self._earlier(at, stop, room)
        part = self._fetch(start, stop - start)[: stop - start]
        self.fetched += len(part)
        self._parts[start] = part
        return part[at - start :]

    def _ahead(self, *, straight: bool) -> int:
        """Return how far to read ahead: ever further in sequential reading, else not at all."""
        step = self._step if straight else 0
        self._step = min(2 * self._step, _LONGEST_STEP) if straight else _STEP
        return step

    def _earlier(self, at: int, stop: int, room: int) -> int:
        """Return an earlier start near the end, where parsers search for tags backwards."""
        if stop < self._size:
            return at
        known = (start + len(part) for start, part in self._parts.items() if start < at)
        return max(min(at, self._size - _TAIL), max(known, default=0), stop - room)
