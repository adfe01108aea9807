"""Decode JSON as the services write it: nested as text in JSON, and sometimes malformed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

MAX_DEPTH = 64
MAX_ELEMENTS = 500_000
"""How many values a text may hold, roughly: some take a hundred times their length in memory."""
_MAX_DOCUMENTS = 100
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{},]', re.DOTALL)
_OPENING, _BRACKETS = "[{", {"[": "]", "{": "}"}
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
    deeply to be written again, or holds more values than memory is worth.
    """
    if element_count(text) > MAX_ELEMENTS:
        return None
    try:
        decoded = DecodedJson(orjson.loads(text))
    except orjson.JSONDecodeError:
        recovered = _recover(text)
        if recovered is None:
            return None
        decoded = recovered
    return decoded if within_depth(decoded.value) else None


def decode_answer(body: bytes) -> tuple[Any, str]:
    """Decode the JSON of an answer as far as it can be; return what is wrong with it as well.

    What is not UTF-8 is replaced, NaN is None, and what is nested more than MAX_DEPTH levels deep
    is cut off. Raises ValueError where it is not JSON at all.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value, wrong = _decode_leniently(body)
    else:
        wrong = ""
    if within_depth(value):
        return value, wrong
    value, _ = _decode_leniently(body)
    return value, "nested too deeply"


def _decode_leniently(body: bytes) -> tuple[Any, str]:
    text = _shallow(body.decode("utf-8-sig", "replace").strip("\x00 \t\r\n"))
    try:
        return _encodable(_LENIENT.decode(text)), "not valid JSON"
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _shallow(text: str) -> str:
    """Cut off what is nested more than MAX_DEPTH levels deep: null stands in its place."""
    out, depth, kept = [], 0, 0
    for token in _TOKEN.finditer(text):
        bracket = token[0]
        if bracket in _OPENING:
            depth += 1
            if depth == MAX_DEPTH:
                out += [text[kept : token.start()], "null"]
        elif bracket in "]}":
            depth -= 1
            if depth == MAX_DEPTH - 1:
                kept = token.end()
    return "".join(out) + text[kept:] if out else text


def element_count(text: str) -> int:
    """Return roughly how many values a JSON text holds; never fewer than there are."""
    return text.count(",") + text.count("{") + text.count("[") + 1


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
        if len(documents) > _MAX_DOCUMENTS:
            return None
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
