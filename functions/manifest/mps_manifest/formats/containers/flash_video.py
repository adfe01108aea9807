"""Measure FLV files (Adobe Flash Video File Format 10.1, annex E)."""

from __future__ import annotations

import math
import struct

from mps_manifest.formats.media.parts import Length, Parts

_HEAD = 4096
_TAG = 11
_KINDS = {8, 9, 18}
_KEY = b"\x00\x08duration\x00"  # a name with its length, and the type of a number
_LARGEST = 1e9


def flash_video_length(parts: Parts) -> Length:
    """Return the duration that `onMetaData` tells, else the time of the last tag.

    The file ends with the size of its last tag; where that leads to no tag, it was cut off.
    """
    head = parts.part(0, _HEAD)
    return Length(_told(head) or _last_time(parts))


def _told(head: bytes) -> int | None:
    at = head.find(_KEY)
    number = head[at + len(_KEY) : at + len(_KEY) + 8]
    if at < 0 or len(number) < 8 or b"onMetaData" not in head[:at]:
        return None
    (seconds,) = struct.unpack(">d", number)
    told = math.isfinite(seconds) and 0 < seconds < _LARGEST
    return round(seconds * 1000) if told else None


def _last_time(parts: Parts) -> int | None:
    size = int.from_bytes(parts.part(parts.size - 4, 4), "big")
    start = parts.size - 4 - size
    if size < _TAG or start <= 0:
        return None
    tag = parts.part(start, _TAG)
    if len(tag) < _TAG or tag[0] not in _KINDS or int.from_bytes(tag[1:4], "big") != size - _TAG:
        return None
    return int.from_bytes(tag[7:8] + tag[4:7], "big") or None
