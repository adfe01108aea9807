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
    (b"II+\x00\x08\x00\x00\x00", "image/tiff"),
    (b"MM\x00+\x00\x08\x00\x00", "image/tiff"),
    (b"8BPS\x00\x01", "image/vnd.adobe.photoshop"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\xff\x0a", "image/jxl"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR\n", "audio/amr"),
    (b"#!AMR-WB\n", "audio/amr-wb"),
    (b"caff\x00\x01", "audio/x-caf"),
    (b".snd\x00\x00", "audio/basic"),
    (b"MThd\x00\x00\x00\x06", "audio/midi"),
    (b"\x7f\xfe\x80\x01", "audio/vnd.dts"),
    (b"\xfe\x7f\x01\x80", "audio/vnd.dts"),
    (b"\x1f\xff\xe8\x00", "audio/vnd.dts"),
    (b"\xff\x1f\x00\xe8", "audio/vnd.dts"),
    (b"DTSHDHDR", "audio/vnd.dts.hd"),
    (b"FLV\x01", "video/x-flv"),
    (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9\x00\xaa\x00b\xcel", "video/x-ms-asf"),
    (b"\x06\x0e+4\x02\x05\x01\x01\x0d\x01\x02\x01\x01", "application/mxf"),
    (b"ID3", "audio/mpeg"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"%PDF-", "application/pdf"),
)
_RIFF = {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"WEBP": "image/webp"}
_AIFF = {b"AIFF": "audio/aiff", b"AIFC": "audio/aiff"}
_CHUNKED = {b"RIFF": _RIFF, b"RF64": _RIFF, b"BW64": _RIFF, b"FORM": _AIFF}
# the brands of ISO/IEC 14496-12 files, by how they start (mp4ra.org); all others are of MP4
_BRANDS = (
    (b"qt  ", "video/quicktime"),
    (b"M4A", "audio/mp4"),
    (b"M4B", "audio/mp4"),
    (b"M4P", "audio/mp4"),
    (b"F4A", "audio/mp4"),
    (b"F4B", "audio/mp4"),
    (b"f4v", "video/x-f4v"),
    (b"F4V", "video/x-f4v"),
    (b"3g2", "video/3gpp2"),
    (b"3g", "video/3gpp"),
    (b"crx ", "image/x-canon-cr3"),
)
# of pictures; those that only name the structure are decided by the compatible ones
_PICTURES = {
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis"), "image/heic"),
    **dict.fromkeys((b"hevc", b"hevx", b"hevm", b"hevs"), "image/heic-sequence"),
}
_STRUCTURES = {b"mif1": "image/heif", b"mif2": "image/heif", b"msf1": "image/heif-sequence"}
# what files begin with from before brands existed, and segments (ISO/IEC 23009-1, 6.3.4)
_FIRST_BOXES = {
    **dict.fromkeys((b"moov", b"mdat", b"wide"), "video/quicktime"),
    **dict.fromkeys((b"styp", b"sidx", b"moof"), "video/iso.segment"),
}
# what QuickTime files may have before these: empty room, and a preview (QuickTime File Format)
_SKIPPED = {b"free", b"skip", b"pnot", b"PICT"}
_LARGEST_SKIPPED = 2**24  # so the first byte is 0, with which no text begins
_JPEG_2000 = {b"jpx ": "image/jpx", b"mjp2": "video/mj2"}
# what a page of Ogg with video begins with: Theora, Dirac, VP8, and OGM's streams
_OGG_VIDEO = (b"\x80theora", b"BBCD\x00", b"OVP80", b"\x01video")
_ROOTS = (
    (re.compile(rb"<svg[\s>]"), "image/svg+xml"),
    (re.compile(rb"<(?:tt:)?tt\s[^>]*/ns/ttml"), "application/ttml+xml"),
)
_MARKUP = re.compile(rb"\s*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml\b|\s*<Error>|\s*<svg[\s>]|\s*<(?:tt:)?tt\s")
_PLAYLIST = re.compile(rb"(?:\xef\xbb\xbf)?#EXTM3U\s")
_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_TS_PACKET, _TIMED_TS_PACKET = 188, 192


