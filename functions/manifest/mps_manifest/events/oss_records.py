"""Decode the event records of OSS: which objects were created."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from mps_manifest.events.items import Item, Ticket
from mps_manifest.events.scope import Scope, text_at
from mps_manifest.events.times import parse_time
from mps_manifest.parsing.canonical_json import canonical_text
from mps_manifest.parsing.locations import MAX_KEY_BYTES

Body = Mapping[str, Any]

_LONGEST_KEY = 3 * MAX_KEY_BYTES  # as it may be percent-encoded
_OF_DESKTOPS = {".DS_Store", "Thumbs.db", "desktop.ini"}
_OF_MACOS, _OF_HADOOP = "._", "_$folder$"
_NOT_WHOLE_OBJECTS = {"InitiateMultipartUpload", "UploadPart", "UploadPartCopy"}


def is_oss_events(body: Body) -> bool:
    """Return whether an object is an OSS event with its list of records, which may be empty."""
    events = body.get("events")
    is_empty = events == [] and body.keys() == {"events"}
    return is_empty or (isinstance(events, list) and any(map(is_oss_record, events)))


def read_oss_events(body: Body, scope: Scope) -> Iterator[Item]:
    """Read all records; what is not a record among them is kept as one piece."""
    others = scope.opened(scope.origin, None)
    unusable: list[object] = []
    for event in body["events"]:
        if is_oss_record(event):
            yield from read_oss_record(event, scope)
        else:
            others.fault("invalid-record", "the list element {} is not an OSS event record", event)
            unusable.append(event)
    if others.piece is not scope.piece:
        others.piece.raw = unusable[0] if len(unusable) == 1 else unusable
        yield from others.piece.unusable()


def is_oss_record(body: object) -> bool:
    """Return whether an object is an OSS event record."""
    return isinstance(body, dict) and isinstance(body.get("oss"), dict) and "eventName" in body


def read_oss_record(record: Body, scope: Scope) -> Iterator[Item]:
    """Read a record: a ticket, if a whole object was created that is not a folder.

    What else may happen need not be about an object.
    """
    name = str(record["eventName"])[:64].removeprefix("oss:")
    bucket = text_at(record, "oss", "bucket", "name")
    key = text_at(record, "oss", "object", "key")
    inner = scope.opened(f"oss://{bucket}/{key} {name}", record)
    kind, _, operation = name.partition(":")
    if kind != "ObjectCreated" or operation in _NOT_WHOLE_OBJECTS:
        return
    if not bucket or not key:
        inner.fault("invalid-record", "the OSS event record has no bucket name or no object key")
    elif len(key) > _LONGEST_KEY:
        fault = "the object key of the OSS event record is too long for OSS"
        inner.fault("invalid-record", fault)
    elif not is_folder(key):
        meta = record["oss"]["object"].get("objectMeta")
        job_id = text_at(meta, "userMeta", "x-oss-meta-job-id") or None
        happened = parse_time(record.get("eventTime")) or scope.event_time
        if job_id or not is_left_by_tools(key):
            yield Ticket(bucket, key, job_id, inner.origin, canonical_text(record), happened)
    yield from scope.rest_of(inner)


def is_folder(key: str) -> bool:
    """Return whether a key is that of a folder, as consoles make them; it may be encoded."""
    return key.endswith("/") or unquote(key[-3:]) == "/"


def is_left_by_tools(key: str) -> bool:
    """Return whether a key is that of a file which desktops or Hadoop leave beside others."""
    name = unquote(key).rpartition("/")[2]
    return name in _OF_DESKTOPS or name.startswith(_OF_MACOS) or name.endswith(_OF_HADOOP)
