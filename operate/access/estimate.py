"""Estimate how many job IDs there are, from a random part of them.

IDs of both APIs are hexadecimal and random, so keys below prefixes of a few digits are about
equally many. Where they are not, the spread of the counts shows it, and there is no estimate.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import Executor

from operate.access.survey import Pages, within

FEWEST = 200_000
"""Up to so many keys are listed: that takes a second or two."""
PARTS = 128
"""Prefixes that are listed. They have 40 to 600 keys each, so the error is below one percent."""
_KEYS_OF_A_PART = 600
_WORST_ERROR = 0.02
"""The standard error, of the total, above which all is listed."""
_MOST_OF_A_PART = 5_000
_BETWEEN = (("", "0"), (":", "a"), ("g", ""))
"""Where keys are that begin with no such digit: they are listed whole."""


def estimate(
    pages: Pages,
    prefix: str,
    is_counted: Callable[[str], bool],
    note: Callable[[Sequence[str]], None],
    threads: Executor,
) -> int | None:
    """Return about how many of the keys count, and have those that were listed noted.

    None where all have to be listed to tell, since they are few or unlike random digits; then none
    is noted. Raises ServiceError.
    """
    expected = 0.0
    if pages(prefix, "").more:
        dense = pages(prefix, f"{prefix}/")  # so those that begin with a digit, or a letter
        expected = _expected(prefix, dense.keys) if dense.more else 0.0
    if expected < FEWEST:
        return None
    digits = math.ceil(math.log(expected / _KEYS_OF_A_PART, 16))
    of_all: int = pow(16, digits)
    chosen = random.sample(range(of_all), PARTS)
    parts = [f"{prefix}{number:0{digits}x}" for number in chosen]
    found = [*threads.map(lambda part: _keys_of(pages, part, is_counted), parts)]
    counts = [len(keys) for keys in found]
    mean = statistics.fmean(counts)
    error = statistics.stdev(counts) / math.sqrt(PARTS)
    if mean * of_all < FEWEST or error > _WORST_ERROR * mean:
        return None
    others = 0
    for after, until in _BETWEEN:
        end = prefix + until if until else ""
        for page in within(pages, prefix, prefix + after if after else "", end):
            counted = [key for key in page if is_counted(key)]
            others += len(counted)
            note(counted)
    for keys in found:
        note(keys)
    return others + round(mean * of_all)


def _expected(prefix: str, keys: Sequence[str]) -> float:
    """Return how many keys there are if all are as dense as the first ones."""
    leading = keys[-1][len(prefix) :][:8]
    try:
        reached = (int(leading, 16) + 1) / float(16 ** len(leading))
    except ValueError:
        return 0.0
    return float(len(keys) / reached)


def _keys_of(pages: Pages, part: str, is_counted: Callable[[str], bool]) -> list[str]:
    """Return the keys of a part; of one that is far too large only the first, which show it."""
    found: list[str] = []
    for keys in within(pages, part):
        found += filter(is_counted, keys)
        if len(found) > _MOST_OF_A_PART:
            break
    return found
