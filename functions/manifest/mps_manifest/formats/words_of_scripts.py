"""Take a text apart into words and their scripts, as the profiles of languages count them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

_LONGEST_WORD = 40
_APOSTROPHES = str.maketrans("\u2019\u02bc\u02bb`", "''''")
_JOINERS = "'\u200c"
# vowel signs, which only some texts have, and the stroke that stretches a word
_NOT_COUNTED = dict.fromkeys((*range(0x64B, 0x653), 0x640, 0x200C))


def words_of(text: str) -> list[str]:
    """Return the words in lower case, composed and without what surrounds them."""
    parts = (c if _is_part(c) else " " for c in text.translate(_APOSTROPHES))
    stripped = (word.strip(_JOINERS) for word in "".join(parts).split())
    return [_plain(word) for word in stripped if 0 < len(word) <= _LONGEST_WORD]


def script_of(char: str) -> str | None:
    """Return a letter's script as the first word of its Unicode name, such as LATIN or CJK."""
    if not char.isalpha():
        return None
    return unicodedata.name(char, "").split(" ", 1)[0].split("-", 1)[0]


def trigrams_of(words: Iterable[str]) -> Counter[str]:
    """Count the groups of three characters; a space is before and after each word."""
    found: Counter[str] = Counter()
    for word in words:
        padded = f" {word} "
        found.update(padded[at : at + 3] for at in range(len(padded) - 2))
    return found


def _is_part(char: str) -> bool:
    return char.isalpha() or char in _JOINERS or unicodedata.category(char)[0] == "M"


def _plain(word: str) -> str:
    return unicodedata.normalize("NFC", word.lower()).translate(_NOT_COUNTED)
