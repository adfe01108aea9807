"""Measure fragmented MP4 files (ISO/IEC 14496-12, 8.8 and 8.16) by their first and last fragments.

The whole of such a file has no table of its samples; each fragment (`moof`) has its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from mps_manifest.formats.containers.mp4_boxes import Box, Boxes
from mps_manifest.formats.media.parts import Parts, rounded

_HOP = 1024
_MOST_HOPS = 80
_LARGEST_FRAGMENT = 64 * 1024
_LARGEST_INDEX = 32 * 1024
_OUTER_STEP = 4096
_OUTER = frozenset(
    b"emsg free ftyp mdat meta mfra moof moov pdin pnot prft sidx skip ssix styp udta uuid "
    b"wide".split()
)
_UNKNOWN = {0, 2**32 - 1, 2**64 - 1}


class _Track(NamedTuple):
    """A track of the header: units per second, 0 where they are not told."""

    number: int
    scale: int
    has_samples: bool


class _Movie(NamedTuple):
    """Where the header ends; units per second and default durations of samples by track.

    `has_samples` is whether media comes before the fragments, as in a recording that a camera
    began without them. A duration in the header does not tell that: segments of a live stream
    have one as well.
    """

    end: int
    scales: dict[int, int]
    defaults: dict[int, int]
    told: Fraction
    has_samples: bool


Spans = dict[int, tuple[int | None, int]]
"""The start (None if it is not told) and the duration of each track in a fragment, in its units."""


def fragments_duration(parts: Parts) -> int | None:
    """Return the duration in ms of a fragmented file; None if it is not one, or not certain."""
    movie = _movie(parts)
    if movie is None:
        return None
    time = movie.told or _indexed(parts, movie.end) or _spanned(parts, movie)
    return rounded(time.numerator, time.denominator) or None if time else None


def declared_size(parts: Parts, hops: int = _MOST_HOPS) -> int:
    """Return how large a file is by its outer boxes: more than it has where the last is cut off.

    What follows the last box and does not begin as one is not counted. At most so many boxes are
    followed.
    """
    at = 0
    boxes = Boxes(parts.read).between(0, parts.size, _HOP)
    for box, _ in zip(boxes, range(hops), strict=False):
        at = box.end
    header = parts.part(at, 16)
    size = int.from_bytes(header[8:16] if header[:4] == b"\0\0\0\1" else header[:4], "big")
    return at + size if header[4:8] in _OUTER and size > 8 else at


def _movie(parts: Parts) -> _Movie | None:
    boxes = Boxes(parts.read)
    moov = next((b for b in boxes.between(0, parts.size, _OUTER_STEP) if b.kind == b"moov"), None)
    inside = list(boxes.between(moov.inside, moov.end)) if moov else []
    by_kind = {box.kind: box for box in inside}
    if moov is None or not {b"mvex", b"mvhd"} <= by_kind.keys():
        return None
    scale = _scale(by_kind[b"mvhd"])
    tracks = [_track(boxes, box) for box in inside if box.kind == b"trak"]
    further = list(boxes.between(by_kind[b"mvex"].inside, by_kind[b"mvex"].end))
    told = (b.number(12, 8 if _is_long(b) else 4) for b in further if b.kind == b"mehd")
    whole = next((number for number in told if number not in _UNKNOWN), 0)
    return _Movie(
        moov.end,
        {track.number: track.scale for track in tracks if track.scale},
        {b.number(12): b.number(20) for b in further if b.kind == b"trex"},
        Fraction(whole, scale) if scale else Fraction(0),
        any(track.has_samples for track in tracks),
    )


def _track(boxes: Boxes, box: Box) -> _Track:
    inner = {each.kind: each for each in boxes.leaves(box, (b"mdia", b"minf", b"stbl"))}
    header, media = inner.get(b"tkhd"), inner.get(b"mdhd")
    has_samples = b"stts" in inner and inner[b"stts"].number(12) > 0
    if header is None or media is None:
        return _Track(0, 0, has_samples)
    return _Track(header.number(28 if _is_long(header) else 20), _scale(media), has_samples)


def _is_long(box: Box) -> bool:
    """Return whether a box is of the version with times of eight bytes."""
    return box.data[8:9] == b"\1"


def _scale(header: Box) -> int:
    """Return the units per second in a header of the movie or of a track's media."""
    return header.number(28 if _is_long(header) else 20)


