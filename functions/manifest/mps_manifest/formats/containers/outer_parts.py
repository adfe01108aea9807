"""Follow the outermost parts of a file, which declare their sizes, to where the last one ends."""

from __future__ import annotations

from typing import Literal

from mps_manifest.formats.containers.fragments import declared_size
from mps_manifest.formats.containers.matroska import segments_end
from mps_manifest.formats.containers.mp4_boxes import Boxes
from mps_manifest.formats.containers.sample_tables import BOXED
from mps_manifest.formats.media.parts import Parts

_STEP = 1024
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
