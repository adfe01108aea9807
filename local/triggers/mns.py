"""Events made of messages: MNS topics and MNS queues."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from local.triggers.cloudevents import Envelope, cloud_event
from local.triggers.origin import HERE, Origin, encode, encode_text, identifier
from local.triggers.oss import Schema

QUEUE = "mps-jobs"
TOPIC = "mps-jobs"
BUS = f"MNS-Function-{QUEUE}"


def mns_topic_json(
    message: str, attributes: Mapping[str, str] | None = None, origin: Origin = HERE
) -> bytes:
    """Build the event of a topic trigger in JSON form; attributes are further top-level keys."""
    return encode({**(attributes or {}), **_notification(message, origin)})


def mns_topic_xml(message: str, origin: Origin = HERE) -> str:
    """Build what a topic sends to queues and HTTP endpoints unless told otherwise."""
    fields = (
        f"<{name}>{escape(str(value))}</{name}>"
        for name, value in _notification(message, origin).items()
    )
    lines = "\n".join(fields)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Notification xmlns="http://mns.aliyuncs.com/doc/v1/">\n{lines}\n</Notification>'
    )


def _notification(message: str, origin: Origin) -> dict[str, str | int]:
    return {
        "TopicOwner": origin.account_id,
        "Message": message,
        "Subscriber": origin.account_id,
        "PublishTime": origin.epoch_milliseconds,
        "SubscriptionName": "mps-manifest",
        "MessageMD5": hashlib.md5(message.encode()).hexdigest().upper(),
        "TopicName": TOPIC,
        "MessageId": identifier("topic", message),
    }


def mns_topic_stream(message: str, attributes: Mapping[str, str] | None = None) -> bytes:
    """Build the event of a topic trigger in STREAM form; without attributes it is the message."""
    if attributes is None:
        return message.encode()
    return encode({"body": message, "attrs": {"Extend": encode_text(dict(attributes))}})


def mns_queue_stream(
    messages: Sequence[str],
    schema: Schema = "CloudEvents",
    *,
    elements_as_text: bool = False,
    base64: bool = False,
    origin: Origin = HERE,
) -> bytes:
    """Build the batch of a queue trigger (event stream).

    `elements_as_text` makes each element a JSON string, as documented for other streams; `base64`
    leaves the bodies encoded, as they were sent.
    """
    elements: list[Any] = [
        _data(message, index, base64=base64)
        if schema == "RawData"
        else _queue_event(message, index, base64=base64, origin=origin)
        for index, message in enumerate(messages)
    ]
    if elements_as_text:
        elements = [encode_text(element) for element in elements]
    return encode(elements)


def mns_queue_event(message: str, *, base64: bool = False, origin: Origin = HERE) -> bytes:
    """Build the event of the older queue trigger: one object, not a batch."""
    return encode(_queue_event(message, 0, base64=base64, origin=origin))


def _queue_event(message: str, index: int, *, base64: bool, origin: Origin) -> dict[str, Any]:
    return cloud_event(
        _data(message, index, base64=base64),
        Envelope(
            source=BUS,
            event_type="mns:Queue:SendMessage",
            subject=f"acs:mns:{origin.region}:{origin.account_id}:queues/{QUEUE}",
            event_id=identifier("event", index, message),
            bus=BUS,
            names_original_account=True,
        ),
        origin,
    )


def _data(message: str, index: int, *, base64: bool) -> dict[str, str]:
    """Build what both schemas contain; the index makes the IDs of equal messages differ."""
    return {
        "requestId": identifier("request", index, message, length=24),
        "messageId": identifier("message", index, message),
        "messageBody": b64encode(message.encode()).decode() if base64 else message,
    }
