"""Find the tables in an MP4's index (`moov`) that need not be read: positions and sizes of samples.

They have megabytes per hour, but no facts about the media (ISO/IEC 14496-12, 8.6 and 8.7).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mps_manifest.formats.containers.mp4_boxes import Box, Boxes, header
from mps_manifest.formats.media.parts import Read

BOXED = frozenset(
    {"audio/mp4", "video/3gpp", "video/3gpp2", "video/mp4", "video/quicktime", "video/x-f4v"}
)
"""The media types of files that consist of boxes."""

_OUTER_STEP = 64 * 1024
_WHOLE = 192 * 1024  # a single read is faster than one per table
_LARGE = 16 * 1024
_LARGE_TIMES = 32 * 1024
_IN_TRACK = (b"mdia", b"minf", b"stbl")
_ASIDE = {b"meta", b"udta", b"uuid"}  # tags and cover pictures
_TABLES = frozenset(
    b"cslg ctts padb saio saiz sbgp sdtp senc stdp stps stsh stss stz2 subs".split()
)
# the offset of the first entry, and the length of each
_ENTRIES = {b"co64": (16, 8), b"stco": (16, 4), b"stsc": (16, 12), b"stsz": (20, 4)}
# their sample descriptions are enough; for others the parser reads the first samples, too
_DESCRIBED = frozenset(
    b"AVdh AVdn ap4h ap4x apch apcn apco apcs av01 avc1 avc3 hev1 hvc1 vp08 vp09 "
    b"alaw fl32 fl64 in24 in32 lpcm sowt twos ulaw".split()
)
_SOUNDS = 8
_LONGEST = 2**32


class Substitute(NamedTuple):
    """The replacement of a part of a file: `head`, then zeros up to `end`."""

    start: int
    end: int
    head: bytes


def sample_tables(size: int, read: Read) -> list[Substitute]:
    """Return substitutes for the parts of a file of boxes that need not be read.

    With them the index is a valid one with fewer samples. For `read` see Boxes.
    """
    boxes = Boxes(read)
    for box in boxes.between(0, size, _OUTER_STEP):
        if box.kind == b"moov":
            return list(_of_index(boxes, box))
        if box.kind == b"moof":  # fragmented files have no such tables
            break
    return []


def _of_index(boxes: Boxes, moov: Box) -> Iterator[Substitute]:
    if moov.size <= _WHOLE:
        boxes.load(moov)
    for box in boxes.between(moov.inside, moov.end):
        if box.kind == b"trak":
            yield from _of_track(list(boxes.leaves(box, _IN_TRACK)))
        elif box.kind in _ASIDE:
            yield from _substituted(box, _aside(box))


def _of_track(boxes: Sequence[Box]) -> Iterator[Substitute]:
    by_kind = {box.kind: box for box in boxes}
    kept = _kept(by_kind)
    for box in boxes:
        if box.kind in _ENTRIES:
            yield from _substituted(box, _shortened(box, kept) if kept else _free(box))
        elif box.kind == b"stts":
            yield from _substituted(box, _steady(box, by_kind))
        elif box.kind in _TABLES:
            yield from _substituted(box, _free(box))
        elif box.kind in _ASIDE:
            yield from _substituted(box, _aside(box))


def _substituted(box: Box, head: bytes) -> Iterator[Substitute]:
    if head and box.number(0):
        yield Substitute(box.start, box.end, head)


def _kept(by_kind: dict[bytes, Box]) -> int:
    """Return the number of samples that a parser must be able to locate."""
    description, handler = by_kind.get(b"stsd"), by_kind.get(b"hdlr")
    if description and description.data[20:24] in _DESCRIBED:
        return 0
    return _SOUNDS if handler and handler.data[16:20] == b"soun" else 1


def _aside(box: Box) -> bytes:
    return _free(box) if box.size > _LARGE else b""


def _free(box: Box) -> bytes:
    """Return the header of a box, changed so that parsers skip it."""
    return box.data[:4] + b"free" + box.data[8 : header(box.data)]


def _shortened(box: Box, samples: int) -> bytes:
    """Return a table with its first entries only; their samples are in the first chunk."""
    first, each = _ENTRIES[box.kind]
    most = samples if box.kind == b"stsz" else 1
    count = min(most, box.number(first - 4))
    same_size = box.kind == b"stsz" and box.number(12)
    if same_size or header(box.data) > 8:
        return b""
    return _padded(box, box.data[8 : first - 4], count, box.data[first : first + each * count])


def _steady(box: Box, by_kind: dict[bytes, Box]) -> bytes:
    """Return a table of equal sample durations: their sum and the average rate are unchanged."""
    sizes = by_kind.get(b"stsz") or by_kind.get(b"stz2")
    samples, duration = sizes.number(16) if sizes else 0, _duration(by_kind.get(b"mdhd"))
    if box.size <= _LARGE_TIMES or header(box.data) > 8 or not samples or not duration:
        return b""
    each, longer = divmod(duration, samples)
    if each + 1 >= _LONGEST:
        return b""
    runs = [run for run in ((samples - longer, each), (longer, each + 1)) if run[0]]
    return _padded(box, box.data[8:12], len(runs), b"".join(_four(n) for run in runs for n in run))


def _duration(box: Box | None) -> int:
    """Return the duration in a media header; 0 where it is unknown."""
    if box is None:
        return 0
    long = box.data[8:9] == b"\1"
    at, length = (32, 8) if long else (24, 4)
    duration = box.number(at, length)
    return 0 if duration == 2 ** (8 * length) - 1 else duration


def _padded(box: Box, before: bytes, count: int, entries: bytes) -> bytes:
    """Return a box with new entries, followed by a box to skip that fills the old length."""
    table = box.kind + before + _four(count) + entries
    rest = box.size - len(table) - 4
    return _four(len(table) + 4) + table + _four(rest) + b"free" if rest >= 8 else b""


def _four(number: int) -> bytes:
    return number.to_bytes(4, "big")
