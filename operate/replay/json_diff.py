"""What differs between two JSON documents, by RFC 6901 pointers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import orjson

from mps_manifest.parsing.json_pointer import pointer

MOST = 100
"""Differences of two documents that are told; there may be more."""
_DEEPEST = 60
_SORTED = orjson.OPT_SORT_KEYS
_ABSENT = object()


class Difference(NamedTuple):
    """A place where two documents differ: `add`, `remove` or `replace`, with both values."""

    op: str
    path: str
    old: Any = None
    new: Any = None

    def document(self) -> dict[str, Any]:
        """Return it as JSON, without the value that there is not."""
        both = {"old": self.old, "new": self.new}
        absent = {"add": "old", "remove": "new"}.get(self.op)
        told = {name: value for name, value in both.items() if name != absent}
        return {"op": self.op, "path": self.path, **told}


def differences(old: Any, new: Any, most: int = MOST) -> list[Difference]:
    """Return the first differences; elements of lists are compared by their places."""
    return list(islice(_walk(old, new, ()), most))


def _walk(old: Any, new: Any, path: tuple[str | int, ...]) -> Iterator[Difference]:
    if old is _ABSENT:
        yield Difference("add", pointer(*path), new=new)
    elif new is _ABSENT:
        yield Difference("remove", pointer(*path), old=old)
    elif len(path) < _DEEPEST and isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            yield from _walk(old.get(name, _ABSENT), new.get(name, _ABSENT), (*path, name))
    elif len(path) < _DEEPEST and isinstance(old, list) and isinstance(new, list):
        for place in range(max(len(old), len(new))):
            yield from _walk(_at(old, place), _at(new, place), (*path, place))
    elif not _is_same(old, new):
        yield Difference("replace", pointer(*path), old, new)


def _is_same(old: Any, new: Any) -> bool:
    """Return whether two values are the same; those that are too deep to be told are not."""
    if type(old) is not type(new):
        return False
    if not isinstance(old, dict | list):
        return bool(old == new)
    try:
        return orjson.dumps(old, option=_SORTED) == orjson.dumps(new, option=_SORTED)
    except TypeError:  # deeper than orjson goes
        return False


def _at(values: Sequence[Any], place: int) -> Any:
    return values[place] if place < len(values) else _ABSENT
