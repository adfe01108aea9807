"""Decode the envelopes of triggers; facts/fc.md section 2 describes each of them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mps_manifest.events.bodies import (
    bare,
    is_direct_body,
    is_ims_event,
    is_notification,
    is_workflow_report,
    read_direct_body,
    read_ims_event,
    read_lines,
    read_notification,
    read_workflow_report,
)
from mps_manifest.events.items import Item, Tick, Ticket
from mps_manifest.events.payloads import JobIdLines, NoPayload, Payload, parse_payload
from mps_manifest.events.scope import MAX_NESTING, Scope, parse_time, text_at
from mps_manifest.parsing.canonical_json import canonical_text

Body = Mapping[str, Any]

_NOT_WHOLE_OBJECTS = {"InitiateMultipartUpload", "UploadPart", "UploadPartCopy"}


def read_text(text: str | bytes, scope: Scope) -> Iterator[Item]:
    """Read text of any kind."""
    yield from read_meaning(parse_payload(text), scope)


def read_meaning(meaning: Payload, scope: Scope) -> Iterator[Item]:
    """Read a parsed text."""
    if isinstance(meaning, dict):
        yield from read_object(meaning, scope)
    elif isinstance(meaning, list):
        yield from _read_list(meaning, scope)
    elif isinstance(meaning, JobIdLines):
        yield from read_lines(meaning, scope)
    elif meaning is NoPayload.UNREADABLE:
        yield scope.unusable("the content is not JSON, lines of job IDs, or Base64 of either")


def read_object(body: Body, scope: Scope) -> Iterator[Item]:
    """Read a JSON object of any known shape."""
    if scope.depth > MAX_NESTING:
        yield scope.unusable(f"envelopes are nested more than {MAX_NESTING} levels deep")
        return
    for recognizes, read in _SHAPES:
        if recognizes(body):
            yield from read(body, scope)
            return
    yield scope.unusable(f"unrecognized JSON object (keys: {', '.join(sorted(body)[:12])})")


def _read_list(elements: list[Any], scope: Scope) -> Iterator[Item]:
    for element in elements:
        request = bare(element, scope)
        if request:
            yield request
        elif isinstance(element, str):
            yield from read_text(element, scope.inside(scope.origin, element, api=scope.api))
        else:
            inner = scope.inside(scope.origin, canonical_text(element), on_pending=scope.on_pending)
            if isinstance(element, Mapping):
                yield from read_object(element, inner)
            else:
                yield inner.unusable("the list element is neither an event nor a job ID")


def _read_content(content: object, scope: Scope) -> Iterator[Item]:
    """Read the content of an envelope: text, or JSON that was decoded with the envelope."""
    if isinstance(content, str | bytes):
        yield from read_text(content, scope)
    elif isinstance(content, Mapping):
        yield from read_object(content, scope)
    elif isinstance(content, list):
        yield from _read_list(content, scope)
    else:
        yield scope.unusable("the envelope has no content")


def _read_message(
    content: object, scope: Scope, origin: str, sent: object = None
) -> Iterator[Item]:
    """Read a message; its body is the piece to quarantine if it is unusable."""
    raw = content if isinstance(content, str) else canonical_text(content)
    event_time = parse_time(sent) or scope.event_time
    yield from _read_content(content, scope.inside(origin, raw, event_time=event_time))


# --- timer, HTTP, asynchronous destination ---------------------------------------------------


def is_timer(body: Body) -> bool:
    """Return whether an object is the event of a timer trigger."""
    return "triggerTime" in body and "triggerName" in body


def _read_timer(body: Body, scope: Scope) -> Iterator[Item]:
    """Read the jobs that a timer names, if any; any other payload is the user's remark."""
    payload = body.get("payload") or ""
    origin = f"timer {text_at(body, 'triggerName')}".strip()
    meaning = parse_payload(payload) if isinstance(payload, str) else payload
    named = isinstance(meaning, JobIdLines | list) or (
        isinstance(meaning, Mapping) and is_direct_body(meaning)
    )
    if named:
        yield from _read_message(payload, scope, origin, body["triggerTime"])
    yield Tick()


def is_http(body: object) -> bool:
    """Return whether an object is the event of an HTTP trigger."""
    return isinstance(body, Mapping) and bool(text_at(body, "requestContext", "http", "method"))


