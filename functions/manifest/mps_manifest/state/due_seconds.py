"""The classes of the backlog, as the due times of its keys show them without being read.

Bulk entries become due at whole ten seconds, urgent ones never do. (docs/decisions/17)
"""

from __future__ import annotations

from math import ceil

BULK_SECONDS = 10
"""Bulk entries become due at multiples of so many seconds since the epoch."""


def due_second(moment: float, *, bulk: bool) -> int:
    """Return the first second of a class at or after a moment."""
    if bulk:
        return ceil(moment / BULK_SECONDS) * BULK_SECONDS
    second = ceil(moment)
    return second + 1 if is_bulk_second(second) else second


def is_bulk_second(second: float) -> bool:
    """Return whether entries that are due at this second are bulk."""
    return int(second) % BULK_SECONDS == 0
