"""Find the encoding of text that is no Unicode by what it would say in each; or say that none fits.

Each candidate decodes the same lines. In those of East Asia a large share of the characters must be
common ones. In those of one byte a character the words must be like a language's, in one script
each, and nearly all that is beyond ASCII must be letters of that language or usual punctuation. An
encoding is found where its text fits and no different text fits nearly as well; and none of them is
where there may be no more of East Asia than a few signs among letters of ASCII.
"""

# ruff: noqa: RUF001 - letters and quotation marks of many languages are what it is about

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mps_manifest.formats.text.eastern_signs import may_be_eastern
from mps_manifest.formats.text.language_profiles import likeness
from mps_manifest.formats.text.odd_places import letters_alone, misplaced
from mps_manifest.formats.text.spoken_text import spoken_text
from mps_manifest.formats.text.words_of_scripts import is_part, script_of, words_of

_LOOKED_AT, _ASCII_LOOKED_AT = 8_000, 4_000
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x19\x1c-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
_PUNCTUATION = frozenset("\u00a0¡¿«»‹›„“”‚‘’…–—―•·°ºª´€£¢¥§¶†©®™№±×÷¼½¾²³\u200e\u200f،؛؟·\u00ad")


class _EastAsian(NamedTuple):
    """An encoding of East Asia: its IANA name, its codec, which characters are common in it."""

    name: str
    codec: str
    common: tuple[str, ...]


_EAST_ASIAN = (
    _EastAsian("gb18030", "gb18030", ("zh-Hans", "zh-Hant")),
    _EastAsian("big5", "cp950", ("zh-Hant",)),
    _EastAsian("big5-hkscs", "big5hkscs", ("zh-Hant",)),
    _EastAsian("shift_jis", "cp932", ("ja",)),
    _EastAsian("euc-jp", "euc_jp", ("ja",)),
    _EastAsian("euc-kr", "cp949", ("ko",)),
)
# by IANA name; of equal texts that of the language is named, else the first
_ONE_BYTE = {
    "LATIN": (
        "windows-1252 windows-1250 windows-1254 windows-1257 windows-1258 iso-8859-2 iso-8859-15 "
        "ibm850 ibm437 ibm852 ibm775 macintosh"
    ),
    "CYRILLIC": "windows-1251 koi8-r koi8-u iso-8859-5 ibm866 mac-cyrillic",
    "GREEK": "windows-1253 iso-8859-7 mac-greek",
    "HEBREW": "windows-1255",
    "ARABIC": "windows-1256 iso-8859-6",
    "THAI": "windows-874",
}
_OF_LANGUAGES = {
    "windows-1250": "bs cnr cs hr hu pl ro sk sl sq sr",
    "windows-1254": "az tr",
    "windows-1257": "et lt lv",
    "koi8-u": "uk",
}
_CODECS = {"windows-874": "cp874"}
_UNREGISTERED = {"mac-cyrillic", "mac-greek"}
"""Without an IANA name: what is in them is not taken for anything else."""
# the letters beyond ASCII of languages in Latin letters, with those of words they have borrowed
_LETTERS = {
    "ca": "àçèéíïòóúü·",
    "cs": "áčďéěíňóřšťúůýž",
    "da": "æøåéü",
    "de": "äöüßé",
    "en": "éèêëàâçîïñöüä",
    "es": "áéíñóúü",
    "et": "äõöüšž",
    "fi": "äöåšž",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "hr": "čćđšž",
    "hu": "áéíóöőúüű",
    "id": "é",
    "it": "àèéìíîòóùú",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "ms": "é",
    "nl": "áéëïóöüè",
    "no": "æøåéòôê",
    "pl": "ąćęłńóśźż",
    "pt": "áâãàçéêíóôõúü",
    "ro": "ăâîșțşţ",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "sl": "čšžćđ",
    "sv": "åäöéàü",
    "tl": "ñáéíóú",
    "tr": "çğıöşüâîû",
    "be": "ёіў",
    "mk": "ѓѕјљњќџ",
    "ru": "ё",
    "uk": "ґєії",
    "af": "áéèêëíîïóôú",
    "bs": "čćđšžђјљњћџ",
    "cnr": "čćđšžśź",
    "ga": "áéíóú",
    "gl": "áéíñóúü",
    "is": "áæéíðóöúýþ",
    "sq": "çë",
    "sr": "čćđšžђјљњћџ",
    "vi": "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
}
# before a consonant; or after one, or after another sign
_THAI_SIGN = re.compile("[\u0e31\u0e34-\u0e3a\u0e40-\u0e44\u0e47-\u0e4e]")
_PLACED_THAI_SIGN = re.compile(
    "[\u0e40-\u0e44](?=[\u0e01-\u0e2e])"
    "|(?<=[\u0e01-\u0e2e\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"
)
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_BLOCKS = {"GREEK": (0x370, 0x400), "HEBREW": (0x591, 0x5F5), "ARABIC": (0x610, 0x700)}
_RARELY_BEYOND_ASCII = {"en", "id", "ms", "tl"}
"""Languages in which only borrowed words have letters beyond ASCII."""
_OF_OLD_SYSTEMS = ("ibm", "mac")
_QUOTE_IN_WORD = re.compile(
    r"(?<=[^\W\d_])\u2018(?!(?:[dmsty]|ll|re|ve)(?![^\W\d_]))(?=[^\W\d_])", re.IGNORECASE
)
"""What is no apostrophe written the wrong way: IBM has the æ of Danish there."""
_COMMON_SHARE, _COMMON_LEAD = 0.6, 0.25
_FEWEST, _FEW, _SEVERAL, _SHARE_IN_FEW = 2, 4, 8, 0.75
_MOST_LATIN = 6
"""Letters of ASCII for each of East Asia."""
_TITLES = "副歌"
"""What the service calls a chorus, in short files."""
_FIT, _FIT_LEAD = 0.4, 0.75
_KNOWN_SHARE = 0.9
_FEWEST_LETTERS = 12


