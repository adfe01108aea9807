"""Parse text as JSON, XML of MNS, lines of job IDs, or Base64 of one of them, in this order."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, NamedTuple

import orjson

from mps_manifest.events.json_elements import has_more_values, json_elements
from mps_manifest.events.line_reader import LineReader, has_bare_line, has_id_line
from mps_manifest.events.line_windows import without_cut_id
from mps_manifest.events.loose_json import decode_loosely, without_comments_ahead
from mps_manifest.events.mns_xml import read_mns_xml
from mps_manifest.events.scope import MAX_NESTING
from mps_manifest.events.wide_text import utf8_chunks, wide_encoding, without_nul
from mps_manifest.job_limits import MAX_JSON_BYTES
from mps_manifest.parsing.json_text import MAX_ELEMENTS, within_depth

_BLANKS = b" \t\r\n\x0b\x0c"
_MARK = b"\xef\xbb\xbf"
TOO_LARGE_REASON = (
    f"the content is one JSON text of more than {MAX_JSON_BYTES} bytes, or of too many values: "
    "send the job IDs as lines of text instead"
)
_STARTS_JSON = (b"{", b"[", b'"')
# below a comment, where settings files have sections
_JSON_AHEAD = re.compile(rb"[{\[]\s*[{}\[\]\"]")
# what tells the event of a trigger from a body; such an event may hold thousands of messages
_ENVELOPE = re.compile(rb'"(?:messageBody|specversion|rawPath|requestContext)"')
_DIRECT = re.compile(
    rb'\s*(?:\[\s*)?(?:"[0-9A-Fa-f]{32}"|\{[^{}\[\]]{0,4096}"job(?:s|[_-]?ids?)")', re.IGNORECASE
)
_HEAD = 64 * 1024
_PLAIN_ALPHABET = bytes.maketrans(b"-_", b"+/")
_ENCODED = 2
"""How often a text may be Base64: an SDK encodes what its caller has encoded already."""
MAX_VALUES = 500_000
"""How many values a JSON text may hold, roughly: job IDs with a key each fill 8 MiB with fewer."""


class NoPayload(Enum):
    """Why a text has no payload."""

    BLANK = "blank"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too large"


class JobIdLines(NamedTuple):
    """Text with one job ID per line."""

    text: bytes

    def read(self) -> LineReader:
        """Return the IDs, as an iterable that also counts the other lines."""
        return LineReader([self.text])


class Recovered(NamedTuple):
    """A JSON document in which something had to be replaced, as a lone surrogate."""

    value: dict[str, Any] | list[Any]


class Batch(NamedTuple):
    """A list of messages that cannot be decoded as a whole: too large, or one of them is broken."""

    text: bytes

    def messages(self) -> Iterator[bytes]:
        """Yield the texts of the messages."""
        return json_elements(self.text)


Payload = dict[str, Any] | list[Any] | Recovered | Batch | JobIdLines | NoPayload


def parse_payload(text: str | bytes) -> Payload:
    """Parse a text; JSON of more than 8 MiB, or of far too many values, is too large."""
    return _parse(_as_utf8(text), MAX_NESTING, MAX_JSON_BYTES)


def parse_event(event: bytes) -> Payload:
    """Parse an event: the limits of one JSON text are not those of a whole batch of messages."""
    text = _as_utf8(event).removeprefix(_MARK).strip(_BLANKS)
    if not _ENVELOPE.search(text, 0, _HEAD):
        return _parse(text, MAX_NESTING, MAX_JSON_BYTES)
    if not text.startswith(b"["):
        return _parse(text, MAX_NESTING, len(text))
    if len(text) > MAX_JSON_BYTES:
        return Batch(text)
    meaning = _parse(text, MAX_NESTING, MAX_JSON_BYTES)
    return meaning if isinstance(meaning, list) else Batch(text)


def holds_lines(head: bytes) -> bool:
    """Return whether a text that begins like this is one of lines with job IDs among them."""
    text = b"".join(utf8_chunks([head])).removeprefix(_MARK).lstrip(_BLANKS)
    if text.startswith((b"{", b"[", b"<")) or _JSON_AHEAD.match(without_comments_ahead(text)):
        return False
    return has_id_line(text[: without_cut_id(text)])


def looks_direct(text: str | bytes) -> bool:
    """Return whether a text that is too large to parse begins like a direct body."""
    return _DIRECT.match(_as_utf8(text[:_HEAD])) is not None


def _as_utf8(text: str | bytes) -> bytes:
    if isinstance(text, str):
        return text.encode("utf-8", "replace")
    encoding = wide_encoding(text)
    if encoding:
        return text.decode(encoding, "replace").encode("utf-8", "replace")
    return without_nul(text)


def _parse(text: bytes, levels: int, limit: int, encoded: int = _ENCODED) -> Payload:
    """Parse a text in UTF-8; `levels` of texts within it, as Base64 so many times at most."""
    text = _unquoted(text.removeprefix(_MARK).strip(_BLANKS))
    if not text:
        return NoPayload.BLANK
    if not levels:
        return NoPayload.UNREADABLE
    if text.startswith(_STARTS_JSON):
        return _json(text, levels, limit)
    if text.startswith(b"<"):
        fields = read_mns_xml(text) if len(text) <= limit else None
        return NoPayload.UNREADABLE if fields is None else fields
    meaning = _below_comments(text, levels, limit)
    return _lines(text, levels, limit, encoded) if meaning is None else meaning


def _below_comments(text: bytes, levels: int, limit: int) -> Payload | None:
    """Parse the JSON below comments; None where there is none, or where it may be lines."""
    body = without_comments_ahead(text)
    if not body.startswith((b"{", b"[")):
        return None
    meaning = _json(body, levels, limit)
    if meaning == JobIdLines(body):
        return JobIdLines(text)
    return None if meaning is NoPayload.UNREADABLE else meaning


def _lines(text: bytes, levels: int, limit: int, encoded: int) -> Payload:
    if has_id_line(text):
        return JobIdLines(text)
    return _base64(text, levels, limit, encoded) if encoded else NoPayload.UNREADABLE


def _unquoted(text: bytes) -> bytes:
    """Return JSON without the quotes and backslashes that the shells of Windows leave around it."""
    if text.startswith((b"'{", b"'[")) and text.endswith(b"'"):
        text = text[1:-1]
    if text.startswith((b'{\\"', b'[\\"', b'[{\\"')):
        text = text.replace(b'\\"', b'"')
    return text


def _json(text: bytes, levels: int, limit: int) -> Payload:
    if len(text) > limit or has_more_values(text, MAX_VALUES):
        return NoPayload.TOO_LARGE
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _leniently(text, levels)
    if isinstance(value, str):  # JSON inside JSON
        return _parse(_as_utf8(value), levels - 1, limit)
    # a value nested too deeply could not be serialized again
    return value if within_depth(value) else _leniently(text, levels)


def _leniently(text: bytes, levels: int) -> Payload:
    """Decode what is nearly JSON: one bad character must not take all of it along."""
    if has_more_values(text, MAX_ELEMENTS):
        return NoPayload.UNREADABLE
    value = decode_loosely(text)
    if value is None:
        is_cut = text.startswith(b"[") and not text.endswith(b"]")
        is_list = b"{" not in text and not is_cut and has_id_line(text)
        names_jobs = is_list or has_bare_line(text)
        return JobIdLines(text) if names_jobs else NoPayload.UNREADABLE
    if isinstance(value, str):
        return _parse(_as_utf8(value), levels - 1, MAX_JSON_BYTES)
    return Recovered(value) if isinstance(value, dict | list) else NoPayload.UNREADABLE


def _base64(text: bytes, levels: int, limit: int, encoded: int) -> Payload:
    """Decode Base64 of either alphabet, with its padding or without."""
    text = text.translate(_PLAIN_ALPHABET, _BLANKS)
    try:
        decoded = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return NoPayload.UNREADABLE
    meaning = _parse(_as_utf8(decoded), levels - 1, limit, encoded - 1)
    return NoPayload.UNREADABLE if meaning is NoPayload.BLANK else meaning
