"""Decode the envelopes of triggers; facts/fc.md section 2 describes each of them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import nsmallest
from typing import Any

from mps_manifest.errors import InvalidEvent
from mps_manifest.events import shapes
from mps_manifest.events.bodies import (
    bare,
    is_direct_body,
    is_submit_answer,
    read_direct_body,
    read_lines,
)
from mps_manifest.events.items import Item, Pause, Tick
from mps_manifest.events.notifications import (
    is_event_with_job,
    is_ims_event,
    is_notification,
    is_workflow_report,
    read_event_with_job,
    read_ims_event,
    read_notification,
    read_workflow_report,
)
from mps_manifest.events.oss_records import (
    is_oss_events,
    is_oss_record,
    read_oss_events,
    read_oss_record,
)
from mps_manifest.events.other_products import (
    is_event_of_other_product,
    is_event_without_job,
    is_of_other_product,
    is_own_announcement,
)
from mps_manifest.events.others import NO_ELEMENT, Others
from mps_manifest.events.payloads import (
    TOO_LARGE_REASON,
    Batch,
    JobIdLines,
    NoPayload,
    Payload,
    Recovered,
    looks_direct,
    parse_payload,
)
from mps_manifest.events.scope import MAX_NESTING, Scope, text_at
from mps_manifest.events.times import parse_time
from mps_manifest.job_limits import MAX_REASON
from mps_manifest.parsing.foreign_text import shown
from mps_manifest.parsing.spelling import by_plain_key

Body = Mapping[str, Any]

_WITHOUT_PAUSE = 1000


def read_text(text: str | bytes, scope: Scope) -> Iterator[Item]:
    """Read text of any kind."""
    yield from read_meaning(parse_payload(text), text, scope)


def read_meaning(meaning: Payload, text: str | bytes, scope: Scope) -> Iterator[Item]:
    """Read a parsed text. Raises InvalidEvent for a direct body that is too large."""
    if isinstance(meaning, dict):
        yield from read_object(meaning, scope)
    elif isinstance(meaning, list):
        yield from _read_list(meaning, scope)
    elif isinstance(meaning, Batch):
        yield from _read_list(meaning.messages(), scope)
    elif isinstance(meaning, Recovered):
        yield from _read_recovered(meaning, scope)
    elif isinstance(meaning, JobIdLines):
        yield from read_lines(meaning.read(), scope)
    elif meaning is NoPayload.TOO_LARGE:
        if scope.direct and looks_direct(text):
            raise InvalidEvent(TOO_LARGE_REASON, "too-large")
        scope.fault("too-large", TOO_LARGE_REASON)
    elif meaning is NoPayload.UNREADABLE:
        fault = "the content is not JSON, MNS XML, job IDs on lines, or Base64 of one of these"
        scope.fault("unrecognized", fault)


def _read_recovered(meaning: Recovered, scope: Scope) -> Iterator[Item]:
    """Read what could be recovered; the piece to keep is the text as it came."""
    raw = scope.piece.raw
    yield from _read_content(meaning.value, scope)
    scope.piece.raw = raw


def read_object(body: Body, scope: Scope) -> Iterator[Item]:
    """Read a JSON object of any known shape."""
    if scope.depth > MAX_NESTING:
        scope.fault("too-nested", f"envelopes are nested more than {MAX_NESTING} levels deep")
        return
    for recognizes, read in _SHAPES:
        if recognizes(body):
            yield from read(body, scope)
            return
    keys = "" if scope.piece.is_full else shown(", ".join(nsmallest(12, body)), MAX_REASON)
    scope.fault("unrecognized", f"unrecognized JSON object (keys: {keys})")


def _read_list(elements: Iterable[object], scope: Scope) -> Iterator[Item]:
    """Read a list: of messages, of job IDs, of anything.

    In a message it is one piece. In a batch each element is one, but those that are not even
    messages are kept together.
    """
    scope = scope._replace(shared=scope.shared or scope.depth > 0)
    others = Others(scope)
    for number, element in enumerate(elements, 1):
        if others.are_many:
            yield from others.unusable()
            others = Others(scope)
        if isinstance(element, bytes):
            if not number % _WITHOUT_PAUSE:
                yield Pause()
            if others.take_at_once(element):
                continue
        request = bare(element, scope)
        if request:
            yield request
        else:
            yield from _read_other(element, scope, others)
    others.leave_to(scope.piece)


def _read_other(element: object, scope: Scope, others: Others) -> Iterator[Item]:
    on_pending = "park" if isinstance(element, str | bytes) else scope.on_pending
    inner = scope.opened(scope.origin, element, on_pending=on_pending)
    yield from _read_element(element, inner)
    if inner.piece is not scope.piece and inner.piece.faults:
        others.piece.add(inner.piece)
        others.keep(element)


def _read_element(element: object, scope: Scope) -> Iterator[Item]:
    if isinstance(element, str | bytes):
        yield from read_text(element, scope)
    elif isinstance(element, dict):
        yield from read_object(element, scope)
    elif isinstance(element, list) and scope.depth <= MAX_NESTING:
        yield from _read_list(element, scope)
    else:
        scope.fault("unrecognized", NO_ELEMENT, element)


def _read_content(content: object, scope: Scope) -> Iterator[Item]:
    """Read the content of an envelope: text, or JSON that was decoded with the envelope."""
    if isinstance(content, str | bytes):
        yield from read_text(content, scope)
    elif isinstance(content, dict):
        yield from read_object(content, scope)
    elif isinstance(content, list):
        yield from _read_list(content, scope)
    else:
        scope.fault("empty", "the envelope has no content")


def _read_message(
    content: object, scope: Scope, origin: str, sent: object = None
) -> Iterator[Item]:
    """Read a message; its body is the piece to quarantine if it is unusable."""
    event_time = parse_time(sent) or scope.event_time
    inner = scope.opened(origin, content, event_time=event_time)
    yield from _read_content(content, inner)
    yield from scope.rest_of(inner)


# --- timer, HTTP, asynchronous destination ---------------------------------------------------


def _read_timer(body: Body, scope: Scope) -> Iterator[Item]:
    """Read the jobs that a timer names, if any; any other payload is the user's remark."""
    payload = body.get("payload") or ""
    origin = f"timer {text_at(body, 'triggerName')}".strip()
    meaning = parse_payload(payload) if isinstance(payload, str) else payload
    meaning = meaning.value if isinstance(meaning, Recovered) else meaning
    named = isinstance(meaning, JobIdLines | list) or (
        isinstance(meaning, dict) and is_direct_body(meaning)
    )
    if named:
        yield from _read_message(payload, scope, origin, body["triggerTime"])
    yield Tick()


