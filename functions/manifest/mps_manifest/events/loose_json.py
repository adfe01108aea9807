"""Decode what people write as JSON: with comments, with commas too many, or value by value."""

from __future__ import annotations

import re
from typing import Any

import orjson

from mps_manifest.events.line_reader import has_id_line
from mps_manifest.events.scope import MAX_NAMED_FAULTS
from mps_manifest.parsing.json_text import MAX_ELEMENTS, decode_answer, decode_json

_COMMENT = re.compile(rb'\\.|"|//|/\*', re.DOTALL)
_COMMA = re.compile(rb'\\.|"|,(?=[ \t\r\n]*[\]}])', re.DOTALL)
MAX_LOOSE_BYTES = 1024 * 1024
"""What people write themselves; to look for comments in more takes seconds."""
_COMMENT_AHEAD = re.compile(rb"[ \t\r\n]*(?:(?:#|//)[^\r\n]*|(/\*))")
_COMMENT_LINES = (b"#", b"//")
_TELLING = 2
_MOST_VALUES = 25_000
"""Values one after the other over several lines each; a megabyte has fewer that name a job."""
_ENDS = {b"//": b"\n", b"/*": b"*/"}


def decode_loosely(text: bytes) -> Any:
    """Decode a text that is not JSON as it should be; None where that is not possible.

    What is left out of it means nothing in JSON: comments, and commas with nothing behind them. A
    text with one value on each line is the list of them, in which a line that is none is kept.
    """
    value = _decoded(text)
    if value is None:
        value = _values_of_lines(text)
    if value is None and len(text) <= MAX_LOOSE_BYTES:
        tidied = _without(_COMMA, _without(_COMMENT, text))
        value = _decoded(tidied) if tidied != text else None
        value = _recovered(text) if value is None else value
        return _recovered(tidied) if value is None and tidied != text else value
    return value


def without_comments_ahead(text: bytes) -> bytes:
    """Return a text without the comments before anything else: lines, and those of several lines.

    One that has no end leaves nothing.
    """
    at = 0
    while found := _COMMENT_AHEAD.match(text, at):
        at = found.end()
        if found[1]:
            at = _end_of(found[1], text, at)
    return text[at:].lstrip()


def _decoded(text: bytes) -> Any:
    try:
        return decode_answer(text)
    except ValueError:
        return None


def _recovered(text: bytes) -> Any:
    """Decode what is written with other quotation marks and commas, or several values in a row."""
    decoded = decode_json(text.decode("utf-8", "replace"), _MOST_VALUES)
    return decoded.value if decoded else None


def _values_of_lines(text: bytes) -> list[Any] | None:
    """Decode the lines of a text; None where they are no values of their own, as the first tells.

    Where that is broken, the next two tell, since one value has no two without a comma between.
    Those that are no JSON are kept as they are if they name jobs; of others the first hundred are,
    which is all that is named. Those that are comments are left out.
    """
    if not 0 < text.count(b"\n") <= MAX_ELEMENTS:
        return None
    lines = [line for line in map(bytes.strip, text.split(b"\n")) if _is_content(line)]
    behind = lines[1 : _TELLING + 1]
    tells = len(behind) == _TELLING and all(map(_is_container, behind))
    if not tells and not any(map(_is_container, lines[:1])):
        return None
    values: list[Any] = []
    broken = 0
    for line in lines:
        value = _strictly(line)
        if value is None and has_id_line(line):
            value = line.decode("utf-8", "replace")
        elif value is None and broken < MAX_NAMED_FAULTS:
            value = _decoded(line)
            if value is None:
                value, broken = line, broken + 1
        values.append(value)
    return values


def _is_content(line: bytes) -> bool:
    return bool(line) and not line.startswith(_COMMENT_LINES)


def _is_container(line: bytes) -> bool:
    return isinstance(_decoded(line), dict | list)


def _strictly(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _without(mark: re.Pattern[bytes], text: bytes) -> bytes:
    """Leave out what a pattern finds outside of strings, a comment to its end."""
    kept, start, at, inside = [], 0, 0, False
    while found := mark.search(text, at):
        at = found.end()
        token = found[0]
        if token == b'"':
            inside = not inside
        elif not inside and not token.startswith(b"\\"):
            kept.append(text[start : found.start()])
            start = at = _end_of(token, text, at)
    return b"".join(kept) + text[start:] if kept else text


def _end_of(token: bytes, text: bytes, at: int) -> int:
    """Return where a comment ends, or just `at` for a comma."""
    if token not in _ENDS:
        return at
    end = text.find(_ENDS[token], at)
    return len(text) if end < 0 else end + len(_ENDS[token])