class _Fit(NamedTuple):
    """How well a candidate fits, from 0 to about 1, and the text that it makes of the sample.

    `unknown` is how many of the characters beyond ASCII texts in its language do not have;
    `is_usual` whether it is Windows in a language that hardly tells, since it needs nothing else.
    """

    encoding: str
    text: str
    fit: float
    unknown: int = 0
    language: str = ""
    is_usual: bool = False

    def order(self) -> tuple[float, bool]:
        """Return what comes first where fits are sorted: the best, and what its language is in."""
        return -self.fit, self.language not in _OF_LANGUAGES.get(self.encoding, "").split()


def legacy_encoding(body: bytes) -> tuple[str, str] | None:
    """Return the IANA name in lower case and Python's codec; None where it is not certain."""
    sample = _sample(body)
    east = sorted(_east_asian(sample), key=_Fit.order)
    west = sorted(_one_byte(sample + _ascii_lines(body)), key=_Fit.order)
    is_eastern = bool(east) and east[0].fit >= _COMMON_SHARE
    is_western = bool(west) and west[0].fit >= _FIT
    if is_eastern == is_western or (is_western and _may_be_eastern(west[0], sample)):
        return None
    best, *others = east if is_eastern else west
    lead = best.fit - _COMMON_LEAD if is_eastern else best.fit * _FIT_LEAD
    near = [fit for fit in others if fit.text != best.text and fit.fit > lead]
    if best.is_usual:  # files of old systems are rare, and one sign of theirs proves nothing
        near = [fit for fit in near if not _is_old(fit.encoding)]
    if best.encoding in _UNREGISTERED or any(fit.unknown <= best.unknown for fit in near):
        return None
    return best.encoding, _codec(best.encoding)


def _codec(encoding: str) -> str:
    east = next((each.codec for each in _EAST_ASIAN if each.name == encoding), None)
    return east or _CODECS.get(encoding, encoding)


# --- the sample --------------------------------------------------------------------------------