def _read_http(body: Body, scope: Scope) -> Iterator[Item]:
    """Read the body of a request: passed by a caller, unless it was MNS that pushed it."""
    given = body.get("body") or ""
    is_encoded = str(body.get("isBase64Encoded")).lower() == "true"
    content = _decoded(given) if is_encoded and isinstance(given, str) else given
    caller = Scope("", scope.piece) if shapes.is_mns_push(body) else scope
    inner = scope.opened(
        "http", content or given, direct=caller.direct, on_pending=caller.on_pending
    )
    if content is None:
        inner.fault("unrecognized", "the HTTP body is marked as Base64, but is not valid Base64")
    else:
        yield from _read_content(content, inner)
    yield from scope.rest_of(inner)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _read_async_record(body: Body, scope: Scope) -> Iterator[Item]:
    """Read the original request from the record of an asynchronous destination."""
    yield from _read_message(
        body["requestPayload"], scope, "async destination", body.get("timestamp")
    )


# --- MNS and EventBridge ---------------------------------------------------------------------


def _read_cloud_event(body: Body, scope: Scope) -> Iterator[Item]:
    origin = f"eventbridge {text_at(body, 'type')} {text_at(body, 'subject')}".strip()
    api = "ims" if text_at(body, "source") in {"acs.ice", "acs.ims"} else scope.api
    inner = scope.opened(origin, body, api=api, event_time=parse_time(body.get("time")))
    yield from _read_content(body["data"], inner)
    yield from scope.rest_of(inner)


def _read_topic_message(body: Body, scope: Scope) -> Iterator[Item]:
    origin = f"mns topic {text_at(body, 'TopicName')} message {text_at(body, 'MessageId')}"
    yield from _read_message(body["Message"], scope, origin, body.get("PublishTime"))


def _read_queue_message(body: Body, scope: Scope) -> Iterator[Item]:
    yield from _read_message(
        body["messageBody"], scope, f"mns queue message {text_at(body, 'messageId')}"
    )


def _read_received_message(body: Body, scope: Scope) -> Iterator[Item]:
    fields = by_plain_key(body)
    origin = f"mns queue message {text_at(fields, 'messageid')}"
    sent = fields.get("enqueuetime")
    yield from _read_message(fields["messagebody"], scope, origin, sent)


def _read_broker_message(body: Body, scope: Scope) -> Iterator[Item]:
    yield from _read_message(body["body"], scope, f"message {text_at(body, 'topic')}".strip())


def _read_kafka_message(body: Body, scope: Scope) -> Iterator[Item]:
    origin = f"kafka {text_at(body, 'topic')}"
    yield from _read_message(body["value"], scope, origin, body.get("timestamp"))


def _read_schedule(_body: Body, _scope: Scope) -> Iterator[Item]:
    yield Tick()


def _read_powershell_list(body: Body, scope: Scope) -> Iterator[Item]:
    yield from _read_list(body["value"], scope)


def _read_stream_message(body: Body, scope: Scope) -> Iterator[Item]:
    yield from _read_message(body["body"], scope, "mns topic message")


def _ignore(_body: Body, _scope: Scope) -> Iterator[Item]:
    """Read what concerns no production job: nothing comes of it."""
    yield from ()


_Shape = tuple[Callable[[Body], bool], Callable[[Body, Scope], Iterator[Item]]]

# The first shape that matches is used, so envelopes come before their possible contents.
_SHAPES: tuple[_Shape, ...] = (
    (shapes.is_exchange, _read_http),
    (shapes.is_async_record, _read_async_record),
    (shapes.is_timer, _read_timer),
    (is_oss_events, read_oss_events),
    (is_own_announcement, _ignore),
    (shapes.is_cloud_event, _read_cloud_event),
    (is_oss_record, read_oss_record),
    (shapes.is_topic_message, _read_topic_message),
    (is_event_of_other_product, _ignore),
    (is_ims_event, read_ims_event),
    (shapes.is_queue_message, _read_queue_message),
    (shapes.is_broker_message, _read_broker_message),
    (shapes.is_kafka_message, _read_kafka_message),
    (shapes.is_schedule, _read_schedule),
    (shapes.is_stream_message, _read_stream_message),
    (is_workflow_report, read_workflow_report),
    (shapes.is_received_message, _read_received_message),
    (is_of_other_product, _ignore),
    (is_submit_answer, read_direct_body),
    (is_notification, read_notification),
    (is_direct_body, read_direct_body),
    (is_event_with_job, read_event_with_job),
    (is_event_without_job, _ignore),
    (shapes.is_powershell_list, _read_powershell_list),
)
