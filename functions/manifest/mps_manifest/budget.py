"""How many query calls this instance may make, and when the next one may start."""

from __future__ import annotations

import heapq
import threading

from mps_manifest.ports import Clock

_SLOWEST = 1 / 16
_STEP_UP = 1 / 64


class Budget:
    """Permits that keep every second, measured anywhere, within the rate.

    A permit is taken before a call and is free again one second after its *answer*. The service
    sees a call between the two, so no second, wherever it is measured and however threads are
    delayed, holds more calls than there are permits. Starts are also spread evenly, so that an
    instance that follows another one does not add a burst to its predecessor's last second.

    A throttled answer halves the pace, each sound answer brings it back by a small step.
    """

    def __init__(self, rate: float, clock: Clock) -> None:
        self._clock = clock
        self._permits = max(1, int(rate))
        self._hold = max(1.0, 1 / rate)
        self._spacing = self._hold / self._permits
        self._free_at: list[float] = []
        self._running = 0
        self._next_start = 0.0
        self._pace = 1.0
        self._lock = threading.Lock()

    def capacity(self, seconds: float) -> int:
        """How many calls may start within so many seconds; at least one."""
        return max(1, int(self._permits / self._hold * seconds))

    def take(self, until: float) -> bool:
        """Wait for a permit; False if there will be none before `until` (monotonic seconds)."""
        while True:
            with self._lock:
                now = self._clock.monotonic()
                wait = self._wait(now)
                if wait <= 0:
                    self._running += 1
                    self._next_start = max(now, self._next_start) + self._spacing / self._pace
                    return True
            if now + wait > until:
                return False
            self._clock.sleep(wait)

    def give_back(self, *, throttled: bool) -> None:
        """Say that a call was answered (or failed), and whether it was one too many."""
        with self._lock:
            self._running -= 1
            heapq.heappush(self._free_at, self._clock.monotonic() + self._hold)
            better = min(1.0, self._pace + _STEP_UP)
            self._pace = max(_SLOWEST, self._pace / 2) if throttled else better

    def _wait(self, now: float) -> float:
        while self._free_at and self._free_at[0] <= now:
            heapq.heappop(self._free_at)
        wait = self._next_start - now
        if self._running + len(self._free_at) >= self._permits:
            permit = self._free_at[0] - now if self._free_at else self._spacing
            wait = max(wait, permit)
        return wait