def content_type(head: bytes) -> str | None:
    """Return the media type by the first 4 KiB (or the whole file); None if unsure."""
    return _container(head) or _by_magic(head) or _by_frames(head) or _text(head)


def _container(head: bytes) -> str | None:
    if head[4:8] in _SKIPPED:
        return _behind_skipped(head)
    if head[4:8] == b"ftyp":
        return _by_brands(head[8:12], head[16 : int.from_bytes(head[:4], "big")])
    if head[4:8] in _FIRST_BOXES and len(head) > 8:
        return _FIRST_BOXES[head[4:8]]
    if head[:4] == b"\x1aE\xdf\xa3":
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    return _CHUNKED.get(head[:4], {}).get(head[8:12])


def _behind_skipped(head: bytes) -> str | None:
    """Return the type by the first box of another kind, if it is in the part that is known."""
    at = 0
    while head[at + 4 : at + 8] in _SKIPPED:
        size = int.from_bytes(head[at : at + 4], "big")
        if not 8 <= size < _LARGEST_SKIPPED:
            return None
        at += size
    if at + 8 >= ENOUGH and len(head) >= ENOUGH:
        return "video/quicktime"
    is_box = head[at + 4 : at + 8] in {b"ftyp", *_FIRST_BOXES}
    return _container(head[at:]) if is_box else None


def _by_brands(major: bytes, compatible: bytes) -> str:
    """Return the type by a file's brands (ISO/IEC 14496-12, 4.3; 23008-12, 10; AVIF, 9)."""
    if major in _PICTURES:
        return _PICTURES[major]
    if major in _STRUCTURES:
        brands = {compatible[at : at + 4] for at in range(0, len(compatible), 4)}
        of_pictures = (kind for brand, kind in _PICTURES.items() if brand in brands)
        return next(of_pictures, _STRUCTURES[major])
    return next((kind for start, kind in _BRANDS if major.startswith(start)), "video/mp4")


def _by_magic(head: bytes) -> str | None:
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (magic != b"BM" or _is_bitmap(head)):
            return _more_exactly(kind, head)
    return "image/vnd.microsoft.icon" if _is_icon(head) else None


def _more_exactly(kind: str, head: bytes) -> str:
    """Return the type of a file whose first mark is that of several."""
    if kind == "image/tiff" and head[8:11] == b"CR\x02":
        return "image/x-canon-cr2"
    if kind == "image/jp2":
        return _JPEG_2000.get(head[20:24], kind)
    if kind == "audio/ogg" and any(mark in head[:512] for mark in _OGG_VIDEO):
        return "video/ogg"
    return kind


def _is_icon(head: bytes) -> bool:
    """Return whether this is an icon: a list of pictures, the first of which follows the list."""
    pictures, first = int.from_bytes(head[4:6], "little"), int.from_bytes(head[18:22], "little")
    return head[:4] == b"\x00\x00\x01\x00" and pictures > 0 and first == 6 + 16 * pictures


def _is_bitmap(head: bytes) -> bool:
    """Return whether this is a bitmap, not text that starts with BM: four bytes must be zero."""
    return head[6:10] == bytes(4)


def _by_frames(head: bytes) -> str | None:
    """Recognize formats without a file header by the marks of their frames."""
    for start, packet in ((0, _TS_PACKET), (4, _TIMED_TS_PACKET)):
        if len(head) > packet + start and set(head[start:ENOUGH:packet]) == {0x47}:
            return "video/mp2t"
    if head[4:8] in {b"\xf8\x72\x6f\xba", b"\xf8\x72\x6f\xbb"}:
        return "audio/vnd.dolby.mlp"
    if (end := _adts_frame(head)) and (end >= len(head) - 1 or _is_adts(head, end)):
        return "audio/aac"
    if (end := _ac3_frame(head)) and head[end : end + 2] == head[:2]:
        return "audio/ac3" if head[5] >> 3 <= _LAST_AC3 else "audio/eac3"
    frames = [_mpeg_frame(head, 0)]
    while frames[-1] and frames[-1] + 4 <= len(head) and len(frames) < 4:
        frames.append(_mpeg_frame(head, frames[-1]))
    steady = len(frames) > 1 and all(one < other for one, other in pairwise(frames))
    return "audio/mpeg" if steady else None


