"""Limit calls of a service that takes so many at once and so many a second after that."""

from __future__ import annotations

import threading

from mps_manifest.ports import Clock


class TokenBucket:
    """A bucket of `size` tokens, one for each call, that is filled by `rate` tokens a second."""

    def __init__(self, size: float, rate: float, clock: Clock) -> None:
        self._size = max(1.0, size)
        self._rate = rate
        self._clock = clock
        self._tokens = self._size
        self._counted_at = clock.monotonic()
        self._lock = threading.Lock()

    def take(self, timeout: float) -> bool:
        """Wait for a token; return False at once if there is none within `timeout` seconds.

        Whoever waits has a token that is still to come, so that each waits for a time of its own.
        """
        with self._lock:
            now = self._clock.monotonic()
            filled = self._tokens + (now - self._counted_at) * self._rate
            self._tokens, self._counted_at = min(self._size, filled), now
            wait = max(0.0, (1 - self._tokens) / self._rate)
            if wait > timeout:
                return False
            self._tokens -= 1
        if wait:
            self._clock.sleep(wait)
        return True
