"""Limit the rate of query calls of this instance."""

from __future__ import annotations

import threading
from collections import deque

from mps_manifest.ports import Clock

_SLOWEST = 1 / 16
_STEP_UP = 1 / 64
_CATCH_UP = 5


class RateLimiter:
    """Permits that keep the number of calls in every second within the rate, wherever measured.

    A permit is acquired before a call and is free again one second after its *answer*. The service
    sees a call between the two, so no second has more calls than there are permits, wherever it is
    measured and however threads are delayed. Starts are also spread evenly, so that an instance
    that replaces another one does not add a burst to its predecessor's last second.

    A throttled answer halves the pace, and each other answer raises it again by a small step.

    Each waiting thread sleeps until its own slot. If all slept until the next permit is free, each
    permit would wake all of them, and only one would get it.
    """

    def __init__(self, rate: float, clock: Clock) -> None:
        self._clock = clock
        self._permits = max(1, int(rate))
        self._hold = max(1.0, 1 / rate)
        self._spacing = self._hold / self._permits
        self._free_at: deque[float] = deque()
        self._running = 0
        self._next_start = 0.0
        self._pace = 1.0
        self._arrived = self._departed = 0
        self._lock = threading.Lock()

    def capacity(self, seconds: float) -> int:
        """Return the number of calls that may start within so many seconds; at least one."""
        return max(1, int(self._permits / self._hold * seconds))

    def acquire(self, timeout: float) -> bool:
        """Wait for a permit; return False if there will be none within `timeout` seconds."""
        until = self._clock.monotonic() + timeout
        with self._lock:
            place = self._arrived
            self._arrived += 1
        while True:
            with self._lock:
                now = self._clock.monotonic()
                wait = self._wait(now, max(0, place - self._departed))
                if wait <= 0:
                    self._departed += 1
                    self._running += 1
                    self._next_start = self._schedule(now) + self._spacing / self._pace
                    return True
                if now + wait > until:
                    self._departed += 1
                    return False
            self._clock.sleep(wait)

    def release(self, *, throttled: bool) -> None:
        """Release the permit of a call that has ended; slow down if it was throttled."""
        with self._lock:
            self._running -= 1
            self._free_at.append(self._clock.monotonic() + self._hold)
            faster = min(1.0, self._pace + _STEP_UP)
            self._pace = max(_SLOWEST, self._pace / 2) if throttled else faster

    def _schedule(self, now: float) -> float:
        """Return when this start was due, so that one that is a little late does not delay others.

        After a longer pause the schedule restarts now.
        """
        late = now - self._next_start
        return self._next_start if late < _CATCH_UP * self._spacing else now

    def _wait(self, now: float, ahead: int) -> float:
        """Return the seconds until a call may start if `ahead` others start before it."""
        while self._free_at and self._free_at[0] <= now:
            self._free_at.popleft()
        wait = self._next_start + ahead * self._spacing / self._pace - now
        missing = self._running + len(self._free_at) + ahead + 1 - self._permits
        if missing <= 0:
            return wait
        if missing <= len(self._free_at):
            return max(wait, self._free_at[missing - 1] - now)
        return max(wait, self._spacing)  # the permit belongs to a call that is not answered yet
