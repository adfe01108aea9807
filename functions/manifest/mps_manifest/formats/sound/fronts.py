"""Find the parts at the beginning of sound files that need not, or cannot, be read as they are."""

from __future__ import annotations

from mps_manifest.formats.media.parts import Parts
from mps_manifest.formats.sound import wave

_LARGE = 32 * 1024
_MOST_BLOCKS = 128
_LAST = 0x80
_STREAM_INFO = 34


def short_front(found: str | None, parts: Parts) -> tuple[bytes, int]:
    """Return what to read instead of the beginning of a file, and where that ends.

    Nothing and 0 where the beginning is short, or not valid. MediaInfo finds no sound in RF64
    without sizes, so it reads that as RIFF.
    """
    if found == "audio/flac":
        front, start = _flac(parts)
    elif found == "audio/wav":
        front, start = wave.short_header(parts)
        if wave.is_unsized(parts):
            return front, start
    else:
        return b"", 0
    return (front, start) if start > _LARGE else (b"", 0)


def _flac(parts: Parts) -> tuple[bytes, int]:
    """Keep the first block (RFC 9639, 8): it has all there is to know of the sound."""
    info = parts.part(0, 8 + _STREAM_INFO)
    if len(info) < 8 + _STREAM_INFO or info[4] & ~_LAST or info[5:8] != b"\0\0\x22":
        return b"", 0
    at, last = 4, False
    for _ in range(_MOST_BLOCKS):
        header = parts.part(at, 4)
        if last or len(header) < 4:
            break
        last = bool(header[0] & _LAST)
        at += 4 + int.from_bytes(header[1:], "big")
    if not last or at >= parts.size:
        return b"", 0
    return info[:4] + bytes([_LAST]) + info[5:], at
