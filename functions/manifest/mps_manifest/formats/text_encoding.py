"""Decode the text of files whose encoding is not declared."""

from __future__ import annotations

import codecs
from typing import NamedTuple

from mps_manifest.parsing.redaction import redact

SHOWN = 200
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NEWLINES = ("\r\n", "\r", "\u2028", "\u2029")


class DecodedText(NamedTuple):
    """A decoded text; `sound` is false where bytes had to be replaced."""

    text: str
    encoding: str
    sound: bool = True


def decode_text(body: bytes) -> DecodedText:
    """Decode UTF-8 or UTF-16 with a byte order mark, else UTF-8, else GB18030.

    All kinds of line ends become newlines.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], encoding) or _replaced(body[len(mark) :], encoding)
    return _decoded(body, "utf-8") or _decoded(body, "gb18030") or _replaced(body, "utf-8")


def _decoded(body: bytes, encoding: str) -> DecodedText | None:
    try:
        return DecodedText(_with_newlines(body.decode(encoding)), encoding)
    except UnicodeDecodeError:
        return None


def _replaced(body: bytes, encoding: str) -> DecodedText:
    return DecodedText(_with_newlines(body.decode(encoding, "replace")), encoding, sound=False)


def _with_newlines(text: str) -> str:
    for end in _NEWLINES:
        text = text.replace(end, "\n")
    return text


def excerpt(text: str) -> str:
    """Return the first 200 characters for display: no secrets, control characters escaped."""
    if not text.strip():
        return "the file is empty"
    clean = redact(text[: SHOWN * 10])[:SHOWN]
    return "".join(_visible(char) for char in clean)


def _visible(char: str) -> str:
    if char == "\\":
        return "\\\\"
    if char.isprintable():
        return char
    return char.encode("unicode_escape").decode()
