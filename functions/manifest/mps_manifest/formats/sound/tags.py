"""Find tags before and after sound, which are no part of it."""

from __future__ import annotations

from mps_manifest.formats.media.parts import Parts

_HEADER = 10
_MOST_TAGS = 8
_PADDING = 4096
_FOOTER = 0x10
_ID3V1 = 128
_APE = 32
_LYRICS = 15


def end_of_tags(parts: Parts) -> int:
    """Return where the ID3v2 tags at the beginning of a file end (id3.org, ID3v2.4.0, 3.1).

    Zeros after a tag are skipped up to 4 KiB, since some writers pad it without saying so.
    """
    at = 0
    for _ in range(_MOST_TAGS):
        following = parts.part(at, _PADDING)
        size = _id3_size(following[:_HEADER])
        if not size or at + size > parts.size:
            break
        at += size
    return at + (len(following) - len(following.lstrip(b"\0")) if at else 0)


def _id3_size(header: bytes) -> int:
    """Return the size of a tag by its first ten bytes; 0 where there is none."""
    if len(header) < _HEADER or not header.startswith(b"ID3") or 0xFF in header[3:5]:
        return 0
    digits = header[6:10]
    if max(digits) > 0x7F:
        return 0
    size = 0
    for digit in digits:
        size = size << 7 | digit
    return _HEADER + size + (_HEADER if header[5] & _FOOTER else 0)


def end_of_sound(parts: Parts) -> int:
    """Return where the tags at the end of a file begin: ID3v1, Lyrics3v2, APE, ID3v2.4."""
    end = parts.size
    tail_start = max(0, end - _ID3V1 - _APE - _LYRICS)
    tail = parts.part(tail_start, end - tail_start)
    if tail[-_ID3V1:].startswith(b"TAG") and len(tail) >= _ID3V1:
        end, tail = end - _ID3V1, tail[:-_ID3V1]
    if tail.endswith(b"LYRICS200") and tail[-_LYRICS:-9].isdigit():
        end -= int(tail[-_LYRICS:-9]) + _LYRICS
        start = max(0, end - _APE)
        tail = parts.part(start, max(0, end - start))
    footer = tail[-_APE:]
    if footer.startswith(b"APETAGEX") and len(footer) == _APE:
        has_header = int.from_bytes(footer[20:24], "little") >> 31
        end -= int.from_bytes(footer[12:16], "little") + (_APE if has_header else 0)
    elif tail[-_HEADER:].startswith(b"3DI"):
        end -= _id3_size(b"ID3" + tail[-_HEADER + 3 :])
    return max(0, end)
