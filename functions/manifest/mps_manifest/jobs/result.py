"""The `Result` of an answer: at least five shapes, decoded as far as it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mps_manifest.parsing.json_pointer import pointer
from mps_manifest.parsing.json_text import decode_json
from mps_manifest.problems import Problem, error

_FALSE_FRIENDS = {"", "null", "None"}


class Result(NamedTuple):
    """A decoded `Result`, with the pointer to it, and what went wrong on the way."""

    value: Any
    code: str | None
    message: str | None
    problems: tuple[Problem, ...]


def read_result(raw: Any) -> Result:
    """Decode `Result`, and `Data` inside it, where they are JSON texts.

    `Data` may be missing, a text of an object or of a list, an object, or no JSON at all.
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
    outcome = next((part for part in _objects(value) if "Code" in part), {})
    return Result(value, _text(outcome.get("Code")), _text(outcome.get("Message")), tuple(problems))


def _is_result(part: object) -> bool:
    """Tell one of several results that were glued together."""
    return isinstance(part, Mapping) and {"Code", "Data"} <= part.keys()


def _with_data(part: Mapping[str, Any], at: str, problems: list[Problem]) -> dict[str, Any]:
    decoded = dict(part)
    if "Data" in part:
        decoded["Data"] = _decoded(part["Data"], at + pointer("Data"), problems)
    return decoded


def _decoded(raw: Any, at: str, problems: list[Problem]) -> Any:
    """Decode a text of JSON; also a text of a text, as long as it starts like JSON."""
    if not isinstance(raw, str) or raw.strip() in _FALSE_FRIENDS:
        return raw
    decoded = decode_json(raw)
    if decoded is None or not isinstance(decoded.value, dict | list | str):
        problems.append(
            error(
                "unreadable-result",
                "A result text is no JSON; it stands in the answer as it came",
                f"it starts with {raw[:60]!r}",
                pointer=at,
            )
        )
        return raw
    if decoded.recovered:
        problems.append(
            error(
                "recovered-result",
                "A result text was no sound JSON and had to be recovered",
                f"it has {decoded.recovered}",
                pointer=at,
            )
        )
    if isinstance(decoded.value, str):
        return _decoded(decoded.value, at, problems)
    return decoded.value


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, Mapping):
            yield part


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
