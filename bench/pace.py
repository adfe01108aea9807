"""How fast the machine is at the moment: on a shared one that changes by the hour."""

from __future__ import annotations

import time

_NUMBERS = 3_000_000
_TIMES = 3


def pace() -> float:
    """Return the seconds that Python takes for a fixed sum on one core, the least of three."""
    return min(_sum() for _ in range(_TIMES))


def _sum() -> float:
    start = time.perf_counter()
    sum(number * number for number in range(_NUMBERS))
    return time.perf_counter() - start
