"""What a text may be: JSON, lines of job IDs, or Base64 of either, tried in this order."""

from __future__ import annotations

import base64
import binascii
from enum import Enum
from typing import Any

import orjson

from mps_manifest.answers.json_text import within_depth
from mps_manifest.job_ids import is_bare_job_id
from mps_manifest.values import dataclass


class Nothing(Enum):
    """The two ways in which a text holds nothing usable."""

    BLANK = "blank"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Lines:
    """Text with one job ID per line; `others` are the lines that are none."""

    job_ids: tuple[str, ...]
    others: tuple[str, ...]


Meaning = dict[str, Any] | list[Any] | Lines | Nothing


def understand(text: str | bytes, *, encoded: bool = True) -> Meaning:
    """Find out what a text is; `encoded` lets Base64 count too."""
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError:
            return Nothing.UNREADABLE
    text = text.removeprefix("\ufeff")  # also inside a JSON text
    if not text.strip():
        return Nothing.BLANK
    for attempt in (_json, _lines, _base64 if encoded else _unreadable):
        meaning = attempt(text)
        if meaning is not Nothing.UNREADABLE:
            return meaning
    return Nothing.UNREADABLE


def _json(text: str) -> Meaning:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return Nothing.UNREADABLE
    if isinstance(value, str):  # a JSON text of a text; never of itself, so this ends
        return understand(value)
    sound = isinstance(value, dict | list) and within_depth(value)  # else it can't be written again
    return value if sound else Nothing.UNREADABLE


def _lines(text: str) -> Meaning:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    job_ids = tuple(line for line in lines if is_bare_job_id(line))
    if not job_ids:
        return Nothing.UNREADABLE
    return Lines(job_ids, tuple(line for line in lines if not is_bare_job_id(line)))


def _base64(text: str) -> Meaning:
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return Nothing.UNREADABLE
    meaning = understand(decoded, encoded=False)
    return Nothing.UNREADABLE if meaning is Nothing.BLANK else meaning


def _unreadable(_text: str) -> Meaning:
    return Nothing.UNREADABLE
