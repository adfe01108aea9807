"""The figures by which languages are told are made from texts, and are those in the repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.language_profiles import (
    CHARACTERS,
    FORMATS,
    LEVELS,
    NAMED,
    NEAREST,
    OTHERS,
    characters,
    profiles,
    shares,
)

FIGURES = json.loads((FORMATS / "language_profiles.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("script", NAMED)
def test_the_repository_has_the_languages_of_the_tables(script: str) -> None:
    """Whoever adds a language to a table must make the figures as well."""
    others = f"{NEAREST.get(script, '')} {OTHERS.get(script, '')}".split()
    assert list(FIGURES[script]) == [*NAMED[script].split(), *(f"-{tag}" for tag in others)]
    assert {len(levels) for levels in FIGURES[script].values()} == {len(LEVELS)}


def test_the_repository_has_the_common_characters() -> None:
    """Without them no encoding of East Asia is found."""
    found = json.loads((FORMATS / "common_characters.json").read_text(encoding="utf-8"))
    assert {name: len(set(text)) for name, text in found.items()} == CHARACTERS


def test_texts_and_lists_of_words_count_for_half_each(tmp_path: Path) -> None:
    """A long list of words of films must not drown a text of another kind, or the other way."""
    (tmp_path / "he-text.txt").write_text("שלום " * 50, encoding="utf-8")
    (tmp_path / "he.words").write_text("אני 3\nלא 1\n", encoding="utf-8")
    found = shares(tmp_path)["HEBREW"]["he"]
    assert found == pytest.approx(
        {" של": 0.125, "שלו": 0.125, "לום": 0.125, "ום ": 0.125}
        | {" אנ": 3 / 22, "אני": 3 / 22, "ני ": 3 / 22, " לא": 1 / 22, "לא ": 1 / 22}
    )


def test_a_language_of_a_table_without_texts_is_an_error() -> None:
    """A profile of nothing would never be like any text, without a word."""
    with pytest.raises(SystemExit, match="no text in yi"):
        profiles("HEBREW", {"he": {" של": 1.0}})


def test_common_characters_are_those_of_texts_and_words(tmp_path: Path) -> None:
    """Kana, Latin letters and punctuation are common to several encodings."""
    (tmp_path / "ja.txt").write_text("今日は、OK", encoding="utf-8")
    (tmp_path / "ja.words").write_text("東京 5\nの 9\n", encoding="utf-8")
    assert set(characters(tmp_path, "ja")) == set("今日東京")
