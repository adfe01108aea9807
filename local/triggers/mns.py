"""Events made of messages: MNS topics and MNS queues."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from local.triggers.cloudevents import Envelope, cloud_event
from local.triggers.origin import HERE, Origin, encode, encode_text, identifier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.triggers.oss import Schema

QUEUE = "mps-jobs"
TOPIC = "mps-jobs"
BUS = f"MNS-Function-{QUEUE}"


def mns_topic_json(
    message: str, attributes: Mapping[str, str] | None = None, origin: Origin = HERE
) -> bytes:
    """Build the event of a topic trigger in JSON form; attributes are further top-level keys."""
    envelope = {
        "TopicOwner": origin.account_id,
        "Message": message,
        "Subscriber": origin.account_id,
        "PublishTime": origin.epoch_milliseconds,
        "SubscriptionName": "mps-manifest",
        "MessageMD5": hashlib.md5(message.encode()).hexdigest().upper(),
        "TopicName": TOPIC,
        "MessageId": identifier("topic", message),
    }
    return encode({**(attributes or {}), **envelope})


def mns_topic_stream(message: str, attributes: Mapping[str, str] | None = None) -> bytes:
    """Build the event of a topic trigger in STREAM form: the bare message if without attributes."""
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

    `elements_as_text` makes each element a JSON text, as printed for other streams; `base64` leaves
    the bodies as they were sent, encoded.
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
    """Build the event of the older, event-driven queue trigger: one object, no batch."""
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
    """Build what both schemas hold; the index keeps equal messages of a batch apart."""
    return {
        "requestId": identifier("request", index, message, length=24),
        "messageId": identifier("message", index, message),
        "messageBody": b64encode(message.encode()).decode() if base64 else message,
    }
