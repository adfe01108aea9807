"""Read HEIC and AVIF pictures by their boxes (ISO/IEC 23008-12): size, turns, alpha, transfer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mps_manifest.formats.containers.mp4_boxes import Boxes, boxes_in, clean_aperture
from mps_manifest.formats.media.parts import Read, read_part

_MOST_META = 512 * 1024  # one of a picture of 1,000 tiles has 40 KiB
_STEP = 4096
# ISO/IEC 23008-12, 6.5.8, and the older name for HEVC; of MIAF and AVIF, the first
_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
# ISO/IEC 23091-2, table 3: transfer characteristics
TRANSFERS = {16: "pq", 18: "hlg"}
# quarter turns clockwise, then whether left and right are exchanged -> EXIF orientation
_ORIENTATIONS = {
    (0, False): 1,
    (0, True): 2,
    (2, False): 3,
    (2, True): 4,
    (1, True): 5,
    (1, False): 6,
    (3, True): 7,
    (3, False): 8,
}


class Still(NamedTuple):
    """The primary picture of a file; `shown` is its clean aperture, before it is turned.

    `orientation` is EXIF's number of its turns and mirrorings, 1 for none.
    """

    size: tuple[int, int]
    shown: tuple[int, int]
    orientation: int = 1
    alpha: bool = False
    transfer: str | None = None


class _Property(NamedTuple):
    kind: bytes
    data: bytes


class _Meta(NamedTuple):
    """The parts of a `meta` box: properties in order, those of each item, and its references."""

    primary: int
    properties: list[_Property]
    of_item: dict[int, list[int]]
    auxiliary: set[int]


def read_still(size: int, read: Read) -> Still | None:
    """Return what is said of a file's primary picture; None where that is not valid."""
    box = next((b for b in Boxes(read).between(0, size, _STEP) if b.kind == b"meta"), None)
    if box is None or box.size > _MOST_META:
        return None
    data = read_part(read, box.inside, box.end - box.inside)
    meta = _meta(data)
    return _still(meta) if meta else None


def _meta(data: bytes) -> _Meta | None:
    """Read the content of a `meta` box, which begins with four bytes of version and flags."""
    parts = {kind: data[start:end] for kind, start, end in boxes_in(data, 4, len(data))}
    pitm, iprp = parts.get(b"pitm", b""), parts.get(b"iprp", b"")
    if not pitm or not iprp:
        return None
    primary = _number(pitm, 4, 4 if pitm[0] else 2)
    properties: list[_Property] = []
    of_item: dict[int, list[int]] = {}
    for kind, start, end in boxes_in(iprp, 0, len(iprp)):
        if kind == b"ipco":
            inside = boxes_in(iprp, start, end)
            properties += [_Property(name, iprp[one:two]) for name, one, two in inside]
        elif kind == b"ipma":
            for item, indexes in _associations(iprp[start:end]):
                of_item.setdefault(item, []).extend(indexes)
    auxiliary = set(_auxiliary(parts.get(b"iref", b""), primary))
    return _Meta(primary, properties, of_item, auxiliary)


def _associations(data: bytes) -> Iterator[tuple[int, list[int]]]:
    """Yield items with the numbers of their properties, from 1."""
    if len(data) < 8:
        return
    wide_ids, wide = data[0] > 0, data[3] & 1
    each, of_id, at = 2 if wide else 1, 4 if wide_ids else 2, 8
    for _ in range(_number(data, 4, 4)):
        if at + of_id >= len(data):
            return
        item, count, first = _number(data, at, of_id), data[at + of_id], at + of_id + 1
        at = first + count * each
        mask = 0x7FFF if wide else 0x7F
        yield item, [_number(data, one, each) & mask for one in range(first, at, each)]


def _auxiliary(data: bytes, primary: int) -> Iterator[int]:
    """Yield the items that are auxiliary pictures of the primary one."""
    if not data:
        return
    length = 4 if data[0] else 2
    for kind, start, end in boxes_in(data, 4, len(data)):
        first = start + length + 2
        targets = {_number(data, at, length) for at in range(first, end, length)}
        if kind == b"auxl" and primary in targets:
            yield _number(data, start, length)


def _still(meta: _Meta) -> Still | None:
    own = list(_properties(meta, meta.primary))
    size = next((_pair(data, 4) for kind, data in own if kind == b"ispe"), None)
    if size is None or not all(size):
        return None
    shown, turns, mirrored, transfer = size, 0, False, None
    for kind, data in own:
        if kind == b"clap":
            shown = _within(clean_aperture(data), size)
        elif kind == b"irot" and data:  # anticlockwise
            angle = data[0] & 3
            turns += angle if mirrored else -angle
        elif kind == b"imir" and data:  # 0 exchanges top and bottom: a half turn more
            mirrored = not mirrored
            turns += 0 if data[0] & 1 else 2
        elif kind == b"colr" and data[:4] == b"nclx":
            transfer = TRANSFERS.get(_number(data, 6, 2))
    alpha = any(_is_alpha(prop) for item in meta.auxiliary for prop in _properties(meta, item))
    return Still(size, shown, _ORIENTATIONS[turns % 4, mirrored], alpha, transfer)


def _properties(meta: _Meta, item: int) -> Iterator[_Property]:
    for index in meta.of_item.get(item, ()):
        if 0 < index <= len(meta.properties):
            yield meta.properties[index - 1]


def _within(shown: tuple[int, int] | None, size: tuple[int, int]) -> tuple[int, int]:
    """Return what is shown of a picture: all, unless an aperture is within it."""
    return shown if shown and shown[0] <= size[0] and shown[1] <= size[1] else size


def _is_alpha(prop: _Property) -> bool:
    return prop.kind == b"auxC" and prop.data[4:].split(b"\0")[0] in _ALPHA


def _pair(data: bytes, at: int) -> tuple[int, int]:
    return _number(data, at, 4), _number(data, at + 4, 4)


def _number(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "big")
