"""Numbers and times in requests."""

import re
from email.utils import parsedate_to_datetime

_DECIMAL = re.compile(r"[0-9]{1,18}")


def decimal(text: str) -> int | None:
    """Return a number of up to 18 ASCII digits, or None.

    `str.isdigit` takes digits that `int` refuses, such as ², and `int` refuses very long numbers.
    """
    return int(text) if _DECIMAL.fullmatch(text) else None


def http_time(text: str) -> float | None:
    """Return the Unix time of a date in the form of HTTP, or None if it is none."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):  # the latter for hours and years without end
        return None
