"""Find the elements of a JSON list, and the strings in a text, without decoding any."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARK = re.compile(rb'[\[\]{},"]')
_SEPARATORS = (b",", b"{", b"[")
_PART = 64 * 1024


def json_elements(text: bytes) -> Iterator[bytes]:
    """Yield the texts of the elements of a list; `text` begins with its bracket.

    Only one of them is in memory at a time, besides the whole text.
    """
    depth, start, at = 0, 1, 1
    while mark := _MARK.search(text, at):
        at = mark.end()
        if mark[0] == b'"':
            at = _end_of_string(text, at)
        elif mark[0] in b"[{":
            depth += 1
        elif mark[0] == b"," and not depth:
            yield text[start : mark.start()]
            start = at
        elif mark[0] != b",":
            depth -= 1
            if depth < 0:
                break
    yield text[start : mark.start() if mark else len(text)]


def has_more_values(text: bytes, most: int) -> bool:
    """Return whether a JSON text holds more values than that, roughly.

    Separators inside of strings do not count; they are left out only where it matters.
    """
    if len(text) <= most or _separators(text) <= most:
        return False
    text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    count, inside = 0, 0
    for start in range(0, len(text), _PART):
        parts = text[start : start + _PART].split(b'"')
        count += _separators(b" ".join(parts[inside::2]))
        inside ^= (len(parts) - 1) & 1
    return count > most


def _separators(text: bytes) -> int:
    return sum(text.count(each) for each in _SEPARATORS)


def _end_of_string(text: bytes, at: int) -> int:
    """Return the place behind the string that begins at `at`."""
    while (end := text.find(b'"', at)) >= 0:
        before = text[at:end]
        backslashes = len(before) - len(before.rstrip(b"\\"))
        at = end + 1
        if backslashes % 2 == 0:
            return at
    return len(text)
