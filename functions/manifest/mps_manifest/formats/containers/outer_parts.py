"""Follow the outermost parts of a file, which declare their sizes, to where the last one ends."""

from __future__ import annotations

from typing import Literal

from mps_manifest.formats.containers.fragments import declared_size
from mps_manifest.formats.containers.matroska import segments_end
from mps_manifest.formats.containers.mp4_boxes import Boxes
from mps_manifest.formats.containers.sample_tables import BOXED
from mps_manifest.formats.media.parts import Parts

_STEP = 1024
_MOST_BOXES = 1000
_MOST_CHUNKS = 100  # OpenDML has one for each gigabyte
_ORDERS: dict[bytes, Literal["big", "little"]] = {b"FORM": "big", b"RIFF": "little"}


def is_all_there(found: str | None, parts: Parts) -> bool:
    """Return whether all parts of a file are there by their own sizes, whatever follows them.

    `found` is the type of the content. Of a type whose parts are not known the answer is no.
    Tags, signatures and the like behind the end do not count: players do not look at them either
    (taglib#1187, mp4parse-rust#393).
    """
    if found in BOXED:
        return _has_movie(parts) and declared_size(parts, _MOST_BOXES) <= parts.size
    if found in {"video/webm", "video/x-matroska"}:
        return 0 < segments_end(parts) <= parts.size
    if found in {"audio/aiff", "video/x-msvideo"}:
        return 0 < _chunks_end(parts) <= parts.size
    return False


def _has_movie(parts: Parts) -> bool:
    """Return whether the index is there, without which nobody plays a file."""
    boxes = Boxes(parts.read).between(0, parts.size, _STEP)
    return any(box.kind == b"moov" for box in boxes)


def _chunks_end(parts: Parts) -> int:
    """Return where the last of consecutive chunks of the same kind ends, without its padding."""
    kind, at, end = parts.part(0, 4), 0, 0
    for _ in range(_MOST_CHUNKS):
        head = parts.part(at, 8)
        if len(head) < 8 or head[:4] != kind or kind not in _ORDERS:
            break
        end = at + 8 + int.from_bytes(head[4:], _ORDERS[kind])
        at = end + end % 2
    return end
