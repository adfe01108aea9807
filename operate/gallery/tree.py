"""A manifest as a tree of lines, with the places that its files are from marked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from mps_manifest.job_limits import MAX_ORIGIN
from mps_manifest.parsing.foreign_text import encodable

MOST_LINES = 3_000
MOST_DEPTH = 24
LONGEST_VALUE = 2_000
_LONGEST_POINTER = 2 * MAX_ORIGIN


class Line(NamedTuple):
    """A line of the tree: an opening one, a value, or a closing one.

    `id` is that of the element that links lead to; empty where none does. `files` are the numbers
    of the files that come from here.
    """

    kind: str
    key: str
    value: str
    type: str
    depth: int
    id: str
    files: tuple[int, ...]
    is_open: bool


class Tree(NamedTuple):
    """The lines, and whether there are more."""

    lines: tuple[Line, ...]
    is_cut: bool


def answer_id(pointer: str) -> str:
    """Return the id of the element that shows a place in the answer."""
    return f"answer:{pointer}"


def tree_of(document: object, origins: dict[str, list[int]]) -> Tree:
    """Return a document as a tree; `origins` are pointers into its answer and numbers of files."""
    wanted = {f"/answer{pointer}": tuple(files) for pointer, files in origins.items()}
    within = {at[:end] for at in wanted for end, char in enumerate(at) if char == "/"} | {""}
    lines: list[Line] = []
    for line in _lines(document, wanted, within):
        if len(lines) >= MOST_LINES:
            return Tree((*lines, *_closing(lines)), is_cut=True)
        lines.append(line)
    return Tree(tuple(lines), is_cut=False)


def _closing(lines: list[Line]) -> Iterator[Line]:
    """Yield what closes the lines that are still open."""
    depth = sum((line.kind == "open") - (line.kind == "close") for line in lines)
    yield from (Line("close", "", "", "", 0, "", (), is_open=False) for _ in range(depth))


def _lines(
    document: object, wanted: dict[str, tuple[int, ...]], within: set[str]
) -> Iterator[Line]:
    """Yield the lines in order; by a stack, for a manifest may be deep."""
    waiting: list[tuple[str, str, Any, int] | None] = [("", "", document, 0)]
    while waiting:
        item = waiting.pop()
        if item is None:
            yield Line("close", "", "", "", 0, "", (), is_open=False)
            continue
        at, key, value, depth = item
        files = wanted.get(at, ())
        mark = answer_id(at.removeprefix("/answer")) if at.startswith("/answer") else ""
        entries = _entries(value)
        if not entries or depth >= MOST_DEPTH:
            yield Line("value", key, _shown(value), _type(value), depth, mark, files, is_open=False)
            continue
        count = f"{len(entries)} {_words(value, len(entries))}"
        yield Line(
            "open", key, count, _type(value), depth, mark, files, is_open=at in within or depth < 1
        )
        waiting.append(None)
        waiting += [
            (_below(at, name), name, inner, depth + 1)
            for name, inner in reversed(entries[:MOST_LINES])
        ]


def _entries(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(encodable(str(key)), inner) for key, inner in value.items()]
    if isinstance(value, list):
        return [(str(place), inner) for place, inner in enumerate(value)]
    return []


def _words(value: Any, count: int) -> str:
    one, more = ("key", "keys") if isinstance(value, dict) else ("entry", "entries")
    return one if count == 1 else more


def _below(at: str, key: str) -> str:
    """Return the pointer to a child; of one longer than any origin, a text that is no pointer."""
    is_pointer = not at or at.startswith("/")
    if not is_pointer or len(at) + len(key) > _LONGEST_POINTER:
        return "-"
    return f"{at}/{key.replace('~', '~0').replace('/', '~1')}"


def _type(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return "word"
    kinds = {str: "text", int: "number", float: "number", dict: "object", list: "list"}
    return kinds.get(type(value), "word")


def _shown(value: Any) -> str:
    """Return a value as JSON, cut; of an object or a list only that it is one."""
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    if isinstance(value, list):
        return "[…]" if value else "[]"
    if isinstance(value, str):
        value = encodable(value[: LONGEST_VALUE + 1])
    found = json.dumps(value, ensure_ascii=False)
    return found if len(found) <= LONGEST_VALUE else f"{found[:LONGEST_VALUE]}…"
