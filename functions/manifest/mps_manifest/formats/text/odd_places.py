"""Count what stands where it never does: letters and signs of a text in the wrong encoding."""

# ruff: noqa: RUF001 - letters and signs of many languages are what it is about

from __future__ import annotations

import re
from itertools import pairwise

from mps_manifest.formats.text.words_of_scripts import is_part

_INSIDE_WORD = re.compile(
    "(?<=[^\\W\\d_])(?:[\u201a\u201e]|[^\\w\\s\x00-\x7f\u2018\u2019\u00b7\u00ad](?=[^\\W\\d_]))"
)
# letters beyond ASCII that are words, such as of Italian, Portuguese, Swedish and Hungarian
_WORDS_OF_A_LETTER = frozenset("àáåæèéìíòóôúýőį")
_ALONE = re.compile(
    "(?<![^\\W\\d_])(?<!['\u2019])[^\\W\\d_\x00-\x7f](?![^\\W\\d_]|[.'\u2019\u0300-\u036f])"
)
# beside these signs is no letter, but the m of a measure; beside those of money is a number
_BESIDE = "[A-Za-z\u00a1-\uffff]"
_ODD_SIGN = re.compile(
    rf"(?<={_BESIDE})[¶†±×÷½¼¾¢¥]|[¶†±×÷½¼¾¢¥²³](?={_BESIDE})|(?<={_BESIDE})(?<!m)[²³]"
    r"|(?<!\d)(?<!\d )[¢¥](?! ?\d)"
    # Spanish has its first mark before words; soft hyphens are within them
    r"|(?<=\w)¡|¡(?=[^\w\s\x00-\x7f¡¿«‘“…–—]|ª)"
    r"|(?<![^\W\d_])\u00ad|\u00ad(?![^\W\d_])"
    # degrees are of numbers, a trade mark is of a name
    r"|(?<=[^\W\d_nN])°|(?<=[\s°])™"
)
_NOTES = re.compile("¶+")
"""What notes of music became on their way from broadcasting."""


def misplaced(text: str) -> int:
    """Return how many characters beyond ASCII stand where none like them does."""
    capitals = sum(
        char > "\x7f" and char.isupper() and last.islower() for last, char in pairwise(text)
    )
    inside = sum(not is_part(found) for found in _INSIDE_WORD.findall(text))
    odd = len(_ODD_SIGN.findall(_NOTES.sub("¶", text)))
    return capitals + inside + odd


def letters_alone(text: str, usual: frozenset[str]) -> int:
    """Return how many letters of a language stand alone, though they are no word."""
    found = ((each[0].lower(), text[each.end() : each.end() + 1]) for each in _ALONE.finditer(text))
    return sum(
        char in usual and (char not in _WORDS_OF_A_LETTER or after.isdecimal())
        for char, after in found
    )
