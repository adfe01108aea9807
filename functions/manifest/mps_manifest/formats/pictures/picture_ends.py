"""Detect pictures that were cut off: their own sizes lead beyond the end of the file."""

from __future__ import annotations

from collections.abc import Callable

from mps_manifest.formats.containers.declared_sizes import lacking
from mps_manifest.formats.containers.fragments import declared_size
from mps_manifest.formats.media.parts import Parts, Read
from mps_manifest.formats.pictures.picture_headers import HEIF_FAMILY

_MOST_CHUNKS = 50
_MARK = 8
_HEAD, _AROUND = 8, 12  # length and kind of a chunk; with its checksum
_END = b"\0\0\0\0IEND\xaeB`\x82"
_DATA = b"IDAT"


def missing_bytes(kind: str, size: int, read: Read) -> str:
    """Return the evidence that a picture of `size` bytes is truncated; nothing where there is none.

    What follows the end does not matter. For `read` see picture_size.
    """
    if kind not in _READERS:
        return ""
    declared = _READERS[kind](Parts(size, read))
    proof = f"the container declares {declared} bytes, the file has {size}"
    return proof if declared > size else ""


def _png(parts: Parts) -> int:
    """Return where the last chunk of data ends, or one before them that is cut off; else 0."""
    if parts.part(parts.size - len(_END), len(_END)) == _END:
        return 0
    at = _MARK
    for _ in range(_MOST_CHUNKS):
        kind, length = _chunk(parts, at)
        if kind == _DATA:
            return _end_of_data(parts, at, _AROUND + length)
        at += _AROUND + length
        if not kind.isalpha():
            return 0
        if at > parts.size:
            return at
    return 0


def _end_of_data(parts: Parts, first: int, each: int) -> int:
    """Return where the last chunk of data ends in a file that is cut off within them; else 0.

    Encoders make all of them equally long but the last one, so the others need not be looked at.
    """
    last = first + (parts.size - first - 1) // each * each
    same, head = parts.part(first, _HEAD), parts.part(last, _HEAD)
    # of a few bytes, which may be zeros behind the end, the chunk before tells what they are
    if head == same or (same.startswith(head) and parts.part(last - each, _HEAD) == same):
        return last + each
    kind, length = _chunk(parts, last)
    return last + _AROUND + length if kind == _DATA else 0


def _chunk(parts: Parts, at: int) -> tuple[bytes, int]:
    head = parts.part(at, _HEAD)
    return (head[4:], int.from_bytes(head[:4], "big")) if len(head) == _HEAD else (b"", 0)


def _webp(parts: Parts) -> int:
    """Return the size in the header, if more is missing than some writers leave out (RFC 9649)."""
    declared = 8 + int.from_bytes(parts.part(4, 4), "little")
    return declared if lacking(parts.size, declared)[0] else 0


_READERS: dict[str, Callable[[Parts], int]] = {
    **dict.fromkeys(HEIF_FAMILY, declared_size),
    "image/png": _png,
    "image/webp": _webp,
}
