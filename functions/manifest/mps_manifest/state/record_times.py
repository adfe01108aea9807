"""The times in records: UTC, in whole seconds, as people read them."""

from __future__ import annotations

from datetime import datetime, timezone

_TIME = "%Y-%m-%dT%H:%M:%SZ"


def record_time(moment: float) -> str:
    """Return the text of a moment, in seconds since the epoch."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime(_TIME)


def record_moment(text: object) -> float:
    """Return the moment of a text, in seconds since the epoch. Raises ValueError for others."""
    return datetime.strptime(str(text), _TIME).replace(tzinfo=timezone.utc).timestamp()
