"""Measure how CPU time grows with a hostile input."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

SMALL, LARGE = 30_000, 1_000_000
"""Sizes in bytes, characters or elements, whatever the input is made of."""
NOTHING = 0.02
"""Seconds of CPU for a small input: below them even the square of the size does no harm."""
DOUBLING = 3.0
"""What doubling the input may cost: twice, and something for caches and the garbage collector."""
LONGEST = 6.0
"""Seconds of CPU for a large input."""
_TRIES = 4


def hide_others() -> None:
    """Have the collector of garbage look only at what is made from now on.

    Else a reader that makes many objects costs what all tests before have left in the process. What
    is there stays out of its sight afterwards, as all tests do (tests/conftest.py).
    """
    gc.collect()
    gc.freeze()


def cpu_time(read: Callable[[Any], object], given: Any, best_of: int = 2) -> float:
    """Return the least CPU time of several readings of the same input."""
    times = []
    hide_others()
    for _ in range(best_of):
        start = time.thread_time()
        read(given)
        times.append(time.thread_time() - start)
    return min(times)


def growth(make: Callable[[int], Any], read: Callable[[Any], object], size: int = SMALL) -> str:
    """Return what is wrong with the growth of the cost of reading; nothing where it is linear.

    Inputs of a quarter, a half and the whole of the size are read once; again, and oftener, where
    that looks as if it were not.
    """
    first = cpu_time(read, make(size), 1)
    if first <= NOTHING:
        return ""
    if first > LONGEST:
        return f"{first:.1f} s for {size}"
    for number in range(_TRIES):
        times = [cpu_time(read, make(part), 1 + number) for part in (size // 4, size // 2)]
        if number:
            first = min(first, cpu_time(read, make(size), 1))
        times.append(first)
        ratios = [later / max(one, NOTHING) for one, later in pairwise(times)]
        if max(ratios) <= DOUBLING:
            return ""
    return " -> ".join(f"{seconds * 1000:.1f} ms" for seconds in times)


def too_long(make: Callable[[int], Any], read: Callable[[Any], object], size: int = LARGE) -> str:
    """Return what is wrong with the cost of a large input; nothing where it is bearable."""
    seconds = cpu_time(read, make(size), 1)
    return "" if seconds <= LONGEST else f"{seconds:.1f} s for {size}"
