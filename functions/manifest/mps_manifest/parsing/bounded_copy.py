"""Copy a decoded document of strangers, as much of it as there is room for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_SYNTAX = 4
"""Bytes of quotation marks, colons and commas around a value, roughly."""


def bounded_copy(
    value: Any, size: int, clean: Callable[[str], str], left_out: frozenset[str]
) -> tuple[Any, bool]:
    """Return a copy that takes about `size` bytes of JSON at most, and whether it was cut.

    Texts pass `clean`; keys that are `left_out`, in any case, are. What does not fit any more is
    left out from where the room ends, so that the same document always gives the same copy.
    """
    copy = _Copy(size, clean, left_out)
    return copy.of(value), copy.is_cut


def cut_to_bytes(text: str, size: int) -> str:
    """Return as much of a text as fits into so many bytes of UTF-8."""
    if len(text) * 4 <= size:
        return text
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= size else raw[:size].decode("utf-8", "ignore")


class _Copy:
    def __init__(self, room: int, clean: Callable[[str], str], left_out: frozenset[str]) -> None:
        self._room = room
        self._clean = clean
        self._left_out = left_out
        self.is_cut = False

    def of(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            copy = {}
            for key, inner in value.items():
                if self._has_room() and key.lower() not in self._left_out:
                    copy[self._text(key)] = self.of(inner)
            return copy
        if isinstance(value, list):
            return [self.of(inner) for inner in value if self._has_room()]
        if isinstance(value, str):
            return self._text(value)
        self._room -= _SYNTAX + len(str(value))
        return value

    def _has_room(self) -> bool:
        self.is_cut = self.is_cut or self._room <= 0
        return self._room > 0

    def _text(self, text: str) -> str:
        # at least a byte for each character, so that no more than that is ever looked at
        kept = cut_to_bytes(self._clean(text[: max(0, self._room)]), max(0, self._room))
        self.is_cut = self.is_cut or len(text) > self._room
        self._room -= _SYNTAX + len(kept.encode("utf-8", "replace"))
        return kept
