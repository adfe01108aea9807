"""Decode the `Result` of an answer, which has at least five shapes, as far as possible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mps_manifest.jobs.failure import SUCCESS, plain_word
from mps_manifest.parsing.json_pointer import below, pointer
from mps_manifest.parsing.json_text import MAX_ELEMENTS, decode_json, has_too_many_values
from mps_manifest.parsing.spelling import plain_key, with_documented_keys
from mps_manifest.problems import Problem, error

_FALSE_FRIENDS = {"", "null", "None"}
_FIELDS = frozenset({"Code", "Data", "Message"})
_OF_THE_OUTCOME = frozenset({"code", "message", "requestid"})
_NO_ERROR = SUCCESS | {"finished", "none", "null"}


class Result(NamedTuple):
    """A decoded `Result`, its code and message, and the problems of decoding it."""

    value: Any
    code: str | None
    message: str | None
    problems: tuple[Problem, ...]

    @property
    def is_error(self) -> bool:
        """Whether the code is a word, and none for success; what numbers mean is not published."""
        code = plain_word(self.code or "")
        return any(map(str.isalpha, code)) and code not in _NO_ERROR

    @property
    def has_content(self) -> bool:
        """Whether there is anything in it beside the code and its message."""
        return any(
            not is_nothing(value)
            for part in _parts(self.value)
            for key, value in (part.items() if isinstance(part, dict) else [("", part)])
            if plain_key(key) not in _OF_THE_OUTCOME
        )


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
    elif isinstance(value, dict):
        value = _with_data(value, pointer("Result"), problems)
    objects = (part for part in _parts(value) if isinstance(part, dict))
    outcome = next((part for part in map(_documented, objects) if "Code" in part), {})
    return Result(value, _text(outcome.get("Code")), _text(outcome.get("Message")), tuple(problems))


def is_nothing(value: Any) -> bool:
    """Return whether a value has nothing in it, however deep: no number, no text that says any."""
    if isinstance(value, dict):
        return all(map(is_nothing, value.values()))
    if isinstance(value, list):
        return all(map(is_nothing, value))
    if isinstance(value, str):
        return value.strip() in _FALSE_FRIENDS
    return value is None or value is False


def _documented(part: Mapping[str, Any]) -> dict[str, Any]:
    return with_documented_keys(part, _FIELDS)


def _is_result(part: object) -> bool:
    """Return whether this is one of several concatenated results."""
    return isinstance(part, dict) and {"Code", "Data"} <= part.keys()


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
    if has_too_many_values(raw):
        title = "The result is too large to be read; kept in `answer` as far as there is room"
        detail = f"it holds more than {MAX_ELEMENTS} values"
    return error("unreadable-result", title, detail, pointer=at)


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
