"""JSON in result files: decoded also where it is a text inside JSON, and keys in any spelling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mps_manifest.parsing.json_text import decode_json, within_depth
from mps_manifest.parsing.spelling import plain_key


def json_of(text: Any) -> Any:
    """Decode JSON text, also inside a JSON string; None where it is not JSON."""
    for _ in range(3):
        if not isinstance(text, str):
            break
        decoded = decode_json(text)
        text = decoded.value if decoded else None
    return text if within_depth(text) else None


def document_of(text: str) -> Any:
    """Decode a JSON document and JSON text inside it; None where it is nested too deeply."""
    value = _opened(json_of(text))
    return value if within_depth(value) else None


def _opened(value: Any, texts: int = 3) -> Any:
    """Decode JSON text under the keys `data` and `result`, nested at most `texts` times."""
    if isinstance(value, list):
        return [_opened(inner, texts) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _opened(json_of(inner), texts - 1)
        if texts and _is_wrapped(key, inner)
        else _opened(inner, texts)
        for key, inner in value.items()
    }


def objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield all objects at any depth."""
    if isinstance(value, dict):
        yield value
    inside = value.values() if isinstance(value, dict) else value
    for inner in inside if isinstance(value, dict | list) else ():
        yield from objects(inner)


def _is_wrapped(key: str, inner: Any) -> bool:
    return isinstance(inner, str) and plain_key(key) in {"data", "result"}


def first_of(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """Return the value of the first of these names that there is; None where there is none."""
    return next((fields[name] for name in names if name in fields), None)
