"""Events about objects, in the three forms OSS delivers them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from local.triggers.cloudevents import Envelope, cloud_event
from local.triggers.origin import HERE, Origin, encode, identifier

SOURCE_ADDRESS = "198.51.100.7"
Schema = Literal["CloudEvents", "RawData"]


@dataclass(frozen=True)
class OssRecord:
    """An event of an object; the names of its metadata start with x-oss-meta-."""

    bucket: str
    key: str
    size: int = 0
    etag: str = "D41D8CD98F00B204E9800998ECF8427E"
    event_name: str = "ObjectCreated:PutObject"
    content_type: str = "application/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""
    origin: Origin = HERE


def oss_native(records: Sequence[OssRecord]) -> bytes:
    """Build the event of a native OSS trigger."""
    return encode({"events": [_native_record(record) for record in records]})


def oss_eventbridge(record: OssRecord, schema: Schema = "CloudEvents") -> bytes:
    """Build the event of an OSS trigger through EventBridge; RawData is only the record."""
    body = _eventbridge_record(record)
    if schema == "RawData":
        return encode(body)
    return encode(
        cloud_event(
            body,
            Envelope(
                source="acs.oss",
                event_type=f"oss:{record.event_name}",
                subject=f"{_arn(record)}/{record.key}",
                event_id=_request_id(record),
                names_original_account=True,
                names_publisher=False,
            ),
            record.origin,
        )
    )


def oss_notification_in_mns(records: Sequence[OssRecord]) -> str:
    """Build the message of an OSS event notification: JSON in Base64."""
    events = [_notification_record(record) for record in records]
    return b64encode(encode({"events": events})).decode()


def _native_record(record: OssRecord) -> dict[str, Any]:
    meta: dict[str, Any] = {"mimeType": record.content_type}
    if record.metadata:
        meta["userMeta"] = dict(record.metadata)
    oss = _oss(record, {"objectMeta": meta}, {})
    return {**_head(record), "oss": oss, "region": record.origin.region, **_circumstances(record)}


def _eventbridge_record(record: OssRecord) -> dict[str, Any]:
    meta = {"mimeType": record.content_type}
    oss = _oss(record, {"objectMeta": meta}, {"virtualBucket": ""})
    del oss["ruleId"]
    return {**_head(record), "oss": oss, "region": record.origin.region, **_circumstances(record)}


def _notification_record(record: OssRecord) -> dict[str, Any]:
    """Build a record with its request and user inside `oss`, as documented for notifications."""
    oss = _oss(record, {}, {})
    return {
        **_head(record),
        "oss": {**oss, "region": record.origin.region, **_circumstances(record), "xVars": {}},
    }


def _head(record: OssRecord) -> dict[str, Any]:
    return {
        "eventName": record.event_name,
        "eventSource": "acs:oss",
        "eventTime": record.origin.milliseconds,
        "eventVersion": "1.0",
    }


def _oss(record: OssRecord, meta: dict[str, Any], bucket: dict[str, str]) -> dict[str, Any]:
    account = record.origin.account_id
    return {
        "bucket": {
            "arn": _arn(record),
            "name": record.bucket,
            "ownerIdentity": account,
            **bucket,
        },
        "object": {
            "deltaSize": record.size,
            "eTag": record.etag,
            "key": record.key,
            **meta,
            "size": record.size,
        },
        "ossSchemaVersion": "1.0",
        "ruleId": identifier("rule", record.bucket, length=40).lower(),
    }


def _circumstances(record: OssRecord) -> dict[str, Any]:
    return {
        "requestParameters": {"sourceIPAddress": SOURCE_ADDRESS},
        "responseElements": {"requestId": _request_id(record)},
        "userIdentity": {"principalId": record.origin.account_id},
    }


def _arn(record: OssRecord) -> str:
    return f"acs:oss:{record.origin.region}:{record.origin.account_id}:{record.bucket}"


def _request_id(record: OssRecord) -> str:
    made_up = identifier(record.bucket, record.key, record.etag, length=24)
    return record.request_id or made_up
