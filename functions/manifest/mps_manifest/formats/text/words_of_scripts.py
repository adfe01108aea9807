"""Take a text apart into words and their scripts, as the profiles of languages count them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

_LONGEST_WORD = 40
_MOST_REMEMBERED = 5_000
_APOSTROPHES = "\u2019\u02bc\u02bb`"
_JOINERS = "'\u200c"
# vowel signs, which only some texts have, and the stroke that stretches a word
_NOT_COUNTED = dict.fromkeys((*range(0x64B, 0x653), 0x640, 0x200C))


class _PartsOfWords(dict[int, int]):
    """A table for translate(): apostrophes are of one form, what is no part of a word is a space.

    It is filled as characters are met, but for the rare ones of a text that has thousands.
    """

    def __missing__(self, code: int) -> int:
        found = code if is_part(chr(code)) else ord(" ")
        if len(self) < _MOST_REMEMBERED:
            self[code] = found
        return found


_PARTS = _PartsOfWords(dict.fromkeys(map(ord, _APOSTROPHES), ord("'")))


def words_of(text: str) -> list[str]:
    """Return the words in lower case, composed and without what surrounds them; none is empty."""
    words = (word for word in text.translate(_PARTS).split() if len(word) <= _LONGEST_WORD)
    return [plain for word in words if (plain := _plain(word.strip(_JOINERS)))]


@lru_cache(_MOST_REMEMBERED)
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
    text = f" {'  '.join(words)} "
    found = Counter(map("".join, zip(text, text[1:], text[2:], strict=False)))
    return Counter({group: times for group, times in found.items() if "  " not in group})


def _plain(word: str) -> str:
    return unicodedata.normalize("NFC", word.lower()).translate(_NOT_COUNTED)
