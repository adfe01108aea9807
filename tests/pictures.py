"""Read a picture as the function does: its size, then what else it says."""

from __future__ import annotations

from mps_manifest.formats.findings import Media
from mps_manifest.formats.media.parts import Read
from mps_manifest.formats.pictures.picture_facts import picture_facts
from mps_manifest.formats.pictures.picture_headers import picture_size


def read_picture(kind: str, size: int, read: Read) -> Media | None:
    pixels = picture_size(kind, size, read)
    return picture_facts(kind, pixels, size, read) if pixels else None
