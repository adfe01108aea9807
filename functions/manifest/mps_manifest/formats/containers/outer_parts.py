"""Follow the outermost parts of a file, which declare their sizes, to where the last one ends."""

from __future__ import annotations

from typing import Literal

from mps_manifest.formats.containers.fragments import declared_size
from mps_manifest.formats.containers.matroska import segments_end
from mps_manifest.formats.containers.mp4_boxes import Box, Boxes
from mps_manifest.formats.containers.sample_tables import BOXED
from mps_manifest.formats.media.parts import Parts

_STEP = 1024
_INDEXES = {b"moov", b"moof", b"meta", b"sidx", b"styp"}
_MEDIA = {b"mdat", b"moof", b"idat", b"imda"}
_TO_REFERENCES = (b"mdia", b"minf", b"dinf")
_SHORTEST = 8
_FLAGS = 27
"""Where the flags of the first data reference end, in the box of them."""
_MOST_CHUNKS = 100  # OpenDML has one for each gigabyte
_ORDERS: dict[bytes, Literal["big", "little"]] = {b"FORM": "big", b"RIFF": "little"}


def is_all_there(found: str | None, parts: Parts) -> bool:
    """Return whether all parts of a file are there by their own sizes, whatever follows them.

    `found` is the type of the content. Of a type whose parts are not known the answer is no, and so
    it is where the parts are too many to be followed to their end.
    Tags, signatures and the like behind the end do not count: players do not look at them either
    (taglib#1187, mp4parse-rust#393).
    """
    if found in BOXED:
        return 0 < _boxes_end(parts) <= parts.size
    if found in {"video/webm", "video/x-matroska"}:
        return 0 < segments_end(parts) <= parts.size
    if found in {"audio/aiff", "video/x-msvideo"}:
        return 0 < _chunks_end(parts) <= parts.size
    return False


def _boxes_end(parts: Parts) -> int:
    """Return where the last box ends by its own size; 0 where that is not certain.

    Without the index, the `moov`, nobody plays a file.
    """
    boxes = Boxes(parts.read)
    kinds = [box.kind for box in boxes.between(0, parts.size, _STEP)]
    return declared_size(parts, len(kinds)) if b"moov" in kinds and not boxes.are_spent else 0


def missing_box(parts: Parts, *, has_samples: bool) -> str:
    """Return the proof that a file of boxes was cut off between two of them; empty if it was not.

    `has_samples` is whether it has an index that names some: then they must be there, unless they
    are in other files (8.7.2), else the index (8.2.1). What ends with anything but a box, or the
    few bytes that begin one, is not judged.
    """
    boxes = Boxes(parts.read)
    kinds: dict[bytes, Box] = {}
    end = 0
    for box in boxes.between(0, parts.size, _STEP):
        kinds.setdefault(box.kind, box)
        end = box.end
        if box.kind in (_MEDIA if has_samples else _INDEXES):
            return ""
    if not kinds or boxes.are_spent or parts.size - end >= _SHORTEST:
        return ""
    if not has_samples:
        return "the file ends without its index (moov)"
    moov = kinds.get(b"moov")
    is_own = moov is not None and _is_of_own_data(boxes, moov)
    return "the file ends without the media (mdat) that its index names" if is_own else ""


def _is_of_own_data(boxes: Boxes, moov: Box) -> bool:
    """Return whether all tracks say that their samples are in the same file."""
    tracks = (box for box in boxes.between(moov.inside, moov.end) if box.kind == b"trak")
    leaves = (leaf for track in tracks for leaf in boxes.leaves(track, _TO_REFERENCES))
    flags = [
        box.data[_FLAGS] & 1 if box.size > _FLAGS else 0 for box in leaves if box.kind == b"dref"
    ]
    return bool(flags) and all(flags)


def _chunks_end(parts: Parts) -> int:
    """Return where the last chunk of the same kind ends, without its padding; 0 if not certain."""
    kind, at, end = parts.part(0, 4), 0, 0
    for _ in range(_MOST_CHUNKS):
        head = parts.part(at, 8)
        if len(head) < 8 or head[:4] != kind or kind not in _ORDERS:
            return end
        end = at + 8 + int.from_bytes(head[4:], _ORDERS[kind])
        at = end + end % 2
    return 0