def _sample(body: bytes) -> bytes:
    """Return the first lines with something beyond ASCII."""
    lines, left, at = [], _LOOKED_AT, 0
    while left > 0 and (found := _BEYOND_ASCII.search(body, at)):
        start = max(body.rfind(b"\n", at, found.start()) + 1, at, found.start() - left // 2)
        end = body.find(b"\n", found.start(), start + left)
        lines.append(body[start:end] if end >= 0 else body[start : start + left])
        left -= len(lines[-1]) + 1
        at = end + 1 if end >= 0 else len(body)
    return b"\n".join(lines)


def _ascii_lines(body: bytes) -> bytes:
    """Return other lines of text, which may tell a language that has few letters beyond ASCII."""
    lines = body[:_ASCII_LOOKED_AT].splitlines()
    kept = (line for line in lines if b"-->" not in line and not _BEYOND_ASCII.search(line))
    return b"\n" + b"\n".join(kept)


def _decoded(sample: bytes, codec: str) -> str | None:
    """Return what a sample says, the end of which may be cut; None where the codec does not fit."""
    try:
        text = codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.search(text) else spoken_text(text)


# --- East Asia ---------------------------------------------------------------------------------


def _east_asian(sample: bytes) -> Iterator[_Fit]:
    for each in _EAST_ASIAN:
        text = _not_ascii(_decoded(sample, each.codec) or "")
        letters = [char for char in text if char > "\x7f" and char.isalpha()]
        latin = sum(char.isalpha() for char in text) - len(letters)
        if len(letters) < _FEWEST or latin > _MOST_LATIN * len(letters):
            continue
        common = _common(each.common)
        share = sum(char in common for char in letters) / len(letters)
        if share >= _least_share(len(letters)):
            yield _Fit(each.name, text, share)


def _not_ascii(text: str) -> str:
    """Return a text without lines such as those of a translation into English."""
    return "\n".join(line for line in text.split("\n") if not line.isascii())


def _least_share(letters: int) -> float:
    """Return how many of some letters must be common: of two or three that may be by chance."""
    if letters < _FEW:
        return 1.0
    return _SHARE_IN_FEW if letters < _SEVERAL else 0.0


@cache
def _common(names: tuple[str, ...]) -> frozenset[str]:
    path = Path(__file__).with_name("common_characters.json")
    figures: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    kana = "".join(map(chr, range(0x3041, 0x30FF))) if names == ("ja",) else ""
    return frozenset("".join([kana, _TITLES, *(figures[name] for name in names)]))


def _may_be_eastern(best: _Fit, sample: bytes) -> bool:
    """Return whether a text in Latin letters may have no more of East Asia than a few signs."""
    if best.encoding not in _ONE_BYTE["LATIN"].split():
        return False
    texts = ((each, _decoded(sample, each.codec)) for each in _EAST_ASIAN)
    return any(
        may_be_eastern(text, each.codec, _common(each.common)) for each, text in texts if text
    )


# --- one byte a character ----------------------------------------------------------------------


def _one_byte(sample: bytes) -> Iterator[_Fit]:
    for script, names in _ONE_BYTE.items():
        for name in names.split():
            text = _decoded(sample, _codec(name))
            fit = text and (_thai(name, text) if script == "THAI" else _words(name, script, text))
            if fit:
                yield fit


def _words(name: str, script: str, text: str) -> _Fit | None:
    """Return how well a text fits a language of a script; None where it speaks against one."""
    # many write it for an apostrophe, but not where the old systems have it
    said = text if _is_old(name) else text.replace("´", "'")
    words = words_of(said)
    own = [word for word in words if script_of(word[0]) == script]
    found = likeness(script, own)
    if found is None or sum(map(len, own)) < _FEWEST_LETTERS:
        return None
    usual, beyond = _usual(script, found.tag), [word for word in words if not word.isascii()]
    if script == "LATIN":
        letters = Counter({c: n for c, n in Counter("".join(beyond)).items() if c > "\x7f"})
        unknown = sum(times for char, times in letters.items() if char not in usual)
    else:
        letters = Counter({word: len(word) * n for word, n in Counter(beyond).items()})
        unknown = sum(times for word, times in letters.items() if not usual.issuperset(word))
    others = Counter({c: n for c, n in Counter(text).items() if c > "\x7f" and not is_part(c)})
    unknown += sum(times for char, times in others.items() if char not in _PUNCTUATION)
    unknown += misplaced(said)
    language = found.tag.strip("-")
    if script == "LATIN" and language != "vi":  # which has dozens of words of one letter
        unknown += letters_alone(said, usual)
    is_plain = language in _RARELY_BEYOND_ASCII
    unknown += abs(said.count("«") - said.count("»")) if is_plain else 0
    share = 1 - unknown / max(letters.total() + others.total(), 1)
    is_usual = is_plain and not _is_old(name) and not _QUOTE_IN_WORD.search(text)
    fit = _Fit(name, text, found.fit * share, unknown, language, is_usual)
    return fit if share >= _KNOWN_SHARE else None


def _is_old(encoding: str) -> bool:
    return encoding.startswith(_OF_OLD_SYSTEMS)


@cache
def _usual(script: str, tag: str) -> frozenset[str]:
    """Return the letters of words of a language that have some beyond ASCII."""
    language = tag.strip("-")
    if script == "LATIN":
        return frozenset(_LETTERS.get(language, ""))
    if script == "CYRILLIC":
        return frozenset(_CYRILLIC + _LETTERS.get(language, "") + "'")
    start, end = _BLOCKS[script]
    return frozenset(["'", *map(chr, range(start, end))])


def _thai(name: str, text: str) -> _Fit | None:
    """Return the share of the vowel signs that stand where they can: Thai has few spaces."""
    letters = sum("\u0e01" <= char <= "\u0e4e" for char in text)
    beyond = sum(char > "\x7f" for char in text)
    signs = len(_THAI_SIGN.findall(text))
    placed = len(_PLACED_THAI_SIGN.findall(text))
    if letters < _FEWEST_LETTERS or letters < _KNOWN_SHARE * beyond or signs < letters / 5:
        return None
    return _Fit(name, text, max(0.0, 1 - 3 * (signs - placed) / signs))
