"""Why a job failed, wherever the answer says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from mps_manifest.parsing.canonical_json import canonical_text
from mps_manifest.parsing.spelling import by_plain_key

_REASONS = ("code", "errorcode", "errcode", "message", "msg", "errormessage", "errormsg", "errmsg")
_OTHER_REASONS = ("error", "reason")
_INSIDE = ("data", "error")
SUCCESS = frozenset({"success", "successful", "succeed", "succeeded", "ok"})
"""Words for success in a code or a message, as `plain_word` returns them."""
_SAYS_NOTHING = SUCCESS | {"", "0", "200", "fail", "failed", "null", "none", "{}", "[]"}
_LOOKED_AT = 100


def failure_reason(answer: Mapping[str, Any], result: Any) -> str:
    """Return what an answer says of a failure: code and message, or `Result`'s own text.

    Neither API documents where it is. Public clients look at the top, in `Result` and in its
    `Data`, under code, message, msg, errorcode or errormessage (facts/mps.md section 10).
    """
    for place in _places(answer, result):
        found = list(_reasons(place))
        if found:
            return ": ".join(dict.fromkeys(found))
    texts = (result, *(by_plain_key(place).get("data") for place in _mappings(result)))
    own = next((t.strip() for t in texts if isinstance(t, str) and is_telling(t)), "")
    return own or (canonical_text(result) if _tells_anything(result) else "")


def _places(answer: Mapping[str, Any], result: Any) -> Iterator[Mapping[str, Any]]:
    for place in chain((answer,), _mappings(result)):
        yield place
        fields = by_plain_key(place)
        for name in _INSIDE:
            yield from _mappings(fields.get(name))


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    for part in islice(value, _LOOKED_AT) if isinstance(value, list) else [value]:
        if isinstance(part, dict):
            yield part


def _reasons(place: Mapping[str, Any]) -> Iterator[str]:
    fields = by_plain_key(place)
    named = [name for name in _REASONS if is_telling(fields.get(name))]
    for name in named or (name for name in _OTHER_REASONS if is_telling(fields.get(name))):
        yield str(fields[name]).strip()


def is_telling(value: object) -> bool:
    """Return whether a code or a message says more than that something went well, or did not."""
    is_code = isinstance(value, int) and not isinstance(value, bool) and value != 0
    return is_code or (isinstance(value, str) and plain_word(value) not in _SAYS_NOTHING)


def plain_word(text: str) -> str:
    """Return a code or a short message without its stops and in lower case."""
    return text.strip().rstrip(".!").lower()


def _tells_anything(value: Any) -> bool:
    """Return whether there is a telling text in an object or a list, in whatever place."""
    if isinstance(value, dict):
        return any(map(_tells_anything, value.values()))
    if isinstance(value, list):
        return any(map(_tells_anything, value))
    return isinstance(value, str) and is_telling(value)
