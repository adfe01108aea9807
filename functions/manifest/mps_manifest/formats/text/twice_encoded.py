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


def once_encoded(text: str) -> str:
    """Return what was encoded twice as it was meant, and any other text as it is.

    By chance this is not met: everything beyond ASCII is UTF-8 again, three characters at least.
    """
    if text.isascii() or _ONLY_ONCE.search(text):
        return text
    try:
        meant = text.translate(_BYTES).encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text
    return meant if sum(char > "\x7f" for char in meant) >= _FEWEST else text
