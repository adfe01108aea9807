"""Why a job failed, wherever the answer says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_REASONS = ("code", "errorcode", "message", "msg", "errormessage", "errormsg")
_MOST_PARTS = 10
_SAYS_NOTHING = {"", "success", "successful", "fail", "failed", "null", "none", "{}", "[]"}


def failure_reason(answer: Mapping[str, Any], result: Any) -> str:
    """Return what an answer says of a failure: code and message, or `Result`'s own text.

    Neither API documents where it is. Public clients look at the top, in `Result` and in its
    `Data`, under code, message, msg, errorcode or errormessage (facts/mps.md section 10).
    """
    for place in _places(answer, result):
        found = list(_reasons(place))
        if found:
            return ": ".join(dict.fromkeys(found))
    texts = (result, *(place.get(key) for place in _mappings(result) for key in ("Data", "data")))
    return next((t.strip() for t in texts if isinstance(t, str) and _is_telling(t)), "")


def _places(answer: Mapping[str, Any], result: Any) -> Iterator[Mapping[str, Any]]:
    yield answer
    for place in _mappings(result):
        yield place
        yield from _mappings(place.get("Data"))
        yield from _mappings(place.get("data"))


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    for part in value[:_MOST_PARTS] if isinstance(value, list) else [value]:
        if isinstance(part, Mapping):
            yield part


def _reasons(place: Mapping[str, Any]) -> Iterator[str]:
    folded = {str(k).replace("_", "").replace("-", "").lower(): v for k, v in place.items()}
    for name in _REASONS:
        if _is_telling(folded.get(name)):
            yield str(folded[name]).strip()


def _is_telling(value: object) -> bool:
    is_code = isinstance(value, int) and not isinstance(value, bool) and value != 0
    return is_code or (isinstance(value, str) and value.strip().lower() not in _SAYS_NOTHING)
