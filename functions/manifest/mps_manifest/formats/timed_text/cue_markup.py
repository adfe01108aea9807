r"""Take the markup out of captions: tags by their names, so that `3 < 5` and `<3` stay."""

from __future__ import annotations

import html
import re

_NAMES = "b|i|u|s|font|c|v|ruby|rt|lang|span"
_TAG = re.compile(
    rf"</?(?:{_NAMES})(?:[\s.][^<>]*|/)?>|<[0-9]+:[0-9:.]+>|\{{\\[^{{}}]*\}}", re.IGNORECASE
)
_BREAK = re.compile(r"<br\s{0,9}/?>|\[br\]", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n\s+")
_LONG_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{8,};?")
_OVERRIDE = re.compile(r"\{[^{}]*\}")
_DRAWING = re.compile(r"\{[^{}]*\\p[1-9][^{}]*\}[^{}]*")


def without_markup(text: str) -> str:
    r"""Return the text of a cue without tags, overrides such as `{\an8}`, and blank lines."""
    if "<" in text or "{" in text or "[" in text:
        text = _TAG.sub("", _BREAK.sub("\n", text))
    return without_blank_lines(text)


def without_blank_lines(text: str) -> str:
    """Return a text without blank lines, and without blanks before and after it."""
    return _BLANK_LINES.sub("\n", text.replace("\r", "\n")).strip()


def unescaped(text: str) -> str:
    """Decode HTML's references; a number of more digits than any character has is none."""
    return html.unescape(_LONG_REFERENCE.sub("\ufffd", text)) if "&" in text else text


def without_overrides(text: str) -> str:
    r"""Return the text of a line of SubStation Alpha: `\N` is a newline, braces are never shown.

    What follows an override with `\p1` is a drawing, not text.
    """
    if "{" in text:
        text = _OVERRIDE.sub("", _DRAWING.sub("", text))
    return without_markup(text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " "))
