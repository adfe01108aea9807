"""Detect and decode UTF-16, which Windows PowerShell writes unless told otherwise."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain

_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LOOKED_AT = 4


def wide_encoding(head: bytes) -> str:
    """Return the variant of UTF-16 that a text is in, with or without a mark; or an empty text."""
    if head.startswith(_MARKS):
        return "utf-16"
    even, odd = head[0:_LOOKED_AT:2], head[1:_LOOKED_AT:2]
    if odd == b"\0\0" and b"\0" not in even:
        return "utf-16-le"
    return "utf-16-be" if even == b"\0\0" and len(odd) > 1 and b"\0" not in odd else ""


def without_nul(text: bytes) -> bytes:
    """Return text without NULs, of which half a text is that was continued in UTF-16.

    PowerShell of Windows appends like that to what other tools began. One of nothing but NULs
    remains as it is.
    """
    if b"\0" not in text:
        return text
    return text.replace(b"\0", b"") if text.strip(b"\0") else text


def utf8_chunks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a text in UTF-8 piece by piece; what is not in its variant of UTF-16 is replaced."""
    pieces = iter(chunks)
    head = next(pieces, b"")
    encoding = wide_encoding(head)
    if not encoding:
        yield head
        yield from pieces
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in chain((head,), pieces):
        yield decoder.decode(piece).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")
