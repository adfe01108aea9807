"""The interval of the sweep's schedule."""

from __future__ import annotations

import re

_EVERY = re.compile(r"@every ([1-9][0-9]*)([mh])")
_CRON = re.compile(r"(?:CRON_TZ=\S+ )?0 (?:\*|(?:0|\*)/([1-9][0-9]?)) \* \* \* [*?]")


def minutes_between(schedule: str) -> int | None:
    """Return the minutes between two ticks; None for a cron expression without one interval."""
    every = _EVERY.fullmatch(schedule)
    if every:
        return int(every[1]) * (60 if every[2] == "h" else 1)
    cron = _CRON.fullmatch(schedule)
    if cron and (cron[1] is None or 60 % int(cron[1]) == 0):
        return int(cron[1] or 1)
    return None
