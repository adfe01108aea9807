"""RFC 6901 pointers into an answer."""

from __future__ import annotations

from functools import lru_cache

from mps_manifest.job_limits import MAX_POINTER
from mps_manifest.parsing.foreign_text import encodable
from mps_manifest.parsing.redaction import without_secrets


def pointer(*parts: str | int) -> str:
    """Write an RFC 6901 pointer."""
    return below("", *parts)


def below(at: str, *parts: str | int) -> str:
    """Return the pointer to something below another one.

    Where it would be longer than MAX_POINTER it is that of the nearest ancestor that fits. Keys are
    cleaned as they are in the copy of the answer that a manifest has.
    """
    for part in parts:
        text = str(part)
        if len(at) + len(text) >= MAX_POINTER:
            return at
        step = _step(text)
        if len(at) + len(step) > MAX_POINTER:
            return at
        at += step
    return at


@lru_cache(512)  # the same few keys are in every answer
def _step(key: str) -> str:
    cleaned = encodable(without_secrets(key))
    return "/" + cleaned.replace("~", "~0").replace("/", "~1")


def as_far_as_it_leads(at: str, document: object) -> str:
    """Return a pointer, or that of the nearest ancestor that there is in a document."""
    value, end = document, 0
    for part in at.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            break
        end += len(part) + 1
    return at[:end]
