"""Parse text as JSON, lines of job IDs, or Base64 of either, tried in this order."""

from __future__ import annotations

import base64
import binascii
from enum import Enum
from typing import Any, NamedTuple

import orjson

from mps_manifest.job_ids import is_bare_job_id
from mps_manifest.parsing.json_text import within_depth


class NoPayload(Enum):
    """Why a text has no payload."""

    BLANK = "blank"
    UNREADABLE = "unreadable"


class JobIdLines(NamedTuple):
    """Text with one job ID per line; `others` are the lines that are not job IDs."""

    job_ids: tuple[str, ...]
    others: tuple[str, ...]


Payload = dict[str, Any] | list[Any] | JobIdLines | NoPayload


def parse_payload(text: str | bytes, *, encoded: bool = True) -> Payload:
    """Parse a text; as Base64 only if `encoded` is true."""
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError:
            return NoPayload.UNREADABLE
    text = text.removeprefix("\ufeff")  # a JSON string inside may start with one, too
    if not text.strip():
        return NoPayload.BLANK
    for attempt in (_json, _lines, _base64 if encoded else _unreadable):
        meaning = attempt(text)
        if meaning is not NoPayload.UNREADABLE:
            return meaning
    return NoPayload.UNREADABLE


def _json(text: str) -> Payload:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return NoPayload.UNREADABLE
    if isinstance(value, str):  # JSON inside JSON; each level is shorter, so this ends
        return parse_payload(value)
    # a value nested too deeply could not be serialized again
    usable = isinstance(value, dict | list) and within_depth(value)
    return value if usable else NoPayload.UNREADABLE


def _lines(text: str) -> Payload:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    job_ids = tuple(line for line in lines if is_bare_job_id(line))
    if not job_ids:
        return NoPayload.UNREADABLE
    return JobIdLines(job_ids, tuple(line for line in lines if not is_bare_job_id(line)))


def _base64(text: str) -> Payload:
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return NoPayload.UNREADABLE
    meaning = parse_payload(decoded, encoded=False)
    return NoPayload.UNREADABLE if meaning is NoPayload.BLANK else meaning


def _unreadable(_text: str) -> Payload:
    return NoPayload.UNREADABLE
