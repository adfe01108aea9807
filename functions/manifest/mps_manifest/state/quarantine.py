"""Keep unusable pieces of events, so that they are neither lost nor delivered for ever."""

from __future__ import annotations

import base64
from contextlib import suppress

import orjson

from mps_manifest.errors import AlreadyExists, NotFound
from mps_manifest.events import Unusable
from mps_manifest.job_limits import MAX_FAULTS, MAX_ORIGIN
from mps_manifest.parsing.canonical_json import canonical_text
from mps_manifest.parsing.foreign_text import shown
from mps_manifest.ports import ObjectStore
from mps_manifest.settings import Api, Settings
from mps_manifest.state.keys import Keys


class Quarantine:
    """The quarantine in the home bucket. Every method may raise ServiceError."""

    def __init__(self, store: ObjectStore, keys: Keys, settings: Settings) -> None:
        self._store = store
        self._keys = keys
        self._bucket = settings.bucket

    def add(self, piece: Unusable) -> str:
        """Write a piece with its reason; return its key."""
        return self._write(piece.payload, piece.reason, piece.origin)

    def add_job(self, api: Api, job_id: str, reason: str, origin: str) -> str:
        """Write a job that the service rejected; its payload is a direct body."""
        return self._write(_job_payload(api, job_id), reason, origin)

    def key_of(self, payload: str | bytes) -> str:
        """Return the key of the entry of a piece."""
        return self._keys.rejected_piece(_text_and_bytes(payload)[1])

    def job_key(self, api: Api, job_id: str) -> str:
        """Return the key of the entry of a job that the service rejected."""
        return self.key_of(_job_payload(api, job_id))

    def has_job(self, api: Api, job_id: str) -> bool:
        """Return whether a job was rejected."""
        try:
            self._store.head(self._bucket, self.job_key(api, job_id))
        except NotFound:
            return False
        return True

    def _write(self, payload: str | bytes, reason: str, origin: str) -> str:
        text, raw = _text_and_bytes(payload)
        entry = {
            "reason": shown(reason, MAX_FAULTS),
            "origin": shown(origin, MAX_ORIGIN),
            "payload": text,
        }
        if text is None:
            entry["payload"] = base64.b64encode(raw).decode()
            entry["encoding"] = "base64"
        key = self._keys.rejected_piece(raw)
        with suppress(AlreadyExists):  # delivered again
            self._store.write(key, orjson.dumps(entry, option=orjson.OPT_INDENT_2), overwrite=False)
        return key


def _job_payload(api: Api, job_id: str) -> str:
    return canonical_text({"api": api, "jobId": job_id})


def _text_and_bytes(payload: str | bytes) -> tuple[str | None, bytes]:
    raw = payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload
    try:
        return raw.decode(), raw
    except UnicodeDecodeError:  # a lone surrogate among them, which no UTF-8 can hold
        return None, raw
