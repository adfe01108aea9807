"""Undo UTF-8 that was taken for Windows 1252, or ISO 8859-1, and encoded once more."""

from __future__ import annotations

import re

_FEWEST = 3
_UNDEFINED = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
_BYTES = {ord(bytes([byte]).decode("cp1252")): byte for byte in {*range(0x80, 0xA0)} - _UNDEFINED}
# each character of theirs became two or more, all of which Windows 1252 has
_ONLY_ONCE = re.compile(
    f"(?<![^\x00-\x7f])[^\x00-\x7f](?![^\x00-\x7f])|[^\x00-\xff{''.join(map(chr, _BYTES))}]"
)
_BEHIND_WORDS = "\xa0\xa9\xae\xb7\xbb\u2013\u2014\u2019\u201c\u201d\u2022\u2026\u203a\u2122"
# The last letter of a word and what comes behind it: CAFÉ® would be a letter of phonetics. Up to Ç
# they would be usual ones, as of PÅ, FÖR and là, so these must end a word of capitals.
_WORD_AND_SIGN = re.compile(
    f"(?<=[A-Z])(?!\xc3\xa0)[\xc3-\xc7][{_BEHIND_WORDS}](?![^\\W\\d_])"
    f"|(?<![a-z])[\xc8-\xde][{_BEHIND_WORDS}](?![a-z])"
    f"|(?<=[A-Za-z])[\xe0-\xef][{_BEHIND_WORDS}]{{2}}"
)


def once_encoded(text: str) -> str:
    """Return what was encoded twice as it was meant, and any other text as it is.

    By chance this is hardly met: everything beyond ASCII is UTF-8 again, three characters at least,
    and not all of it is the last letter of a word with a sign behind it.
    """
    if text.isascii() or _ONLY_ONCE.search(text):
        return text
    try:
        meant = text.translate(_BYTES).encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text
    is_meant = sum(char > "\x7f" for char in meant) >= _FEWEST
    return meant if is_meant and not _WORD_AND_SIGN.sub("", text).isascii() else text
