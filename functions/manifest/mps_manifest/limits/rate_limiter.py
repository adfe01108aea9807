"""How many query calls this instance may make, and when the next one may start."""

from __future__ import annotations

import threading
from collections import deque

from mps_manifest.ports import Clock

_SLOWEST = 1 / 16
_STEP_UP = 1 / 64
_CATCH_UP = 5


class RateLimiter:
    """Permits that keep every second, measured anywhere, within the rate.

    A permit is taken before a call and is free again one second after its *answer*. The service
    sees a call between the two, so no second, wherever it is measured and however threads are
    delayed, holds more calls than there are permits. Starts are also spread evenly, so that an
    instance that follows another one does not add a burst to its predecessor's last second.

    A throttled answer halves the pace, each sound answer brings it back by a small step.

    Each waiter sleeps until its own slot: if all slept until the next permit is free, all would
    wake up for each, and one would get it.
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
        self._came = self._went = 0
        self._lock = threading.Lock()

    def capacity(self, seconds: float) -> int:
        """Return how many calls may start within so many seconds; at least one."""
        return max(1, int(self._permits / self._hold * seconds))

    def acquire(self, timeout: float) -> bool:
        """Wait for a permit; return False if there will be none within so many seconds."""
        until = self._clock.monotonic() + timeout
        with self._lock:
            place = self._came
            self._came += 1
        while True:
            with self._lock:
                now = self._clock.monotonic()
                wait = self._wait(now, max(0, place - self._went))
                if wait <= 0:
                    self._went += 1
                    self._running += 1
                    self._next_start = self._schedule(now) + self._spacing / self._pace
                    return True
                if now + wait > until:
                    self._went += 1
                    return False
            self._clock.sleep(wait)

    def release(self, *, throttled: bool) -> None:
        """Free the permit of a call that was answered or failed; slow down if it was throttled."""
        with self._lock:
            self._running -= 1
            self._free_at.append(self._clock.monotonic() + self._hold)
            better = min(1.0, self._pace + _STEP_UP)
            self._pace = max(_SLOWEST, self._pace / 2) if throttled else better

    def _schedule(self, now: float) -> float:
        """Return when this start was due: one that is a little late puts off no others.

        After a pause there is nothing to make up for.
        """
        late = now - self._next_start
        return self._next_start if late < _CATCH_UP * self._spacing else now

    def _wait(self, now: float, ahead: int) -> float:
        """Return the seconds until a call may start, if so many others start before it."""
        while self._free_at and self._free_at[0] <= now:
            self._free_at.popleft()
        wait = self._next_start + ahead * self._spacing / self._pace - now
        missing = self._running + len(self._free_at) + ahead + 1 - self._permits
        if missing <= 0:
            return wait
        if missing <= len(self._free_at):
            return max(wait, self._free_at[missing - 1] - now)
        return max(wait, self._spacing)  # it is that of a call which is not answered yet
