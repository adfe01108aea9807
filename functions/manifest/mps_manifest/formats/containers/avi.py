"""Measure AVI files by the headers of their streams (Microsoft's AVI RIFF file reference)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from mps_manifest.formats.media.parts import Parts, rounded

_MOST_CHUNKS = 200
_STEP = 4 * 1024
_HEAD = 12
_STREAM_HEADER = 48
_PICTURES = {b"iavs", b"vids"}
_SOUND = b"auds"
_LEAST = 8  # the header of a chunk, which each picture or packet has


class _Chunk(NamedTuple):
    """A chunk, or a list, whose kind is what it is a list of; where its content is."""

    kind: bytes
    start: int
    end: int


class _Chunks:
    """The chunks of an untrusted file: at most two hundred, none larger than its list."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._left = _MOST_CHUNKS

    @property
    def are_spent(self) -> bool:
        """Whether there may be more of them than were read."""
        return self._left == 0

    def between(self, start: int, end: int) -> Iterator[_Chunk]:
        """Yield consecutive chunks up to the first that is not all there."""
        while self._left > 0:
            self._left -= 1
            head = self.head(start, end, _HEAD)
            size = _little(head[4:8])
            if len(head) < 8 or start + 8 + size > end:
                return
            is_list = head[:4] == b"LIST" and size >= 4
            kind, inner = (head[8:], start + 12) if is_list else (head[:4], start + 8)
            yield _Chunk(kind, inner, start + 8 + size)
            start += 8 + size + size % 2

    def first(self, kind: bytes, start: int, end: int) -> _Chunk | None:
        """Return the first chunk of a kind; None without one."""
        return next((chunk for chunk in self.between(start, end) if chunk.kind == kind), None)

    def head(self, start: int, end: int, most: int) -> bytes:
        """Return the first bytes of a part; where they cannot be read, no more chunks follow."""
        length = max(0, min(most, end - start))
        data = self._parts.part(start, length, _STEP)
        if len(data) < length:
            self._left = 0
        return data


def avi_duration(parts: Parts) -> int | None:
    """Return the duration in ms of the longest stream; None where one of them is not certain."""
    chunks = _Chunks(parts)
    header = chunks.first(b"hdrl", 12, parts.size)
    if header is None:
        return None
    pictures, streams = 0, list[bytes]()
    for one in chunks.between(header.start, header.end):
        if one.kind == b"odml":
            pictures = max(pictures, _all_pictures(chunks, one))
        elif one.kind == b"strl":
            streams.append(_stream_header(chunks, one))
    if chunks.are_spent:
        return None
    timed = [one for one in streams if one[:4] in {*_PICTURES, _SOUND}]
    times = [time for one in timed if (time := _time(one, pictures, parts.size)) is not None]
    if not times or len(times) < len(timed):
        return None
    longest = max(times)
    return rounded(longest.numerator, longest.denominator) or None


def _time(header: bytes, pictures: int, size: int) -> Fraction | None:
    """Return the duration by a stream's header; None if it is no real one in a file of a size.

    Who writes to a pipe declares no length, or one that no file has. `pictures` is the number of
    all in a recording of several gigabytes, of which the header may count the first one only.
    """
    is_sound = header[:4] == _SOUND
    scale, rate, start, length = (_little(header[at : at + 4]) for at in (20, 24, 28, 32))
    each = (is_sound and _little(header[44:48])) or _LEAST
    length = length if is_sound else max(length, pictures)
    if not scale or not rate or start or length * each > size or not (length or is_sound):
        return None
    return Fraction(length * scale, rate)


def _stream_header(chunks: _Chunks, listed: _Chunk) -> bytes:
    """Return the header in the list of a stream; nothing where that has none."""
    header = chunks.first(b"strh", listed.start, listed.end)
    data = chunks.head(header.start, header.end, _STREAM_HEADER) if header else b""
    return data if len(data) == _STREAM_HEADER else b""


def _all_pictures(chunks: _Chunks, listed: _Chunk) -> int:
    """Return the number of pictures in all parts of a recording (OpenDML 1.02); 0 if not told."""
    header = chunks.first(b"dmlh", listed.start, listed.end)
    return _little(chunks.head(header.start, header.end, 4)) if header else 0


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
