"""Records of asynchronous calls, as their destinations receive them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.triggers.cloudevents import Envelope, cloud_event
from local.triggers.origin import HERE, Origin, encode, identifier


@dataclass(frozen=True)
class Outcome:
    """How an asynchronous call ended."""

    request_id: str = "0fcb7f0c-5d4e-4b1a-9c55-6f2f0a1e7b01"
    function_arn: str = "acs:fc:cn-shanghai:1000000000000001:functions/manifest"
    response_payload: str = ""
    function_error: str = ""
    condition: str = ""
    invoke_count: int = 1


SUCCEEDED = Outcome()


def async_destination(
    request_payload: str, outcome: Outcome = SUCCEEDED, origin: Origin = HERE
) -> bytes:
    """Build the record that MNS, FC and RocketMQ destinations receive; payloads are strings."""
    return encode(_record(request_payload, outcome, origin))


def async_destination_eventbridge(
    request_payload: str, outcome: Outcome = SUCCEEDED, origin: Origin = HERE
) -> bytes:
    """Build the record as EventBridge delivers it."""
    ending = "failed" if outcome.function_error else "succeeded"
    event = cloud_event(
        _record(request_payload, outcome, origin),
        Envelope(
            source="acs:fc",
            event_type=f"fc:AsyncInvoke:{ending}",
            subject=outcome.function_arn,
            event_id=identifier(outcome.request_id, ending),
        ),
        origin,
    )
    return encode(event)


def _record(request_payload: str, outcome: Outcome, origin: Origin) -> dict[str, Any]:
    return {
        "timestamp": origin.epoch_milliseconds,
        "requestContext": {
            "requestId": outcome.request_id,
            "functionArn": outcome.function_arn,
            "condition": outcome.condition,
            "approximateInvokeCount": outcome.invoke_count,
        },
        "requestPayload": request_payload,
        "responseContext": {"statusCode": 200, "functionError": outcome.function_error},
        "responsePayload": outcome.response_payload,
    }
