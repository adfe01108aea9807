"""Read when something happened, as the services write it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

# Workflow reports print blanks inside: 2016-03-15T02: 53: 41Z
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d) ?[T ] ?(\d\d): ?(\d\d): ?(\d\d)(?:[.,:](\d{1,9}))?"
    r" ?(?:Z|([+-])(\d\d):?(\d\d))",
    re.ASCII | re.IGNORECASE,
)
_LONGEST = 64
_FIRST_MILLISECONDS = 1e11
"""Read as seconds this is the year 5138, as milliseconds 1973."""
_LATEST = 253_402_300_800.0
"""The year 10000, in seconds since the epoch."""


def parse_time(value: object) -> float | None:
    """Parse a moment to seconds since the epoch; return None for anything that is none.

    It is a number of milliseconds or seconds, also as text, or a text in ISO 8601 with an offset.
    """
    if isinstance(value, str):
        text = value[:_LONGEST].strip()
        found = _ISO.fullmatch(text)
        return _sensible(_iso(*found.groups()) if found else _number(text))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _sensible(value)
    return None


def _sensible(value: float | None) -> float | None:
    """Return a moment in seconds; None where it is not finite, or not after the epoch."""
    if value is None:
        return None
    seconds = value / 1000 if value >= _FIRST_MILLISECONDS else value
    return float(seconds) if 0 < seconds < _LATEST else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _iso(*parts: str | None) -> float | None:
    *date, fraction, sign, hours, minutes = [part or "" for part in parts]
    year, month, day, hour, minute, second = map(int, date)
    ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
        moment += ahead if sign == "-" else -ahead
    except (ValueError, OverflowError):
        return None
    return moment.timestamp() + float(f"0.{fraction or 0}")
