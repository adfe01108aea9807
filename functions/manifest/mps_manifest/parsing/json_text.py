"""Decode JSON as the services write it: nested as text in JSON, and sometimes malformed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import orjson

MAX_DEPTH = 64
MAX_ELEMENTS = 250_000
"""How many values a text may hold, roughly: some take a hundred times their length in memory."""
_MAX_DOCUMENTS = 100
_SHALLOWER = (MAX_DEPTH, 8, 4, 2, 1)
"""Levels of an answer that are kept, as long as there are more than MAX_ELEMENTS in them."""
# one character after the other: a pattern for a whole string remembers each of its characters
_TOKEN = re.compile(r'\\.|"|[\[{]+|[\]}]+', re.DOTALL)
_COUNTED = re.compile(r'\\.|"|[\[{,\uff0c\uff5b\uff3b]+', re.DOTALL)
_LEVELLED = re.compile(r'\\.|"|[\[{]+|[\]}]+|,+', re.DOTALL)
_OPENING, _CLOSING_MARKS = "[{", "]}"
_WIDE_FORMS = "\uff1a\uff0c\u201c\u201d\uff5b\uff5d\uff3b\uff3d"
_WIDE = str.maketrans(_WIDE_FORMS, ':,""{}[]')
_WIDE_TOKEN = re.compile(rf'\\.|["{_WIDE_FORMS}]', re.DOTALL)
_CLOSING = {'"': '"', "\u201c": "\u201d"}
_VALUE_MARKS = ",{[\uff0c\uff5b\uff3b"
_TWICE = b'"\\\n\r\t'
_SIX_TIMES = b"<>&" + bytes(byte for byte in range(0x20) if byte not in _TWICE)


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


_LENIENT = json.JSONDecoder(
    strict=False,
    parse_int=lambda digits: int(digits) if len(digits) < 19 else _finite(digits),
    parse_float=_finite,
    parse_constant=lambda _name: None,
)


class RecoveredAnswer(dict[str, Any]):
    """The fields of an answer that could only be read in part; `defect` says why."""

    def __init__(self, fields: Mapping[str, Any], defect: str) -> None:
        super().__init__(fields)
        self.defect = defect


class DecodedJson(NamedTuple):
    """A decoded value; `recovered` names the defects of the text, and is empty for valid JSON."""

    value: Any
    recovered: str = ""


def decode_json(text: str, documents: int = _MAX_DOCUMENTS) -> DecodedJson | None:
    """Decode a JSON text, even with the defects that the services are known to produce.

    These are concatenated JSON documents (then the value is the list of them, of which there may be
    so many) and full-width punctuation (facts/mps.md section 1). Return None where the text is not
    JSON, or is nested too deeply to be written again, or holds more values than memory is worth.
    """
    if has_too_many_values(text):
        return None
    try:
        decoded = DecodedJson(orjson.loads(text))
    except orjson.JSONDecodeError:
        # other quotation marks may be meant, so what is outside of strings is not certain
        recovered = _recover(text, documents) if _mark_count(text) <= MAX_ELEMENTS else None
        if recovered is None:
            return None
        decoded = recovered
    return decoded if within_depth(decoded.value) else None


def decode_answer(body: bytes) -> Any:
    """Decode the JSON of an answer as far as it can be; a RecoveredAnswer where that is not all.

    What is not UTF-8 is replaced, NaN is None, and what is nested more than MAX_DEPTH levels deep
    is cut off, as are the innermost values of one with too many. Raises ValueError where it is not
    JSON at all.
    """
    if not has_too_many_values(body.decode("utf-8", "replace")):
        with suppress(orjson.JSONDecodeError):
            value = orjson.loads(body)
            if within_depth(value):
                return value
    value, defect = _decode_leniently(body)
    return RecoveredAnswer(value, defect) if isinstance(value, dict) else value


def _decode_leniently(body: bytes) -> tuple[Any, str]:
    whole = body.decode("utf-8-sig", "replace").strip("\x00 \t\r\n")
    depth = _bearable_depth(whole)
    text = _shallow(whole, depth)
    defect = "it has characters that JSON does not allow"
    if text is not whole:
        defect = f"content nested more than {depth} levels deep was left out"
    try:
        return _encodable(_LENIENT.decode(text)), defect
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _bearable_depth(text: str) -> int:
    """Return how many levels of a text have no more than MAX_ELEMENTS values.

    Raises ValueError where not even the first has.
    """
    counts, depth = [0] * (MAX_DEPTH + 1), 0
    for token in _outside_strings(_LEVELLED, text):
        mark, length = token[0][0], len(token[0])
        if mark in _CLOSING_MARKS:
            depth -= length
        elif mark in _OPENING:
            for level in range(max(depth + 1, 0), min(depth + length, MAX_DEPTH) + 1):
                counts[level] += 1
            depth += length
        elif 0 <= depth <= MAX_DEPTH:
            counts[depth] += length
    for most in _SHALLOWER:
        if sum(counts[: most + 1]) < MAX_ELEMENTS:
            return most
    raise ValueError("too many values")


def _shallow(text: str, most: int) -> str:
    """Cut off what is nested more than so many levels deep: null stands in its place."""
    out, depth, kept = [], 0, 0
    for token in _outside_strings(_TOKEN, text):
        is_opening, length = token[0][0] in _OPENING, len(token[0])
        if is_opening and depth <= most < depth + length:
            out += [text[kept : token.start() + most - depth], "null"]
        elif not is_opening and depth - length <= most < depth:
            kept = token.start() + depth - most
        depth += length if is_opening else -length
    if not out:
        return text
    return "".join(out) + (text[kept:] if depth <= most else "")


def _outside_strings(marks: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield the marks of a JSON text that stand in no string; `marks` finds escapes and quotes.

    Where it finds many equal ones at once, a text of nothing else costs next to nothing.
    """
    in_string = False
    for token in marks.finditer(text):
        if token[0] == '"':
            in_string = not in_string
        elif not in_string and token[0][0] != "\\":
            yield token


