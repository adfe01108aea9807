"""Measure AVI files by the headers of their streams (Microsoft's AVI RIFF file reference)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from mps_manifest.formats.media.parts import Parts, rounded

_MOST_CHUNKS = 500
_STREAM_HEADER = 48
_PICTURES = {b"iavs", b"vids"}
_SOUND = b"auds"
_LEAST = 8  # the header of a chunk, which each picture or packet has


class _Chunk(NamedTuple):
    """A chunk, or a list, whose kind is what it is a list of; where its content is."""

    kind: bytes
    start: int
    end: int


def avi_duration(parts: Parts) -> int | None:
    """Return the duration in ms of the longest stream; None where one of them is not certain."""
    outer = _chunks(parts, 12, parts.size)
    header = next((chunk for chunk in outer if chunk.kind == b"hdrl"), None)
    if header is None:
        return None
    inside = list(_chunks(parts, header.start, header.end))
    pictures = max((_all_pictures(parts, one) for one in inside if one.kind == b"odml"), default=0)
    streams = [_stream_header(parts, one) for one in inside if one.kind == b"strl"]
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


def _stream_header(parts: Parts, listed: _Chunk) -> bytes:
    """Return the header in the list of a stream; nothing where that has none."""
    chunks = _chunks(parts, listed.start, listed.end)
    header = next((chunk for chunk in chunks if chunk.kind == b"strh"), None)
    data = (
        parts.part(header.start, min(_STREAM_HEADER, header.end - header.start)) if header else b""
    )
    return data if len(data) == _STREAM_HEADER else b""


def _all_pictures(parts: Parts, listed: _Chunk) -> int:
    """Return the number of pictures in all parts of a recording (OpenDML 1.02); 0 if not told."""
    chunks = _chunks(parts, listed.start, listed.end)
    header = next((chunk for chunk in chunks if chunk.kind == b"dmlh"), None)
    return _little(parts.part(header.start, 4)) if header else 0


def _chunks(parts: Parts, start: int, end: int) -> Iterator[_Chunk]:
    """Yield consecutive chunks up to the first that is not all there."""
    for _ in range(_MOST_CHUNKS):
        head = parts.part(start, 12)
        size = _little(head[4:8])
        if len(head) < 8 or start + 8 + size > end:
            return
        is_list = head[:4] == b"LIST" and size >= 4
        kind, inner = (head[8:], start + 12) if is_list else (head[:4], start + 8)
        yield _Chunk(kind, inner, start + 8 + size)
        start += 8 + size + size % 2


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
