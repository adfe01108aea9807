"""Measure FLV files (Adobe Flash Video File Format 10.1, annex E)."""

from __future__ import annotations

import math
import struct

from mps_manifest.formats.media.parts import Length, Parts

_HEAD = 4096
_TAG = 11
_SOUND, _PICTURES, _SCRIPT = 8, 9, 18
_KINDS = {_SOUND, _PICTURES, _SCRIPT}
_MOST_TAGS = 16
_AAC, _AVC, _HEVC = 10, 7, 12
_ENHANCED_SOUND, _ENHANCED_PICTURES = 9, 0x80
_KEY = b"\x00\x08duration\x00"  # a name with its length, and the type of a number
_LARGEST = 1e9


def flash_video_length(parts: Parts) -> Length:
    """Return the duration that `onMetaData` tells, else the time from the first tag to the last.

    The file ends with the size of its last tag; where that leads to no tag, it was cut off.
    """
    head = parts.part(0, _HEAD)
    return Length(_told(head) or _spanned(parts))


def _told(head: bytes) -> int | None:
    at = head.find(_KEY)
    number = head[at + len(_KEY) : at + len(_KEY) + 8]
    if at < 0 or len(number) < 8 or b"onMetaData" not in head[:at]:
        return None
    (seconds,) = struct.unpack(">d", number)
    told = math.isfinite(seconds) and 0 < seconds < _LARGEST
    return round(seconds * 1000) if told else None


def _spanned(parts: Parts) -> int | None:
    first, last = _first_time(parts), _last_time(parts)
    return None if first is None or last is None or first >= last else last - first


def _first_time(parts: Parts) -> int | None:
    """Return the time of the first sound or picture; what decoders need before it has any time."""
    at = int.from_bytes(parts.part(5, 4), "big") + 4
    for _ in range(_MOST_TAGS):
        tag = parts.part(at, _TAG + 2)
        if len(tag) < _TAG + 2 or tag[0] not in _KINDS:
            return None
        if tag[0] != _SCRIPT and not _is_for_decoders(tag):
            return _time(tag)
        at += _TAG + int.from_bytes(tag[1:4], "big") + 4
    return None


def _is_for_decoders(tag: bytes) -> bool:
    """Return whether a tag has the configuration of a codec (also of Enhanced RTMP) and no data."""
    form, packet = tag[_TAG], tag[_TAG + 1]
    if (form >> 4 == _ENHANCED_SOUND) if tag[0] == _SOUND else (form & _ENHANCED_PICTURES):
        return form & 15 == 0
    if tag[0] == _SOUND:
        return form >> 4 == _AAC and packet == 0
    return form & 15 in {_AVC, _HEVC} and packet == 0


def _last_time(parts: Parts) -> int | None:
    size = int.from_bytes(parts.part(parts.size - 4, 4), "big")
    start = parts.size - 4 - size
    if size < _TAG or start <= 0:
        return None
    tag = parts.part(start, _TAG)
    if len(tag) < _TAG or tag[0] not in _KINDS or int.from_bytes(tag[1:4], "big") != size - _TAG:
        return None
    return _time(tag)


def _time(tag: bytes) -> int:
    return int.from_bytes(tag[7:8] + tag[4:7], "big")
