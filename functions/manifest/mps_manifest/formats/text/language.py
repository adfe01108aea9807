"""Determine the language of a text by the job or the text; return None rather than guess."""

from __future__ import annotations

import json
import re
from collections import Counter

from mps_manifest.formats.findings import FileContext
from mps_manifest.formats.text.language_tags import language_tag
from mps_manifest.formats.text.words_of_scripts import script_of, words_of

SEVERAL = "mul"
"""The BCP 47 tag of a text in several languages."""

_ENOUGH_LETTERS = 8
_SHARE_OF_BOTH = 0.2
_LOOKED_AT = 20_000
_MOST_REPLACED = 0.01
_KEYS = {"lang", "language", "languages", "sourcelang", "sourcelanguage"}
# how many Latin letters one letter of these scripts counts for
_WEIGHTS = {"CJK": 3, "KANA": 2, "HANGUL": 2}
_ONE_LANGUAGE = {
    "CJK": "zh",
    "KANA": "ja",
    "HANGUL": "ko",
    "THAI": "th",
    "GREEK": "el",
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
    "KHMER": "km",
    "LAO": "lo",
    "TAMIL": "ta",
    "TELUGU": "te",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "SINHALA": "si",
    "ORIYA": "or",
    "THAANA": "dv",
    "CHEROKEE": "chr",
}
_ENGLISH = (  # words that are common in speech
    "the be to of and a in that have i it for not on with he as you do at this but his by from "
    "they we say her she or an will my one all would there their what so up out if about who "
    "get which go me when make can like time no just him know take is are was were i'm it's "
    "don't your our us how here let good yes thank hello welcome today goodbye"
)
_ENGLISH_WORDS = frozenset(_ENGLISH.split())
_KANA = {"HIRAGANA", "KATAKANA"}
# letters of Assamese, which is not Bengali, and of ancient Greek
_OF_ANOTHER = re.compile("[\u09f0\u09f1\u1f00-\u1fff]")
_NO_SPEECH = re.compile(
    r"<[^<>]*>|\{[^{}]*\}|\[[^\[\]]*\]|\([^()]*\)|&[a-z]+;"
    r"|\bhttps?://\S+|\bwww\.\S+|^[A-Z][A-Z .]{1,30}:",
    re.MULTILINE,
)


def language_of(context: FileContext, text: str) -> str | None:
    """Return the BCP 47 tag by the key, else the job's parameters, else the text; or None."""
    return (
        language_tag(context.result_type or "") or _by_params(context.job_params) or _by_text(text)
    )


def _by_params(params: str | None) -> str | None:
    try:
        fields = json.loads(params or "")
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    values = (fields[key] for key in fields if key.lower() in _KEYS)
    # ch_ml is a model for Chinese mixed with other languages, so the text decides
    tags = (language_tag(v) for v in values if isinstance(v, str) and v != "ch_ml")
    return next((tag for tag in tags if tag), None)


def _by_text(text: str) -> str | None:
    spoken = _NO_SPEECH.sub(" ", text[:_LOOKED_AT])
    scripts = Counter(filter(None, map(script_of, spoken)))
    letters = sum(scripts.values())
    if spoken.count("\ufffd") > _MOST_REPLACED * letters:
        return None
    if not letters or (letters < _ENOUGH_LETTERS and not scripts.keys() <= _ONE_LANGUAGE.keys()):
        return None
    kana = sum(scripts.pop(script, 0) for script in _KANA)
    scripts["KANA"] = kana
    if kana > 0.1 * (kana + scripts["CJK"]):
        scripts["KANA"] += scripts.pop("CJK", 0)  # Japanese uses both
    for script, weight in _WEIGHTS.items():
        scripts[script] *= weight
    letters = sum(scripts.values())
    common = [script for script, count in scripts.items() if count >= _SHARE_OF_BOTH * letters]
    tags = {_of_script(script, _lines_in(script, spoken)) for script in common}
    if len(tags) > 1 or not tags:
        return SEVERAL if tags and None not in tags else None
    return tags.pop()


def _lines_in(script: str, text: str) -> list[list[str]]:
    """Return each line's words in a script."""
    lines = (words_of(line) for line in text.split("\n"))
    return [[word for word in line if script_of(word[0]) == script] for line in lines]


def _of_script(script: str, lines: list[list[str]]) -> str | None:
    words = [word for line in lines for word in line]
    if any(map(_OF_ANOTHER.search, words)):
        return None
    return _ONE_LANGUAGE.get(script) or _by_words(script, lines, words)


def _by_words(script: str, lines: list[list[str]], words: list[str]) -> str | None:
    # their figures are read from a file, and most captions are in Chinese
    from mps_manifest.formats.text.language_profiles import likeness, named_language  # noqa: PLC0415

    tag = named_language(script, lines)
    if tag or script != "LATIN" or not _has_common_english(words):
        return tag
    nearest = likeness(script, words)
    return "en" if nearest and nearest.tag == "en" else None


def _has_common_english(words: list[str]) -> bool:
    common = sum(word in _ENGLISH_WORDS for word in words)
    return len(words) >= 4 and common >= 0.4 * len(words)
