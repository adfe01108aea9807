"""Determine the language of a text by the job or the script; return None rather than guess."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter

from mps_manifest.formats.findings import FileContext

SEVERAL = "mul"
"""The BCP 47 tag of a text in several languages."""

_ENOUGH_LETTERS = 8
_SHARE_OF_BOTH = 0.2
_LOOKED_AT = 20_000
_WORDS = {
    "zh": "zh ch cn chs cht chi zho chinese zh-cn zh-tw zh-hans zh-hant zh_cn zh_tw ch_ml mandarin",
    "en": "en eng english en-us en-gb en_us en_gb",
    "ja": "ja jp jpn japanese",
    "ko": "ko kr kor korean",
    "fr": "fr fra fre french",
    "de": "de deu ger german",
    "es": "es spa spanish",
    "pt": "pt por portuguese",
    "it": "it ita italian",
    "ru": "ru rus russian",
    "ar": "ar ara arabic",
    "th": "th tha thai",
    "vi": "vi vie vietnamese",
    "id": "id ind indonesian",
}
_BY_WORD = {word: tag for tag, words in _WORDS.items() for word in words.split()}
_KEYS = {"lang", "language", "languages", "sourcelang", "sourcelanguage"}
_SCRIPTS = {"CJK": "han", "HIRAGANA": "kana", "KATAKANA": "kana", "HANGUL": "hangul"}
_SCRIPTS |= {"THAI": "thai", "LATIN": "latin", "GREEK": "greek", "HEBREW": "hebrew"}
# how many Latin letters one letter of these scripts counts for
_WEIGHTS = {"han": 3, "kana": 2, "hangul": 2}
_ONE_LANGUAGE = {"han": "zh", "hangul": "ko", "thai": "th", "greek": "el"}
_ENGLISH = frozenset(  # words that are common in speech
    [
        "the",
        "be",
        "to",
        "of",
        "and",
        "a",
        "in",
        "that",
        "have",
        "i",
        "it",
        "for",
        "not",
        "on",
        "with",
        "he",
        "as",
        "you",
        "do",
        "at",
        "this",
        "but",
        "his",
        "by",
        "from",
        "they",
        "we",
        "say",
        "her",
        "she",
        "or",
        "an",
        "will",
        "my",
        "one",
        "all",
        "would",
        "there",
        "their",
        "what",
        "so",
        "up",
        "out",
        "if",
        "about",
        "who",
        "get",
        "which",
        "go",
        "me",
        "when",
        "make",
        "can",
        "like",
        "time",
        "no",
        "just",
        "him",
        "know",
        "take",
        "is",
        "are",
        "was",
        "were",
        "i'm",
        "it's",
        "don't",
        "your",
        "our",
        "us",
        "how",
        "here",
        "let",
        "good",
        "yes",
        "thank",
        "hello",
        "welcome",
        "today",
        "goodbye",
    ]
)
_NO_SPEECH = re.compile(r"<[^<>]*>|\{[^{}]*\}|&[a-z]+;")
_LATIN_WORD = re.compile(r"[a-z][a-z']*")


def language_of(context: FileContext, text: str) -> str | None:
    """Return the BCP 47 tag by the key, else the job's parameters, else the text; or None."""
    return _by_key(context.result_type) or _by_params(context.job_params) or _by_text(text)


def _by_key(result_type: str | None) -> str | None:
    return _BY_WORD.get((result_type or "").lower())


def _by_params(params: str | None) -> str | None:
    try:
        fields = json.loads(params or "")
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    values = (fields[key] for key in fields if key.lower() in _KEYS)
    # ch_ml is a model for Chinese mixed with other languages, so the text decides
    tags = (_BY_WORD.get(v.lower()) for v in values if isinstance(v, str) and v != "ch_ml")
    return next((tag for tag in tags if tag), None)


def _by_text(text: str) -> str | None:
    spoken = _NO_SPEECH.sub(" ", text[:_LOOKED_AT])
    scripts = Counter(filter(None, map(_script, spoken)))
    letters = sum(scripts.values())
    if not letters or (letters < _ENOUGH_LETTERS and not scripts.keys() <= _ONE_LANGUAGE.keys()):
        return None
    if scripts["kana"] > 0.1 * (scripts["kana"] + scripts["han"]):
        scripts["kana"] += scripts.pop("han", 0)  # Japanese uses both
    for script, weight in _WEIGHTS.items():
        scripts[script] *= weight
    letters = sum(scripts.values())
    shares = {script: count / letters for script, count in scripts.items() if count}
    common = [script for script, share in shares.items() if share >= _SHARE_OF_BOTH]
    tags = {_tag(script, spoken) for script in common}
    if len(tags) > 1 or not tags:
        return SEVERAL if tags and None not in tags else None
    return tags.pop()


def _tag(script: str, text: str) -> str | None:
    if script == "latin":
        return "en" if _is_english(text) else None
    return "ja" if script == "kana" else _ONE_LANGUAGE.get(script)


def _is_english(text: str) -> bool:
    words = _LATIN_WORD.findall(text.lower())
    common = sum(word in _ENGLISH for word in words)
    return len(words) >= 4 and common >= 0.4 * len(words)


def _script(char: str) -> str | None:
    if not char.isalpha():
        return None
    name = unicodedata.name(char, "")
    return _SCRIPTS.get(name.split(" ", 1)[0].split("-", 1)[0], "other")
