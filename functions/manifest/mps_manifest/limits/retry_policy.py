"""Every number that controls retries, in one place."""

from __future__ import annotations

import random
from typing import NamedTuple


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


DEFAULT_POLICY = RetryPolicy()
