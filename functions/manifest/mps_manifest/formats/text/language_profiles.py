"""Compare words with the profiles of languages; `tools/language_profiles.py` makes them.

A profile is the one or two hundred groups of three letters that tell a language best from others in
its script. A text gets a score for each language: what its trigrams count there, on average. It is
in the language with the highest score if that is about as high as texts in that language get, and
clearly higher than the next. Near languages that are never named have profiles as well, so that
texts in them are not taken for one that is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mps_manifest.formats.text.words_of_scripts import trigrams_of

_FIRST_LEVEL, _NOTHING = 5, 13
"""A trigram of level n is about one of 2 to the power of n in the language, and counts 13 - n."""
_ENOUGH, _ENOUGH_DIFFERENT = 50, 40
"""Letters of all words, and of those that are different: a song may be one word."""
_CLEAR, _CLEAR_IN_LATIN = 0.95, 1.1
# of the other languages of the Philippines there was only formal text to make profiles of, and
# Malay shares most of what is said with Indonesian
_CLEARER = {"tl": 1.25, "ms": 1.2}
_WEIGHT_OF_LEAD, _MOST_LEAD = 0.05, 8.0
"""How sure is sure enough: what was measured with these is in `tools/language_profiles.py`; most of
the languages without a profile are in Latin letters."""


_LONG_LINE, _MIXED = 10, 0.2


class _Profiles(NamedTuple):
    """The languages of a script, what texts in them score, and what trigrams count in which."""

    tags: list[str]
    typical: list[float]
    counts: dict[str, list[tuple[int, int]]]


class Likeness(NamedTuple):
    """The language that words are most like.

    `fit` is their score as a share of what is typical of the language, `lead` how far it is above
    the next language's, in errors of the mean.
    """

    tag: str
    fit: float
    lead: float


def named_language(script: str, lines: list[list[str]]) -> str | None:
    """Return the tag of the language of lines of words in one script; None where it is not clear.

    It is not where some of the lines are clearly in another, as where each is followed by its
    translation.
    """
    words = [word for line in lines for word in line]
    if _letters(words) < _ENOUGH or _letters(set(words)) < _ENOUGH_DIFFERENT:
        return None
    found = likeness(script, words)
    if found is None or found.tag.startswith("-"):
        return None
    sure = found.fit + _WEIGHT_OF_LEAD * min(found.lead, _MOST_LEAD)
    clear = _CLEAR_IN_LATIN if script == "LATIN" else _CLEAR
    if sure < _CLEARER.get(found.tag, clear) or _has_another(script, lines, found.tag):
        return None
    return found.tag


def _has_another(script: str, lines: list[list[str]], tag: str) -> bool:
    """Return whether many lines are much more like one other language.

    Short lines in one language are, too, but few of them, by little, or each like another one.
    """
    profiles, others = _profiles(script), list[str]()
    for line in lines:
        found = likeness(script, line) if _letters(line) >= _LONG_LINE else None
        if found and found.tag != tag:
            others += line
    if profiles is None or not others:
        return False
    scores, number = _scores(profiles, others)
    gap = (max(scores) - scores[profiles.tags.index(tag)]) / number
    return gap * _letters(others) / sum(map(_letters, lines)) >= _MIXED


def _letters(words: Iterable[str]) -> int:
    return sum(map(len, words))


def likeness(script: str, words: Iterable[str]) -> Likeness | None:
    """Return what language words are most like; None where no language of the script is known."""
    profiles = _profiles(script)
    scores, number = _scores(profiles, words) if profiles else ([], 0)
    if profiles is None or not number:
        return None
    best = max(range(len(scores)), key=scores.__getitem__)
    next_best = max((score for at, score in enumerate(scores) if at != best), default=0)
    fit = scores[best] / number / profiles.typical[best]
    return Likeness(profiles.tags[best], fit, (scores[best] - next_best) / math.sqrt(number))


def _scores(profiles: _Profiles, words: Iterable[str]) -> tuple[list[int], int]:
    """Return the sum of what trigrams count in each language, and the number of trigrams."""
    trigrams = trigrams_of(words)
    scores = [0] * len(profiles.tags)
    for trigram, times in trigrams.items():
        for language, count in profiles.counts.get(trigram, ()):
            scores[language] += times * count
    return scores, trigrams.total()


@cache
def _figures() -> dict[str, dict[str, list[str]]]:
    path = Path(__file__).with_suffix(".json")
    figures: dict[str, dict[str, list[str]]] = json.loads(path.read_text(encoding="utf-8"))
    return figures


@cache
def _profiles(script: str) -> _Profiles | None:
    figures = _figures().get(script)
    if figures is None:
        return None
    found = _Profiles(list(figures), [0.0] * len(figures), {})
    for language, levels in enumerate(figures.values()):
        for level, trigrams in enumerate(levels, _FIRST_LEVEL):
            count = _NOTHING - level
            for at in range(0, len(trigrams), 3):
                found.counts.setdefault(trigrams[at : at + 3], []).append((language, count))
            found.typical[language] += len(trigrams) / 3 * count / 2**level
    return found