def _indexed(parts: Parts, start: int) -> Fraction | None:
    """Return the sum of an index (`sidx`) of all fragments, which reaches to the end."""
    boxes = Boxes(parts.read)
    index = next((b for b in boxes.between(start, parts.size, _HOP) if b.kind != b"styp"), None)
    if index is None or index.kind != b"sidx" or index.size > _LARGEST_INDEX:
        return None
    data = parts.part(index.start, index.size)
    at, long = (28, 8) if data[8] else (24, 4)
    first = int.from_bytes(data[at : at + long], "big")
    at += long + 4
    entries = [data[i : i + 12] for i in range(at, len(data), 12)]
    reach = index.end + first + sum(int.from_bytes(entry[:4], "big") for entry in entries)
    after = parts.part(reach, 8)
    if not entries or any(entry[0] >> 7 for entry in entries) or after[4:] not in {b"", b"mfra"}:
        return None
    scale = int.from_bytes(data[16:20], "big")
    total = sum(int.from_bytes(entry[4:8], "big") for entry in entries)
    return Fraction(total, scale) if scale and reach <= parts.size else None


def _spanned(parts: Parts, movie: _Movie) -> Fraction | None:
    """Return the time from the start of the first fragment to the end of the last one."""
    first = next(_fragments(parts, movie, movie.end), None)
    if not first:
        return None
    starts = [Fraction(start or 0, movie.scales[track]) for track, (start, _) in first.items()]
    ends: dict[int, Fraction] = {}
    for fragment in _fragments(parts, movie, _last_listed(parts) or movie.end):
        if fragment is None:
            return None
        for track, (start, duration) in fragment.items():
            if start is None and fragment != first:
                return None
            ends[track] = Fraction((start or 0) + duration, movie.scales[track])
    return max(ends.values()) - (0 if movie.has_samples else min(starts)) if ends else None


def _last_listed(parts: Parts) -> int:
    """Return where the last fragment is that the list at the end (`mfra`) names; 0 without one."""
    tail = parts.part(parts.size - 16, 16)
    start = parts.size - int.from_bytes(tail[12:], "big")
    if tail[4:8] != b"mfro" or not 0 < start < parts.size - 16:
        return 0
    last = 0
    for box in Boxes(parts.read).between(start + 8, parts.size - 16, _HOP):
        if box.kind == b"tfra" and box.number(20):
            long = 8 if box.data[8] else 4
            counters = sum((box.number(16) >> shift & 3) + 1 for shift in (0, 2, 4))
            entry = parts.part(box.end - counters - long, long)
            last = max(last, int.from_bytes(entry, "big"))
    return last


def _fragments(parts: Parts, movie: _Movie, start: int) -> Iterator[Spans | None]:
    """Yield the fragments from a position to the end; None where that is not reached."""
    boxes, at = Boxes(parts.read), start
    for box, _ in zip(boxes.between(start, parts.size, _HOP), range(_MOST_HOPS), strict=False):
        at = box.end
        if box.kind == b"moof":
            yield _spans(parts, movie, box) if box.size <= _LARGEST_FRAGMENT else None
        elif box.kind == b"mfra":
            return
    if at < parts.size:
        yield None


def _spans(parts: Parts, movie: _Movie, moof: Box) -> Spans | None:
    data = parts.part(moof.start, moof.size)
    boxes = Boxes(lambda start, length: data[start : start + length])
    found: Spans = {}
    for box in boxes.between(8, len(data)):
        if box.kind == b"traf":
            track, start, duration = _span(movie, data, list(boxes.between(box.inside, box.end)))
            if track not in movie.scales:
                return None
            earlier = found.get(track)
            found[track] = (earlier[0], earlier[1] + duration) if earlier else (start, duration)
    return found


def _span(movie: _Movie, data: bytes, boxes: list[Box]) -> tuple[int, int | None, int]:
    """Return number, start and duration of the samples of one track in a fragment."""
    track = default = duration = 0
    start = None
    for box in boxes:
        if box.kind == b"tfhd":
            track = box.number(12)
            default = _default(box.data, movie.defaults.get(track, 0))
        elif box.kind == b"tfdt":
            start = box.number(12, 8 if _is_long(box) else 4)
        elif box.kind == b"trun":
            duration += _of_run(data[box.start : box.end], default)
    return track, start, duration


def _default(header: bytes, default: int) -> int:
    """Return how long a sample lasts unless it says otherwise, by a fragment's header."""
    flags = int.from_bytes(header[9:12], "big")
    at = 16 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
    return int.from_bytes(header[at : at + 4], "big") if flags & 8 else default


def _of_run(run: bytes, default: int) -> int:
    """Return the duration of the samples of a run."""
    flags, count = int.from_bytes(run[9:12], "big"), int.from_bytes(run[12:16], "big")
    if not flags & 0x100:
        return count * default
    at = 16 + 4 * bool(flags & 1) + 4 * bool(flags & 4)
    each = 4 * sum(bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800))
    return sum(int.from_bytes(run[i : i + 4], "big") for i in range(at, len(run) - each + 1, each))
