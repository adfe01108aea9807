"""Copy a decoded document of strangers, as much of it as there is room for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mps_manifest.parsing.foreign_text import encodable
from mps_manifest.parsing.spelling import plain_key

_SYNTAX = 4
"""Bytes of quotation marks, colons and commas around a value, roughly."""
_DEEPEST = 160
"""Levels of a document, whose texts may be JSON of as many levels again; writing it has a limit."""


def bounded_copy(
    value: Any, size: int, clean: Callable[[str], str], left_out: frozenset[str]
) -> tuple[Any, bool]:
    """Return a copy that takes about `size` bytes of JSON at most, and whether it was cut.

    Texts pass `clean`; keys that are `left_out`, in any spelling, are. What does not fit any more
    is left out from where the room ends, so that the same document always gives the same copy.
    Texts hold nothing that UTF-8 cannot, and nothing is deeper than can be written. `left_out` has
    plain keys.
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
        self._depth = 0
        self.is_cut = False

    def of(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if not isinstance(value, dict | list):
            self._charge(len(str(value)))
            return value
        if self._depth == _DEEPEST:
            self.is_cut = True
            return None
        self._charge(_SYNTAX)
        self._depth += 1
        try:
            return self._fields(value) if isinstance(value, dict) else self._items(value)
        finally:
            self._depth -= 1

    def _fields(self, value: dict[Any, Any]) -> dict[str, Any]:
        copy = {}
        for key, inner in value.items():
            if not self._has_room():
                break
            if plain_key(str(key)) not in self._left_out:
                name = self._text(str(key))  # before its value, which may take all of the room
                copy[name] = self.of(inner)
        return copy

    def _items(self, value: list[Any]) -> list[Any]:
        return [self.of(inner) for inner in value if self._has_room()]

    def _has_room(self) -> bool:
        self.is_cut = self.is_cut or self._room <= 0
        return self._room > 0

    def _charge(self, size: int) -> None:
        """Take off the room of a value on a line of its own, indented by its depth."""
        self._room -= size + _SYNTAX + 2 * self._depth

    def _text(self, text: str) -> str:
        # at least a byte for each character, so that no more than that is ever looked at
        room = max(0, self._room)
        if len(text) > room:
            self.is_cut = True
            text = text[:room]
        copy = self._clean(text)
        if copy.isascii():  # as are most
            size = len(copy)
        else:
            copy = encodable(copy)
            size = len(copy.encode())
        if size > room:
            self.is_cut = True
            copy = cut_to_bytes(copy, room)
            size = len(copy.encode())
        self._charge(size)
        return copy
