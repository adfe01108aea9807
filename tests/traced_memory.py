"""Measure the memory that Python takes for something, in a process that others use as well."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable


def least_peak(work: Callable[[], object], tries: int = 4) -> int:
    """Return the most bytes that were taken at once while something was done.

    The least of several tries: what other threads of the process take meanwhile is counted, too,
    and so is what is made only the first time.
    """
    gc.collect()
    return min(peak(work) for _ in range(tries))


def peak(work: Callable[[], object]) -> int:
    """Return the most bytes that were taken at once while something was done, by any thread."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
