"""Decode the content of files that are stored with a Content-Encoding, as `gzip`.

What is stored is what OSS returns and what sizes and checksums are of; the encoding only says how
to read it. A browser decodes it without being asked, so the text inside is the file's content.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

from mps_manifest.problems import Problem, note

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""How zlib is to read each encoding: with the header of gzip, or with its own."""
_UNREAD = {"br", "zstd", "compress", "x-compress", "dcb", "dcz"}
_MOST_PER_BYTE = 1032
"""No byte of deflated data becomes more bytes than this (zlib's technical details)."""
_GZIP = b"\x1f\x8b"
_CHUNK = 16 * 1024
_MOST_PIECES = 1_000


class StoredContent(NamedTuple):
    """The content of a file, None where it cannot be read; and what there is to say about it."""

    body: bytes | None
    notes: tuple[Problem, ...] = ()


def most_bytes(size: int, encoding: str | None, limit: int) -> int:
    """Return how many bytes a stored file of `size` bytes may take once it is decoded."""
    return min(_MOST_PER_BYTE * size, limit) if _names(encoding) else size


def decode_stored(body: bytes, encoding: str | None, limit: int) -> StoredContent:
    """Decode a file by its Content-Encoding, up to `limit` bytes; a plain one is returned as it is.

    Where a file turns out to be plain though it is said to be encoded, it is read as it is.
    """
    names = _names(encoding)
    if not names:
        return StoredContent(body)
    window = _WINDOWS.get(names[0]) if len(names) == 1 else None
    if window is None:
        title = "The file is stored in an encoding that is not read, and was only listed"
        return StoredContent(None, (_said(title, encoding),))
    if not _is_encoded(body, window):
        title = "The file is not encoded as its Content-Encoding says; it was read as it is"
        return StoredContent(body, (_said(title, encoding),))
    return _decoded(body, window, encoding, limit)


def _names(encoding: str | None) -> list[str]:
    """Return the encodings in a header; nothing where none of them is one, as in `utf-8`."""
    names = [name.strip().lower() for name in (encoding or "")[:200].split(",")]
    known = [name for name in names if name in _WINDOWS or name in _UNREAD]
    return [name for name in names if name not in ("", "identity")] if known else []


def _is_encoded(body: bytes, window: int) -> bool:
    if window > zlib.MAX_WBITS:
        return body.startswith(_GZIP)
    return len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0  # RFC 1950


def _decoded(body: bytes, window: int, encoding: str | None, limit: int) -> StoredContent:
    found = bytearray()
    try:
        is_whole = _decode(memoryview(body), window, found, limit)
    except zlib.error:
        is_whole = False
    if len(found) > limit:
        title = "The result file is too large to parse once it is decoded, and was only listed"
        detail = f"{len(body)} bytes decode to more than {limit}; MAX_PARSED_BYTES is {limit}"
        return StoredContent(None, (note("too-large-to-parse", title, detail),))
    if not is_whole:
        title = "The encoded content is damaged or cut off; the file was only listed"
        return StoredContent(None, (_said(title, encoding),))
    title = "The file was decoded to be read; its size and checksums are of the encoded bytes"
    return StoredContent(bytes(found), (_said(title, encoding),))


def _decode(data: memoryview, window: int, found: bytearray, limit: int) -> bool:
    """Decode one piece after the other, and stop above the limit; return whether all was sound.

    What follows the last piece of gzip and is none, such as padding, is left out as gzip does.
    """
    for _ in range(_MOST_PIECES):
        used = _decode_piece(data, window, found, limit)
        if not used or len(found) > limit:
            return False
        data = data[used:]
        if window <= zlib.MAX_WBITS or bytes(data[:2]) != _GZIP:
            return True
    return False


def _decode_piece(data: memoryview, window: int, found: bytearray, limit: int) -> int:
    """Decode up to the end of one piece; return how many bytes it had, 0 where there is no end."""
    decoder = zlib.decompressobj(window)
    for start in range(0, len(data), _CHUNK):
        chunk = data[start : start + _CHUNK]
        found += decoder.decompress(chunk, limit + 1 - len(found))
        if decoder.eof:
            return start + len(chunk) - len(decoder.unused_data)
        if len(found) > limit:
            break
    return 0


def _said(title: str, encoding: str | None) -> Problem:
    return note("content-encoding", title, f"Content-Encoding: {encoding}")
