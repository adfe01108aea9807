"""Numbers and times as people read them."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from mps_manifest.parsing.foreign_text import shown
from operate.errors import OperatorError

_UNITS = ((172_800, 86_400, "d"), (7_200, 3_600, "h"), (120, 60, "min"))

_LOOKED_AT = 4_096
"""Characters of a text; a key has a quarter of them."""
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(r"([0-9]{1,7})\s?(s|m|min|h|d)")


def duration(seconds: float) -> str:
    """Return a duration in the largest unit of which there are two or more."""
    whole = max(0, round(seconds))
    for least, unit, name in _UNITS:
        if whole >= least:
            return f"{whole // unit} {name}"
    return f"{whole} s"


def seconds_of(text: str) -> float:
    """Return the seconds of a duration as people write it, as 90s, 30min, 2h or 7d.

    Raises OperatorError for what is none.
    """
    found = _DURATION.fullmatch(text.strip().lower())
    if not found:
        raise OperatorError(f"{text!r} is not a duration.", "Write it as 90s, 30min, 2h or 7d.")
    return float(found[1]) * _SECONDS[found[2]]


def moment(seconds: float) -> str:
    """Return a time since the epoch as records have it."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def number(count: int) -> str:
    """Return a number with its thousands set apart."""
    return f"{count:,}"


def both_ends(text: str, limit: int) -> str:
    """Return a text that may be shown, where it is too long without its middle.

    Keys of one job often have the same beginning.
    """
    clean = shown(text, _LOOKED_AT)
    if len(clean) <= limit:
        return clean
    end = limit // 2
    return f"{clean[: limit - end - 1]}\u2026{clean[-end:]}"


def compact(seconds: float) -> str:
    """Return a time since the epoch as keys have it."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y%m%dT%H%M%SZ")
