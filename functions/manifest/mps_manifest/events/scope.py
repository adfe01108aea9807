"""The context that envelopes provide for decoding their contents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from mps_manifest.events.items import OnPending, Unusable
from mps_manifest.settings import Api

MAX_NESTING = 8


class Scope(NamedTuple):
    """The position of a value in its event.

    `direct` is true for a body that a caller passed (and can correct), false for one that a
    trigger delivered; `raw` is the smallest piece so far, unchanged.
    """

    origin: str
    raw: str | bytes
    direct: bool = False
    on_pending: OnPending = "park"
    api: Api | None = None
    depth: int = 0
    event_time: float | None = None

    def inside(self, origin: str, raw: str | bytes | None = None, **changes: Any) -> Scope:
        """Return the scope inside an envelope: by default delivered, not passed by a caller."""
        return self._replace(
            origin=origin,
            raw=self.raw if raw is None else raw,
            direct=changes.pop("direct", False),
            on_pending=changes.pop("on_pending", "park"),
            depth=self.depth + 1,
            **changes,
        )

    def unusable(self, reason: str) -> Unusable:
        """Return this piece as unusable."""
        return Unusable(self.raw, reason, self.origin)


def parse_time(value: object) -> float | None:
    """Parse a time in ISO 8601 or milliseconds since the epoch; return None for anything else."""
    if isinstance(value, int | float):
        return value / 1000
    try:
        parsed = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    return parsed.timestamp() if parsed.tzinfo else None


def text_at(value: object, *path: str) -> str:
    """Return the string at a path of keys; the empty string where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""