def has_too_many_values(text: str) -> bool:
    """Return whether a JSON text holds more than MAX_ELEMENTS values, roughly."""
    return len(text) > MAX_ELEMENTS and element_count(text) > MAX_ELEMENTS


def element_count(text: str) -> int:
    """Return roughly how many values a JSON text holds: never fewer, up to MAX_ELEMENTS.

    Of those beyond that it is enough to know that there are some.
    """
    count = _mark_count(text)
    return count if count <= MAX_ELEMENTS else _count_outside_strings(text)


def _mark_count(text: str) -> int:
    return sum(map(text.count, _VALUE_MARKS)) + 1


def _count_outside_strings(text: str) -> int:
    """Count exactly, as far as it matters: a text of JSON in a text of JSON is one value."""
    count = 1
    for token in _outside_strings(_COUNTED, text):
        count += len(token[0])
        if count > MAX_ELEMENTS:
            return MAX_ELEMENTS + 1
    return count


def within_depth(value: object) -> bool:
    """Return whether a value is nested at most MAX_DEPTH levels deep, so that recursion is safe."""
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        children: list[object] = []
        for parent in level:
            if isinstance(parent, dict):
                children += parent.values()
            elif isinstance(parent, list):
                children += parent
        if not children:
            return True
        level = children
    return False


def _recover(text: str, most: int) -> DecodedJson | None:
    text = text.strip("\ufeff\x00 \t\r\n")
    if not text.translate(_WIDE).startswith(("{", "[")):
        return None
    for candidate, how in ((text, ""), (_narrow(text), "full-width punctuation")):
        documents = _documents(candidate, most)
        if documents is not None:
            several = f"{len(documents)} JSON documents in one text" if len(documents) > 1 else ""
            value = documents if several else documents[0]
            if not within_depth(value):
                return None
            defects = " and ".join(part for part in (how, several) if part)
            return DecodedJson(_encodable(value), defects or "characters that JSON does not allow")
    return None


def _documents(text: str, most: int) -> list[Any] | None:
    documents, at = [], 0
    while at < len(text):
        try:
            document, at = _LENIENT.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        documents.append(document)
        if len(documents) > most:
            return None
        while at < len(text) and text[at] in " \t\r\n,;":
            at += 1
    return documents or None


def _narrow(text: str) -> str:
    """Replace full-width punctuation outside strings, where it can only be meant as syntax."""
    out, kept, closing = [], 0, ""
    for token in _WIDE_TOKEN.finditer(text):
        mark = token[0]
        if len(mark) > 1 or (closing and mark != closing):
            continue
        closing = "" if closing else _CLOSING.get(mark, "")
        out += [text[kept : token.start()], mark.translate(_WIDE)]
        kept = token.end()
    return "".join(out) + text[kept:]


def _encodable(value: Any) -> Any:
    """Return a leniently decoded value such that it can be written as UTF-8 JSON again."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return orjson.loads(text.encode("utf-8", "replace"))


def size_within_json(event: bytes) -> int:
    """Return how many bytes an event takes as a text in JSON, at most.

    Quotes and control characters are escaped; some writers of JSON also escape `<`, `>` and `&`,
    and others all that is not ASCII, which then takes twice its bytes.
    """
    plain = len(event.translate(None, _TWICE + _SIX_TIMES + bytes(range(0x80, 0x100))))
    six_times = len(event) - len(event.translate(None, _SIX_TIMES))
    return plain + 2 * (len(event) - plain - six_times) + 6 * six_times
