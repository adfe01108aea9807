"""What a decoder has to know of the envelopes it is inside of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from mps_manifest.events.items import OnPending, Unusable
from mps_manifest.settings import Api

MAX_NESTING = 8


class Scope(NamedTuple):
    """Where a value stands in its event.

    `direct` holds for a body that was not delivered by a trigger but given by a caller, who can
    mend it; `raw` is the smallest piece so far, as it came.
    """

    origin: str
    raw: str | bytes
    direct: bool = False
    on_pending: OnPending = "park"
    api: Api | None = None
    depth: int = 0
    event_time: float | None = None

    def inside(self, origin: str, raw: str | bytes | None = None, **changes: Any) -> Scope:
        """Step into an envelope: what is inside was delivered, not given by a caller."""
        return self._replace(
            origin=origin,
            raw=self.raw if raw is None else raw,
            direct=changes.pop("direct", False),
            on_pending=changes.pop("on_pending", "park"),
            depth=self.depth + 1,
            **changes,
        )

    def unusable(self, reason: str) -> Unusable:
        """Give up on this piece."""
        return Unusable(self.raw, reason, self.origin)


def parse_time(value: object) -> float | None:
    """Read a time: ISO 8601, or milliseconds since the epoch; None where it is neither."""
    if isinstance(value, int | float):
        return value / 1000
    try:
        parsed = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    return parsed.timestamp() if parsed.tzinfo else None


def text_at(value: object, *path: str) -> str:
    """Follow keys through objects; the empty text where there is no text at the end."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""
