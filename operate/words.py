"""Numbers and times as people read them."""

from __future__ import annotations

from datetime import datetime, timezone

_UNITS = ((172_800, 86_400, "d"), (7_200, 3_600, "h"), (120, 60, "min"))


def duration(seconds: float) -> str:
    """Return a duration in the largest unit of which there are two or more."""
    whole = max(0, round(seconds))
    for least, unit, name in _UNITS:
        if whole >= least:
            return f"{whole // unit} {name}"
    return f"{whole} s"


def moment(seconds: float) -> str:
    """Return a time since the epoch as records have it."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def number(count: int) -> str:
    """Return a number with its thousands set apart."""
    return f"{count:,}"


def compact(seconds: float) -> str:
    """Return a time since the epoch as keys have it."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y%m%dT%H%M%SZ")
