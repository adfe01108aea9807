"""EventBridge's envelope: CloudEvents with extensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.triggers.origin import HERE, Origin, encode, identifier

PUBLISHER = "198.51.100.9"


@dataclass(frozen=True)
class Envelope:
    """The attributes that differ between events, and which extensions are present."""

    source: str
    event_type: str
    subject: str
    event_id: str
    bus: str = "default"
    names_original_account: bool = False
    names_publisher: bool = True


def cloud_event(data: Any, envelope: Envelope, origin: Origin = HERE) -> dict[str, Any]:
    """Build one CloudEvents object with EventBridge's extensions."""
    event = {
        "datacontenttype": "application/json;charset=utf-8",
        "aliyunaccountid": origin.account_id,
        "data": data,
        "subject": envelope.subject,
        "source": envelope.source,
        "type": envelope.event_type,
        "aliyunpublishtime": origin.milliseconds,
        "specversion": "1.0",
        "aliyuneventbusname": envelope.bus,
        "id": envelope.event_id,
        "time": origin.seconds,
        "aliyunregionid": origin.region,
    }
    if envelope.names_original_account:
        event["aliyunoriginalaccountid"] = origin.account_id
    if envelope.names_publisher:
        event["aliyunpublishaddr"] = PUBLISHER
    return event


def eventbridge(
    data: Mapping[str, Any],
    source: str,
    event_type: str,
    *,
    subject: str = "",
    origin: Origin = HERE,
) -> bytes:
    """Build the event of an EventBridge rule, for any product."""
    envelope = Envelope(
        source=source,
        event_type=event_type,
        subject=subject or f"{source}:{origin.region}:{origin.account_id}",
        event_id=identifier(source, event_type, sorted(data.items(), key=str)),
    )
    return encode(cloud_event(dict(data), envelope, origin))
