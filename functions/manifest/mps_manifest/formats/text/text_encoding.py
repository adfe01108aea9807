"""Decode the text of files whose encoding is not declared."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from mps_manifest.formats.text.twice_encoded import once_encoded
from mps_manifest.parsing.redaction import redact

SHOWN = 200
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # first, since it begins as that of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# the first where lines ended with two already, and their newline was converted once more
_NEWLINES = ("\r\r\n", "\r\n", "\r", "\u2028", "\u2029")


_STATEFUL = (
    (re.compile(rb"\x1b\$[@B]"), "iso-2022-jp"),
    (re.compile(rb"\x1b\$\)C"), "iso-2022-kr"),
)
_LOOKED_AT = 4_000
_SOUND_TO_ONE = 10
_SHARE_OF_NULS, _MANY_MORE, _FEWEST_NULS = 0.2, 4, 4


class DecodedText(NamedTuple):
    """A decoded text and its encoding's IANA name in lower case.

    `sound` is false where the encoding is not certain or bytes had to be replaced: then what is in
    ASCII is right, and nothing should be made of the rest.
    """

    text: str
    encoding: str
    sound: bool = True


def decode_text(body: bytes) -> DecodedText:
    """Decode Unicode, and other encodings where it is declared or certain which of them it is.

    UTF-16 may lack its byte order mark; UTF-8 may have been encoded twice. All kinds of line ends
    become newlines.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], encoding) or _replaced(body[len(mark) :], encoding)
    wide = _wide(body)
    if wide:
        return _decoded(body, wide) or _replaced(body, wide)
    found = _stateful(body) or _decoded(body, "utf-8") or _damaged(body)
    return found or _declared(body) or _legacy(body) or _replaced(body, "utf-8")


def _wide(body: bytes) -> str | None:
    """Return the UTF-16 of which every second byte of the digits and spaces is a NUL.

    The other byte of some characters is one, such as of the Chinese for "one" and of wide spaces.
    """
    start = body[:_LOOKED_AT]
    half = len(start) // 2
    high, low = start[0::2].count(0), start[1::2].count(0)
    enough = max(_SHARE_OF_NULS * half, _FEWEST_NULS)
    if max(high, low) < max(enough, _MANY_MORE * min(high, low)):
        return None
    return "utf-16-le" if low > high else "utf-16-be"


def _stateful(body: bytes) -> DecodedText | None:
    names = (name for escape, name in _STATEFUL if escape.search(body))
    return next(filter(None, (_decoded(body, name) for name in names)), None)


def _damaged(body: bytes) -> DecodedText | None:
    """Decode UTF-8 of which a few bytes are wrong or missing."""
    text = body.decode("utf-8", "replace")
    is_damaged = len(body) - len(text) >= _SOUND_TO_ONE * text.count("\ufffd")
    return _replaced(body, "utf-8") if is_damaged else None


def _declared(body: bytes) -> DecodedText | None:
    from mps_manifest.formats.text.declared_encoding import declared_encoding  # noqa: PLC0415 - as below

    return _named(body, declared_encoding(body))


def _legacy(body: bytes) -> DecodedText | None:
    # its figures are read from files, and most text is UTF-8
    from mps_manifest.formats.text.legacy_encodings import legacy_encoding  # noqa: PLC0415

    return _named(body, legacy_encoding(body))


def _named(body: bytes, found: tuple[str, str] | None) -> DecodedText | None:
    """Decode what has been found to be in an encoding of a name and a codec."""
    if found is None:
        return None
    encoding, codec = found
    decoded = _decoded(body, codec)
    return decoded and decoded._replace(encoding=encoding)


def _decoded(body: bytes, encoding: str) -> DecodedText | None:
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        return None
    meant = once_encoded(text) if encoding == "utf-8" else text
    return DecodedText(_with_newlines(meant), encoding)


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
