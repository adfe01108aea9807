"""Decode the `Result` of an answer, which has at least five shapes, as far as possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mps_manifest.parsing.json_pointer import below, pointer
from mps_manifest.parsing.json_text import MAX_ELEMENTS, decode_json, element_count
from mps_manifest.parsing.spelling import with_documented_keys
from mps_manifest.problems import Problem, error

_FALSE_FRIENDS = {"", "null", "None"}
_FIELDS = frozenset({"Code", "Data", "Message"})


class Result(NamedTuple):
    """A decoded `Result`, its code and message, and the problems of decoding it."""

    value: Any
    code: str | None
    message: str | None
    problems: tuple[Problem, ...]


def read_result(raw: Any) -> Result:
    """Decode `Result`, and `Data` inside it, where they are JSON text.

    `Data` may be missing, JSON text of an object or a list, an object, or not JSON at all.
    """
    problems: list[Problem] = []
    value = _decoded(raw, pointer("Result"), problems)
    if isinstance(value, list) and len(value) > 1:
        value = [
            _with_data(part, pointer("Result", index), problems) if _is_result(part) else part
            for index, part in enumerate(value)
        ]
    elif isinstance(value, Mapping):
        value = _with_data(value, pointer("Result"), problems)
    outcome = next((part for part in map(_documented, _objects(value)) if "Code" in part), {})
    return Result(value, _text(outcome.get("Code")), _text(outcome.get("Message")), tuple(problems))


def _documented(part: Mapping[str, Any]) -> dict[str, Any]:
    return with_documented_keys(part, _FIELDS)


def _is_result(part: object) -> bool:
    """Return whether this is one of several concatenated results."""
    return isinstance(part, Mapping) and {"Code", "Data"} <= part.keys()


def _with_data(part: Mapping[str, Any], at: str, problems: list[Problem]) -> dict[str, Any]:
    decoded = _documented(part)
    if "Data" in decoded:
        decoded["Data"] = _decoded(decoded["Data"], below(at, "Data"), problems)
    return decoded


def _decoded(raw: Any, at: str, problems: list[Problem]) -> Any:
    """Decode JSON text; also JSON strings that contain JSON again."""
    if not isinstance(raw, str) or raw.strip() in _FALSE_FRIENDS:
        return raw
    decoded = decode_json(raw)
    if decoded is None or not isinstance(decoded.value, dict | list | str):
        problems.append(_unreadable(raw, at))
        return raw
    if decoded.recovered:
        problems.append(
            error(
                "recovered-result",
                "The result was not valid JSON and had to be recovered",
                f"it contains {decoded.recovered}",
                pointer=at,
            )
        )
    if isinstance(decoded.value, str):
        return _decoded(decoded.value, at, problems)
    return decoded.value


def _unreadable(raw: str, at: str) -> Problem:
    title = "The result is not valid JSON; kept verbatim in `answer`"
    detail = f"it starts with {raw[:60]!r}"
    if element_count(raw) > MAX_ELEMENTS:
        title = "The result is too large to be read; kept in `answer` as far as there is room"
        detail = f"it holds more than {MAX_ELEMENTS} values"
    return error("unreadable-result", title, detail, pointer=at)


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, Mapping):
            yield part


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
