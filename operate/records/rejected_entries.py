"""Entries of the quarantine, of which no more is read than can be shown."""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

import orjson

from mps_manifest.job_ids import is_job_id
from operate.access.connection import Connection

_READ_AT_MOST = 64 * 1024
_LONGEST_PAYLOAD = 4 * 1024
# of an entry that is longer than what was read; the reason and the origin come first in it
_FIELD = re.compile(rb'"(reason|origin|payload)":\s*("(?:[^"\\]|\\.)*("?))')


class Rejected(NamedTuple):
    """An entry of the quarantine; `payload` is the beginning of what could not be used."""

    key: str
    reason: str
    origin: str
    payload: str

    @property
    def job_id(self) -> str:
        """The ID of the job, where it is the entry of one; else empty."""
        try:
            fields = orjson.loads(self.payload)
        except orjson.JSONDecodeError:
            return ""
        if not isinstance(fields, dict) or fields.keys() != {"api", "jobId"}:
            return ""
        return fields["jobId"] if is_job_id(fields["jobId"]) else ""


def read_rejected(connection: Connection, key: str) -> Rejected:
    """Read the beginning of an entry. Raises ServiceError, NotFound among them."""
    stored = connection.core.store.read(connection.settings.bucket, key, _READ_AT_MOST)
    fields = _fields(stored.body)
    return Rejected(
        key, fields.get("reason", ""), fields.get("origin", ""), _payload(fields)[:_LONGEST_PAYLOAD]
    )


def _fields(body: bytes) -> dict[str, str]:
    """Return the fields of an entry that are texts; of a cut one those that are there."""
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _of_cut(body)
    if not isinstance(fields, dict):
        return {}
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _of_cut(body: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value, end in _FIELD.findall(body):
        text = value if end else value.rstrip(b"\\") + b'"'
        try:
            found.setdefault(name.decode(), str(orjson.loads(text)))
        except orjson.JSONDecodeError:
            found.setdefault(name.decode(), "")
    return found


def _payload(fields: dict[str, str]) -> str:
    payload = fields.get("payload", "")
    if fields.get("encoding") != "base64":
        return payload
    try:
        return base64.b64decode(payload).decode(errors="replace")
    except ValueError:
        return ""
