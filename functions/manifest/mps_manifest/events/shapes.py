"""Recognize the shapes of envelopes; facts/fc.md section 2 describes most of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mps_manifest.events.scope import text_at
from mps_manifest.parsing.spelling import by_plain_key

Body = Mapping[str, Any]


def is_timer(body: Body) -> bool:
    """Return whether an object is the event of a timer trigger."""
    return "triggerTime" in body and "triggerName" in body


def is_http(body: object) -> bool:
    """Return whether an object is the event of an HTTP trigger, or of an API gateway."""
    if not isinstance(body, dict):
        return False
    is_gateway = isinstance(body.get("headers"), dict) and "path" in body
    return bool(
        text_at(body, "requestContext", "http", "method")
        or (is_gateway and text_at(body, "httpMethod"))
    )


def is_mns_push(body: object) -> bool:
    """Return whether an object is an HTTP request that MNS made to push a message."""
    headers = body.get("headers") if is_http(body) and isinstance(body, dict) else None
    return isinstance(headers, dict) and any(key.lower() == "x-mns-version" for key in headers)


def is_exchange(body: Body) -> bool:
    """Return whether an object is a request or an answer of HTTP, as envelopes carry them.

    EventBridge has one of its webhooks in `data`; SDKs print the answer of a submit call so.
    """
    told = {"httpMethod", "statusCode", "queryString"} & body.keys()
    return is_http(body) or ("body" in body and "headers" in body and bool(told))


def is_async_record(body: Body) -> bool:
    """Return whether an object is the record of an asynchronous destination."""
    return bool(text_at(body, "requestContext", "functionArn")) and "requestPayload" in body


def is_cloud_event(body: Body) -> bool:
    """Return whether an object is an event of EventBridge."""
    return "specversion" in body and "data" in body


def is_topic_message(body: Body) -> bool:
    """Return whether an object is a message of an MNS topic."""
    return "TopicName" in body and "Message" in body


def is_queue_message(body: Body) -> bool:
    """Return whether an object is a message of an MNS queue, as EventBridge has it."""
    return "messageBody" in body


def is_received_message(body: Body) -> bool:
    """Return whether an object is a message of a queue as SDKs receive it."""
    return by_plain_key(body).keys() >= {"messagebody", "messageid"}


def is_broker_message(body: Body) -> bool:
    """Return whether an object is a message of RocketMQ or RabbitMQ, as EventBridge has it."""
    return "body" in body and bool(
        body.keys() & {"systemProperties", "userProperties", "envelope", "props"}
    )


def is_kafka_message(body: Body) -> bool:
    """Return whether an object is a message of Kafka, as EventBridge has it."""
    return body.keys() >= {"topic", "partition", "value"}


def is_schedule(body: Body) -> bool:
    """Return whether an object is the data of an event that EventBridge makes by a schedule."""
    return body.keys() == {"TimeZone", "Schedule"}


def is_stream_message(body: Body) -> bool:
    """Return whether an object is a message of an MNS topic in STREAM form, with attributes."""
    return isinstance(body.get("attrs"), dict) and isinstance(body.get("body"), str | Mapping)


def is_powershell_list(body: Body) -> bool:
    """Return whether an object is what ConvertTo-Json of Windows makes of a list."""
    return body.keys() == {"value", "Count"} and isinstance(body["value"], list)
