"""Take a text apart into words and their scripts, as the profiles of languages count them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

_LONGEST_WORD = 40
_PIECE = 1_000
_APOSTROPHES = str.maketrans("\u2019\u02bc\u02bb`", "''''")
_JOINERS = "'\u200c"
# vowel signs, which only some texts have, and the stroke that stretches a word
_NOT_COUNTED = dict.fromkeys((*range(0x64B, 0x653), 0x640, 0x200C))


def words_of(text: str) -> list[str]:
    """Return the words in lower case, composed and without what surrounds them; none is empty."""
    plain_text = text.translate(_APOSTROPHES)
    # by pieces, since a character on its own takes many bytes
    pieces = (plain_text[at : at + _PIECE] for at in range(0, len(plain_text), _PIECE))
    parts = ("".join(c if is_part(c) else " " for c in piece) for piece in pieces)
    words = (word for word in "".join(parts).split() if len(word) <= _LONGEST_WORD)
    return [plain for word in words if (plain := _plain(word.strip(_JOINERS)))]


def script_of(char: str) -> str | None:
    """Return a letter's script as the first word of its Unicode name, such as LATIN or CJK."""
    if not char.isalpha():
        return None
    return unicodedata.name(char, "").split(" ", 1)[0].split("-", 1)[0]


def is_part(char: str) -> bool:
    """Return whether a character may be part of a word: letters, their marks, apostrophes."""
    return char.isalpha() or char in _JOINERS or unicodedata.category(char)[0] == "M"


def trigrams_of(words: Iterable[str]) -> Counter[str]:
    """Count the groups of three characters; a space is before and after each word."""
    found: Counter[str] = Counter()
    for word in words:
        padded = f" {word} "
        found.update(padded[at : at + 3] for at in range(len(padded) - 2))
    return found


def _plain(word: str) -> str:
    return unicodedata.normalize("NFC", word.lower()).translate(_NOT_COUNTED)
