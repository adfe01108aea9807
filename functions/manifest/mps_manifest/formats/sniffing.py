"""Recognize a file's media type by its first bytes."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from itertools import pairwise

ENOUGH = 4096
"""The number of first bytes that are enough for every check here."""

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"FLV\x01", "video/x-flv"),
    (b"ID3", "audio/mpeg"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"%PDF-", "application/pdf"),
)
_RIFF = {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"WEBP": "image/webp"}
_BRANDS = (
    (b"qt  ", "video/quicktime"),
    (b"M4A", "audio/mp4"),
    (b"M4B", "audio/mp4"),
    (b"heic", "image/heic"),
    (b"mif1", "image/heif"),
    (b"avif", "image/avif"),
)
_MARKUP = re.compile(rb"\s*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml\b|\s*<Error>")
_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_TS_PACKET = 188


def content_type(head: bytes) -> str | None:
    """Return the media type by the first 4 KiB (or the whole file); None if unsure."""
    return _container(head) or _by_magic(head) or _by_frames(head) or _text(head)


def _container(head: bytes) -> str | None:
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return next((kind for start, kind in _BRANDS if brand.startswith(start)), "video/mp4")
    if head[4:8] in {b"moov", b"mdat", b"wide"} and len(head) > 8:
        return "video/quicktime"  # a file from before brands existed
    if head[:4] == b"\x1aE\xdf\xa3":
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head[:4] in {b"RIFF", b"RF64"}:
        return _RIFF.get(head[8:12])
    return None


def _by_magic(head: bytes) -> str | None:
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (magic != b"BM" or _is_bitmap(head)):
            return kind
    return None


def _is_bitmap(head: bytes) -> bool:
    """Return whether this is a bitmap, not text that starts with BM: four bytes must be zero."""
    return head[6:10] == bytes(4)


def _by_frames(head: bytes) -> str | None:
    """Recognize formats without a file header by the marks of their frames."""
    if len(head) > _TS_PACKET and all(mark == 0x47 for mark in head[:ENOUGH:_TS_PACKET]):
        return "video/mp2t"
    if len(head) > 6 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    frames = [_mpeg_frame(head, 0)]
    while frames[-1] and frames[-1] + 4 <= len(head) and len(frames) < 4:
        frames.append(_mpeg_frame(head, frames[-1]))
    steady = len(frames) > 1 and all(one < other for one, other in pairwise(frames))
    return "audio/mpeg" if steady else None


_BITRATES = {  # kbit/s of layer III by index; the key is whether it is MPEG-1
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44100, 48000, 32000)
_VERSIONS = {3: 1, 2: 2, 0: 4}


def _mpeg_frame(head: bytes, at: int) -> int:
    """Return where the MPEG layer III frame at a position ends; 0 where there is none."""
    header = head[at : at + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, index, rate = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version not in _VERSIONS or not 0 < index < 15 or rate == 3:
        return 0
    first = version == 3
    samples = 144_000 if first else 72_000
    padding = header[2] >> 1 & 1
    frequency = _RATES[rate] // _VERSIONS[version]
    return at + samples * _BITRATES[first][index] // frequency + padding


def _text(head: bytes) -> str | None:
    if _MARKUP.match(head):
        return "text/html"
    if _XML.match(head):
        return "application/xml"
    text = _decoded(head)
    if text is None or _NOT_IN_TEXT.search(text):
        return None
    return "text/plain" if text.strip() else None


def _decoded(head: bytes) -> str | None:
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return head.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):  # incremental, since the head may end within a character
            return codecs.getincrementaldecoder(encoding)().decode(head)
    return None