def _read_http(body: Body, scope: Scope) -> Iterator[Item]:
    content: str | bytes = text_at(body, "body")
    if body.get("isBase64Encoded"):
        try:
            content = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            yield scope.unusable("the HTTP body is marked as Base64, but is not valid Base64")
            return
    yield from read_text(
        content,
        scope.inside("http", content, direct=scope.direct, on_pending=scope.on_pending),
    )


def _is_async_record(body: Body) -> bool:
    return bool(text_at(body, "requestContext", "functionArn")) and "requestPayload" in body


def _read_async_record(body: Body, scope: Scope) -> Iterator[Item]:
    """Read the original request from the record of an asynchronous destination."""
    yield from _read_message(
        body["requestPayload"], scope, "async destination", body.get("timestamp")
    )


# --- OSS -------------------------------------------------------------------------------------


def _is_oss_events(body: Body) -> bool:
    events = body.get("events")
    return isinstance(events, list) and any(_is_oss_record(event) for event in events)


def _read_oss_events(body: Body, scope: Scope) -> Iterator[Item]:
    for event in body["events"]:
        inner = scope.inside(scope.origin, canonical_text(event))
        if _is_oss_record(event):
            yield from _read_oss_record(event, inner)
        else:
            yield inner.unusable("the list element is not an OSS event record")


def _is_oss_record(body: object) -> bool:
    return (
        isinstance(body, Mapping) and isinstance(body.get("oss"), Mapping) and "eventName" in body
    )


def _read_oss_record(record: Body, scope: Scope) -> Iterator[Item]:
    name = str(record["eventName"]).removeprefix("oss:")
    bucket = text_at(record, "oss", "bucket", "name")
    key = text_at(record, "oss", "object", "key")
    scope = scope.inside(f"oss://{bucket}/{key} {name}", canonical_text(record))
    kind, _, operation = name.partition(":")
    if not bucket or not key:
        yield scope.unusable("the OSS event record has no bucket name or no object key")
    elif kind == "ObjectCreated" and operation not in _NOT_WHOLE_OBJECTS:
        meta = record["oss"]["object"].get("objectMeta")
        job_id = text_at(meta, "userMeta", "x-oss-meta-job-id") or None
        happened = parse_time(record.get("eventTime"))
        yield Ticket(bucket, key, job_id, scope.origin, canonical_text(record), happened)


# --- MNS and EventBridge ---------------------------------------------------------------------


def _is_cloud_event(body: Body) -> bool:
    return "specversion" in body and "data" in body


def _read_cloud_event(body: Body, scope: Scope) -> Iterator[Item]:
    origin = f"eventbridge {text_at(body, 'type')} {text_at(body, 'subject')}".strip()
    api = "ims" if text_at(body, "source") in {"acs.ice", "acs.ims"} else scope.api
    happened = parse_time(body.get("time"))
    inner = scope.inside(origin, canonical_text(body), api=api, event_time=happened)
    yield from _read_content(body["data"], inner)


def _is_topic_message(body: Body) -> bool:
    return "TopicName" in body and "Message" in body


def _read_topic_message(body: Body, scope: Scope) -> Iterator[Item]:
    origin = f"mns topic {text_at(body, 'TopicName')} message {text_at(body, 'MessageId')}"
    yield from _read_message(body["Message"], scope, origin, body.get("PublishTime"))


def _is_queue_message(body: Body) -> bool:
    return "messageBody" in body


def _read_queue_message(body: Body, scope: Scope) -> Iterator[Item]:
    yield from _read_message(
        body["messageBody"], scope, f"mns queue message {text_at(body, 'messageId')}"
    )


def _is_stream_message(body: Body) -> bool:
    return isinstance(body.get("attrs"), Mapping) and isinstance(body.get("body"), str)


def _read_stream_message(body: Body, scope: Scope) -> Iterator[Item]:
    yield from _read_message(body["body"], scope, "mns topic message")


_Shape = tuple[Callable[[Body], bool], Callable[[Body, Scope], Iterator[Item]]]

# The first shape that matches is used, so envelopes come before their possible contents.
_SHAPES: tuple[_Shape, ...] = (
    (is_http, _read_http),
    (_is_async_record, _read_async_record),
    (is_timer, _read_timer),
    (_is_oss_events, _read_oss_events),
    (_is_cloud_event, _read_cloud_event),
    (_is_oss_record, _read_oss_record),
    (_is_topic_message, _read_topic_message),
    (_is_queue_message, _read_queue_message),
    (_is_stream_message, _read_stream_message),
    (is_workflow_report, read_workflow_report),
    (is_ims_event, read_ims_event),
    (is_notification, read_notification),
    (is_direct_body, read_direct_body),
)
