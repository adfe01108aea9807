"""Numbers and times in requests."""

import re
from datetime import timezone
from email.utils import parsedate_to_datetime

_DECIMAL = re.compile(r"[0-9]{1,18}")


def decimal(text: str) -> int | None:
    """Return a number of up to 18 ASCII digits, or None.

    `str.isdigit` takes digits that `int` refuses, such as ², and `int` refuses very long numbers.
    """
    return int(text) if _DECIMAL.fullmatch(text) else None


def http_time(text: str) -> float | None:
    """Return the Unix time of a date in the form of HTTP, or None if it is none.

    None, too, for a time that cannot be written in UTC with a year of four digits.
    """
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:  # so is what ends in -0000
            moment = moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc).timestamp()
    except (ValueError, OverflowError):
        return None
