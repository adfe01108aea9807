"""The origin of an event, and how payloads are encoded."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MORNING = datetime(2026, 1, 15, 8, 30, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Origin:
    """The account, region and time of an event."""

    region: str = "cn-shanghai"
    account_id: str = "1000000000000001"
    time: datetime = MORNING

    @property
    def seconds(self) -> str:
        """The time in UTC, to the second."""
        return self.time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def milliseconds(self) -> str:
        """The time in UTC, to the millisecond."""
        moment = self.time.astimezone(timezone.utc)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"

    @property
    def epoch_milliseconds(self) -> int:
        """The time in milliseconds since 1970."""
        return (self.time - _EPOCH) // timedelta(milliseconds=1)


HERE = Origin()


def encode(payload: Any) -> bytes:
    """Encode a payload as the services do: compact JSON in UTF-8."""
    return encode_text(payload).encode()


def encode_text(payload: Any) -> str:
    """Encode a payload as a JSON string."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def identifier(*parts: object, length: int = 32) -> str:
    """Return an upper-case hexadecimal ID that is the same for the same parts."""
    text = "\n".join(map(str, parts))
    return hashlib.sha256(text.encode()).hexdigest()[:length].upper()
