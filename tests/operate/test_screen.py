"""What is printed is in colour for people only, and its secrets are masked everywhere."""

from __future__ import annotations

import io
import json

import pytest

from deploy.settings import Keys
from operate.console.screen import Screen
from tests.unit.nasty_texts import SECRET, SECRETS


class Terminal(io.StringIO):
    """What somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("file", "no_color", "red"),
    [(Terminal, "", 1), (Terminal, "1", 0), (io.StringIO, "", 0)],
)
def test_colours_are_for_terminals_without_no_color(
    file: type[io.StringIO], no_color: str, red: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever CI sets: a pipe has none."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", no_color)
    printed = file()
    Screen(file=printed).say("late", "red")
    assert printed.getvalue().count("\x1b[31m") == red
    assert "late" in printed.getvalue()


@pytest.mark.parametrize("name", SECRETS)
def test_no_way_of_printing_tells_a_secret(name: str) -> None:
    """Who adds a command need not think of it."""
    printed = io.StringIO()
    screen = Screen(file=printed)
    text = SECRETS[name]
    screen.say(text)
    screen.fields([(text, text)])
    screen.table((text,), [(text,)])
    screen.document({text: [text, {"a": text}]})
    assert SECRET not in printed.getvalue().replace("\n", "").replace(" ", "")


def test_keys_in_use_are_masked_whatever_they_look_like() -> None:
    """Also within a word, and in JSON."""
    printed = io.StringIO()
    screen = Screen(file=printed)
    screen.hide(Keys("id", "plainsecret", "plaintoken"))
    screen.say("xplainsecretx")
    screen.document({"plaintoken": "a plainsecret"})
    assert "plain" not in printed.getvalue()


def test_a_document_is_json_in_ascii_however_deep_and_odd() -> None:
    """A program reads it, and a terminal that it is printed to is not steered."""
    deep: object = "end"
    for _ in range(5_000):
        deep = [deep]
    printed = io.StringIO()
    Screen(file=printed).document({"a": "\x1b[2J\u202e\ud800 \u4e2d" * 100, "deep": deep, "n": 1})
    assert printed.getvalue().isascii()
    assert "\x1b" not in printed.getvalue()
    assert json.loads(printed.getvalue())["n"] == 1


def test_foreign_markup_is_text() -> None:
    """Rich reads [red] and :warning: in texts, unless it is told not to."""
    printed = io.StringIO()
    screen = Screen(file=printed)
    screen.say("[red]a[/red] :warning: [link=x]")
    screen.table(("[b]",), [("[/b]",)])
    assert "[red]a[/red] :warning: [link=x]" in printed.getvalue()
    assert "[/b]" in printed.getvalue()
