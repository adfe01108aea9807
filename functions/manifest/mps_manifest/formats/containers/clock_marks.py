"""Measure MPEG streams by the time marks (PTS) at a few places (ISO/IEC 13818-1, 2.4.3.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from mps_manifest.formats.media.parts import Parts, rounded
from mps_manifest.formats.sound import adts, dolby, mpeg_audio
from mps_manifest.formats.sound.frames import seconds_of_packet

_PER_SECOND = 90_000
_WRAP = 2**33
_WHOLE = 320 * 1024
_END = 96 * 1024
_PLACES = 4
_AT_PLACE = 16 * 1024
_BACK = _PER_SECOND  # pictures are not stored in the order of their times
_AHEAD = 10 * _PER_SECOND
_TIMES = 8
_PICTURES = frozenset(range(0xE0, 0xF0))
_PRIVATE = 0xBD
# the last is for what has a longer number, such as AC-3
_TIMED = _PICTURES | {*range(0xC0, 0xE0), _PRIVATE, 0xFD}
_MOST_STREAMS = 64
_LONGEST_FRAME = 2 * _PER_SECOND
FRAMES = (
    (adts.adts_frame, adts.SYNC),
    (mpeg_audio.mpeg_audio_frame, mpeg_audio.SYNC),
    (dolby.dolby_frame, dolby.SYNC),
)


class Packet(NamedTuple):
    """The beginning of a packet (PES) with a time mark, in 1/90,000 s; or a later part of one.

    `kind` is its stream ID, `stream` tells streams of the same kind apart; a part has no mark.
    """

    stream: int
    kind: int
    mark: int | None
    data: bytes


Scan = Callable[[bytes], Iterator[Packet]]
"""Yield the packets of a part of a file, from the first one that is found."""


def read_packet(stream: int, data: bytes) -> Packet | None:
    """Return a packet by its bytes from the start code on; None if it is none."""
    if len(data) < 9 or data[:3] != b"\0\0\1":
        return None
    kind = data[3]
    if data[6] >> 6 == 2:  # MPEG-2
        body = 9 + data[8]
        mark = _mark(data[9:14]) if data[7] & 0x80 else None
    else:
        at = 6
        while data[at : at + 1] == b"\xff" and at < 22:
            at += 1
        at += 2 if data[at : at + 1] and data[at] >> 6 == 1 else 0
        flags = data[at] >> 4 if at < len(data) else 0
        mark = _mark(data[at : at + 5]) if flags in {2, 3} else None
        body = at + {2: 5, 3: 10}.get(flags, 1)
    return Packet(stream, kind, mark, data[body:])


def _mark(data: bytes) -> int | None:
    if len(data) < 5 or not data[0] & data[2] & data[4] & 1:
        return None
    high = data[0] >> 1 & 7
    middle, low = int.from_bytes(data[1:3], "big") >> 1, int.from_bytes(data[3:5], "big") >> 1
    return high << 30 | middle << 15 | low


def marked_duration(parts: Parts, scan: Scan) -> int | None:
    """Return the duration in ms from the first mark to the end of what the last one begins.

    None where a mark is missing, or where the clock jumps or starts again.
    """
    if parts.size <= _WHOLE:
        regions = [_Region(scan(parts.part(0, parts.size)))]
    else:
        regions = [_Region(scan(part)) for part in _looked_at(parts)]
    marked = [region for region in regions if region.marks]
    if not marked or regions[0] is not marked[0] or regions[-1] is not marked[-1]:
        return None
    base = next(iter(marked[0].marks.values()))[0]
    if any(abs(_since(base, marks[0])) > _AHEAD for marks in marked[0].marks.values()):
        return None  # programs of several clocks
    spans = [region.span(base) for region in marked]
    if any(region.odd for region in marked) or not _steady(spans):
        return None
    end = marked[-1].end(base, marked[0])
    ticks = end - spans[0][0]
    return rounded(int(ticks), _PER_SECOND) or None if ticks > 0 else None


def _looked_at(parts: Parts) -> Iterator[bytes]:
    yield parts.part(0, _END)
    for _, part in parts.places(_END, parts.size - _END, _PLACES, _AT_PLACE):
        yield part
    yield parts.part(parts.size - _END, _END)


def _steady(spans: Sequence[tuple[int, int]]) -> bool:
    """Return whether places lie in order in time, too, and none is far from its neighbours."""
    pairs = list(pairwise(spans))
    if any(one[0] > two[0] or one[1] > two[1] for one, two in pairs):
        return False
    steps = [later[0] - earlier[0] for earlier, later in pairs]
    return not steps or max(steps) <= _TIMES * median(steps) + _AHEAD


def _since(base: int, mark: int) -> int:
    """Return a mark as a time since the first one; the clock starts again after 2**33."""
    return (mark - base + _WRAP // 2) % _WRAP - _WRAP // 2


class _Region:
    """The time marks of a part of a file."""

    def __init__(self, packets: Iterator[Packet]) -> None:
        self.marks: dict[int, list[int]] = {}
        self.odd = False
        """Whether the clock jumps, or there are more streams than in any real file."""
        self._rest: dict[int, bytearray] = {}
        for packet in packets:
            if _is_timed(packet):
                self._add(packet)
            if len(self.marks) > _MOST_STREAMS:
                self.odd = True
                break

    def _add(self, packet: Packet) -> None:
        if packet.mark is not None:
            marks = self.marks.setdefault(packet.stream, [])
            step = _since(marks[-1], packet.mark) if marks else 0
            self.odd = self.odd or not -_BACK <= step <= _AHEAD
            marks.append(packet.mark)
            if packet.kind not in _PICTURES:
                self._rest[packet.stream] = bytearray()
        if packet.stream in self._rest:
            self._rest[packet.stream] += packet.data

    def span(self, base: int) -> tuple[int, int]:
        """Return the first and the last time."""
        times = [_since(base, mark) for marks in self.marks.values() for mark in marks]
        return min(times), max(times)

    def end(self, base: int, opening: _Region) -> Fraction:
        """Return when the longest stream ends."""
        return max(
            Fraction(max(_since(base, mark) for mark in marks) + self._last(stream, marks, opening))
            for stream, marks in self.marks.items()
        )

    def _last(self, stream: int, marks: Sequence[int], opening: _Region) -> Fraction:
        """Return how long the last packet of a stream lasts: its sound, or one picture."""
        if stream in self._rest:
            data = bytes(self._rest[stream])
            each = (seconds_of_packet(data, parse, sync) for parse, sync in FRAMES)
            last = next((seconds for seconds in each if seconds), Fraction(0)) * _PER_SECOND
            return min(last, Fraction(_LONGEST_FRAME))
        if len(marks) < 3:
            marks = opening.marks.get(stream, marks)
        times = sorted({_since(marks[0], mark) for mark in marks})
        steps = [later - earlier for earlier, later in pairwise(times)]
        return Fraction(min(min(steps, default=0), _LONGEST_FRAME))


def _is_timed(packet: Packet) -> bool:
    """Return whether this is sound or pictures: subtitles have gaps."""
    if packet.kind == _PRIVATE and packet.mark is not None:
        return b"\x0bw" in packet.data[:16]
    return packet.kind in _TIMED
