"""Decode JSON as the services write it: nested as text in JSON, and sometimes malformed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

MAX_DEPTH = 64
_WIDE = str.maketrans(
    "\uff1a\uff0c\u201c\u201d\uff5b\uff5d\uff3b\uff3d", ':,""{}[]'
)  # full-width forms
_CLOSING = {'"': '"', "\u201c": "\u201d"}


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


_LENIENT = json.JSONDecoder(
    strict=False,
    parse_int=lambda digits: int(digits) if len(digits) < 19 else _finite(digits),
    parse_float=_finite,
    parse_constant=lambda _name: None,
)


class DecodedJson(NamedTuple):
    """A decoded value; `recovered` names the defects of the text, and is empty for valid JSON."""

    value: Any
    recovered: str = ""


def decode_json(text: str) -> DecodedJson | None:
    """Decode a JSON text, even with the defects that the services are known to produce.

    These are concatenated JSON documents (then the value is the list of them) and full-width
    punctuation (facts/mps.md section 1). Return None where the text is not JSON, or is nested too
    deeply to be written again.
    """
    try:
        decoded = DecodedJson(orjson.loads(text))
    except orjson.JSONDecodeError:
        recovered = _recover(text)
        if recovered is None:
            return None
        decoded = recovered
    return decoded if within_depth(decoded.value) else None


def within_depth(value: object, limit: int = MAX_DEPTH) -> bool:
    """Return whether a value is nested at most `limit` levels deep, so that recursion is safe."""
    level: list[object] = [value]
    for _ in range(limit):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return True
    return False


def _children(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _recover(text: str) -> DecodedJson | None:
    text = text.strip("\ufeff\x00 \t\r\n")
    if not text.translate(_WIDE).startswith(("{", "[")):
        return None
    for candidate, how in ((text, ""), (_narrow(text), "full-width punctuation")):
        documents = _documents(candidate)
        if documents is not None:
            several = f"{len(documents)} JSON documents in one text" if len(documents) > 1 else ""
            value = documents if several else documents[0]
            if not within_depth(value):
                return None
            defects = " and ".join(part for part in (how, several) if part)
            return DecodedJson(_encodable(value), defects or "characters that JSON does not allow")
    return None


def _documents(text: str) -> list[Any] | None:
    documents, at = [], 0
    while at < len(text):
        try:
            document, at = _LENIENT.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        documents.append(document)
        while at < len(text) and text[at] in " \t\r\n,;":
            at += 1
    return documents or None


def _narrow(text: str) -> str:
    """Replace full-width punctuation outside strings, where it can only be meant as syntax."""
    out, closing, escaped = [], "", False
    for char in text:
        if not closing:
            out.append(char.translate(_WIDE))
            closing = _CLOSING.get(char, "")
        elif char == closing and not escaped:
            out.append('"')
            closing = ""
        else:
            out.append(char)
        escaped = bool(closing) and char == "\\" and not escaped
    return "".join(out)


def _encodable(value: Any) -> Any:
    """Return a leniently decoded value such that it can be written as UTF-8 JSON again."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return orjson.loads(text.encode("utf-8", "replace"))
