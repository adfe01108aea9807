"""Count calls in any second, and order delays: what the table of the system is made of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence


def busiest_second(moments: Iterable[float]) -> int:
    """Return the most moments in any window of one second, wherever it starts.

    Moments are in seconds. Of two that are exactly one second apart a window has only one, as the
    quota counts them (local/jobs/quota.py).
    """
    ordered = sorted(moments)
    most = first = 0
    for last, moment in enumerate(ordered):
        while ordered[first] <= moment - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the least value that so many percent of the values do not exceed (nearest rank).

    Raises ValueError without values.
    """
    if not values:
        raise ValueError("there is no percentile of nothing")
    rank = math.ceil(len(values) * percent / 100)
    return sorted(values)[max(rank, 1) - 1]
