"""The tries and pauses of queries, locks and parked work, in one place."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

_LOOKS = 4
"""Looks by which the span of what is known of an algorithm's durations is cut."""
_OUTLIERS = 20
"""One in so many durations at either end is not counted on."""
_SMALLEST_STEP, _LARGEST_STEP = 1.08, 2.0
_OVERDUE_STEP = 1.25
"""The step for a job that takes longer than any before, up to twice as long."""
_JITTER = 0.02
_SHORTEST = 1.0
_ROUNDED_UP = 0.5
"""Seconds by which whole seconds are later than what is rounded up to them, on average."""


class RetryPolicy(NamedTuple):
    """The numbers of tries, and pauses in seconds.

    Query calls and locks are retried within an invocation, parked jobs by later ones.
    """

    query_tries: int = 3
    first_pause: float = 0.2
    pause_factor: float = 4
    longest_pause: float = 5.0
    lock_tries: int = 5
    lock_pause: float = 0.4
    first_delay: float = 15.0
    longest_delay: float = 900.0
    first_look: float = 5.0
    """After so many seconds a job that runs is looked at, where nothing is known of its algorithm.
    """
    look_again: float = 3600.0
    """How long a partial manifest is collected again, in case missing files appear."""

    def query_pause(self, calls: int) -> float:
        """Return the pause after so many calls for one job, with full jitter."""
        highest = self.first_pause * self.pause_factor ** (calls - 1)
        return random.uniform(0, min(self.longest_pause, highest))

    def lock_wait(self) -> float:
        """Return the pause before trying again to acquire a lock, with full jitter."""
        return random.uniform(0, self.lock_pause)

    def parked_delay(self, step: int) -> float:
        """Return the delay of a parked job after `step` tries in vain, with jitter."""
        highest = min(self.longest_delay, self.first_delay * 2 ** min(step + 1, 10))
        return random.uniform(self.first_delay, highest)

    def running_delay(self, age: float, durations: Sequence[float]) -> float:
        """Return the delay of a job that runs since `age` seconds, with a little jitter.

        `durations` are those of jobs of its algorithm, in seconds, sorted. Between the shortest and
        the longest of them the looks are as far apart in proportion: so the manifest is late by the
        same part of a job's duration, whatever that is.
        """
        look = max(2 * age, age + self.first_look)
        if durations:
            left_out = len(durations) // _OUTLIERS
            margin = 1 + 1 / (2 * len(durations))
            low, high = durations[left_out] / margin, durations[-1 - left_out] * margin
            step = min(_LARGEST_STEP, max(_SMALLEST_STEP, (high / low) ** (1 / _LOOKS)))
            if age >= high:
                step = _OVERDUE_STEP if age < 2 * high else _LARGEST_STEP
            look = max(low, age) * step
        delay = (look - age) * random.uniform(1 - _JITTER, 1 + _JITTER)
        return min(self.longest_delay, max(_SHORTEST, delay - _ROUNDED_UP))


DEFAULT_POLICY = RetryPolicy()