def _is_adts(head: bytes, at: int) -> bool:
    return len(head) > at + 1 and head[at] == 0xFF and head[at + 1] & 0xF6 == 0xF0


def _adts_frame(head: bytes) -> int:
    """Return where the first ADTS frame ends (ISO/IEC 14496-3, 1.A.2.2); 0 where there is none."""
    if len(head) < 7 or not _is_adts(head, 0) or head[2] >> 2 & 15 > _LAST_ADTS_RATE:
        return 0
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return length if length > 7 else 0


_LAST_ADTS_RATE, _LAST_AC3, _LAST_EAC3 = 12, 8, 16
# ETSI TS 102 366, table F.7.1, in kbit/s
_AC3_RATES = (
    32,
    40,
    48,
    56,
    64,
    80,
    96,
    112,
    128,
    160,
    192,
    224,
    256,
    320,
    384,
    448,
    512,
    576,
    640,
)


def _ac3_frame(head: bytes) -> int:
    """Return where the first frame of AC-3 or E-AC-3 ends (ETSI TS 102 366, 4.4.1, E.1.3)."""
    if head[:2] != b"\x0b\x77" or len(head) < 6:
        return 0
    version, rate, code = head[5] >> 3, head[4] >> 6, head[4] & 63
    if _LAST_AC3 < version <= _LAST_EAC3:
        return 2 * ((head[2] & 7) << 8 | head[3]) + 2
    if version > _LAST_AC3 or rate == 3 or code // 2 >= len(_AC3_RATES):
        return 0
    rates = (48000, 44100, 32000)
    words = _AC3_RATES[code // 2] * 96_000 // rates[rate] + (code & 1 if rate == 1 else 0)
    return 2 * words


# ISO/IEC 11172-3, 2.4.2.3, and 13818-3, 2.4.2.3: kbit/s by index, of MPEG-1 or later, of a layer
_BITRATES: dict[tuple[bool, int], tuple[int, ...]] = {
    (True, 1): (0, *range(32, 449, 32)),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44100, 48000, 32000)
_VERSIONS = {3: 1, 2: 2, 0: 4}


def _mpeg_frame(head: bytes, at: int) -> int:
    """Return where the MPEG audio frame at a position ends; 0 where there is none."""
    header = head[at : at + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, index, rate = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    layer = 4 - (header[1] >> 1 & 3)
    if version not in _VERSIONS or layer > 3 or not 0 < index < 15 or rate == 3:
        return 0
    first, padding = version == 3, header[2] >> 1 & 1
    bitrate = 1000 * _BITRATES[first, layer][index]
    frequency = _RATES[rate] // _VERSIONS[version]
    if layer == 1:
        return at + 4 * (12 * bitrate // frequency + padding)
    return at + (144 if first or layer == 2 else 72) * bitrate // frequency + padding


def is_html(head: bytes) -> bool:
    """Return whether content begins as a page of HTML does."""
    return _MARKUP.match(head) is not None


def holds_controls(text: str) -> bool:
    """Return whether a text holds control characters that no text has."""
    return _NOT_IN_TEXT.search(text) is not None


def _text(head: bytes) -> str | None:
    if is_html(head):
        return "text/html"
    if _XML.match(head):
        return next((kind for root, kind in _ROOTS if root.search(head)), "application/xml")
    if _PLAYLIST.match(head):
        return "application/vnd.apple.mpegurl"
    text = _decoded(head)
    if text is None or holds_controls(text):
        return None
    return "text/plain" if text.strip() else None


def _decoded(head: bytes) -> str | None:
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return head.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):  # incremental, since the head may end within a character
            return codecs.getincrementaldecoder(encoding)().decode(head)
    return None
