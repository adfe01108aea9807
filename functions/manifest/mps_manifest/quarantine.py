"""Keep what could not be used, so that nothing is lost and nothing comes back for ever."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress

import orjson

from mps_manifest.errors import AlreadyExists
from mps_manifest.events import Unusable
from mps_manifest.ports import ObjectStore


def quarantine_key(state_prefix: str, payload: bytes) -> str:
    """Name the entry by its content, so that a redelivery makes no second one."""
    return f"{state_prefix}rejected/{hashlib.sha256(payload).hexdigest()}.json"


def quarantine(store: ObjectStore, state_prefix: str, piece: Unusable) -> str:
    """Write a piece with its reason; returns its key. May raise ServiceError."""
    text, raw = _text_and_bytes(piece.payload)
    entry = {"reason": piece.reason, "origin": piece.origin, "payload": text}
    if text is None:
        entry["payload"] = base64.b64encode(raw).decode()
        entry["encoding"] = "base64"
    key = quarantine_key(state_prefix, raw)
    with suppress(AlreadyExists):  # delivered again
        store.write(key, orjson.dumps(entry, option=orjson.OPT_INDENT_2), overwrite=False)
    return key


def _text_and_bytes(payload: str | bytes) -> tuple[str | None, bytes]:
    if isinstance(payload, str):
        return payload, payload.encode("utf-8", "surrogatepass")
    try:
        return payload.decode(), payload
    except UnicodeDecodeError:
        return None, payload
