"""The one gate for text of strangers before anybody sees it.

Whatever a service, a sender or a file says passes here before it gets into a log line, an
exception, a return value, a reason or a problem of a manifest: without secrets, cut, and such that
it steers neither a terminal nor a reader's eye.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from mps_manifest.parsing.redaction import redact

_JOINERS = {"\u200c", "\u200d"}  # scripts and emoji need them
_UNSAFE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_LOOKED_AT = 4
"""How many times its limit is looked at of a text, since a secret in it may be longer than that."""


def shown(text: str, limit: int) -> str:
    """Return a text of strangers as it may be shown, at most `limit` characters of it."""
    clean = redact(text[: limit * _LOOKED_AT])
    seen = printable(clean[: limit + 1])
    whole = len(seen) <= limit and len(text) <= limit * _LOOKED_AT
    return seen if whole else seen[: limit - 1] + "\u2026"


def printable(text: str) -> str:
    """Return a text in which control characters, line breaks and bidirectional marks are escaped.

    So are lone surrogates, which no UTF-8 can hold.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def encodable(text: str) -> str:
    """Return a text that UTF-8 can hold: a lone surrogate becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


@lru_cache(4096)
def _visible(char: str) -> str:
    if char in _JOINERS or unicodedata.category(char) not in _UNSAFE_CATEGORIES:
        return char
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
