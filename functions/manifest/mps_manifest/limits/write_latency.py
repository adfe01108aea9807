"""Measure how long writes take, so that parking starts early enough."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mps_manifest.ports import Clock

FIRST_GUESS = 0.02
_WEIGHT = 0.2
_MARGIN = 1.5


class WriteLatency:
    """A moving average over the writes of an invocation: `seconds` per write."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds = FIRST_GUESS

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure one write, even if it fails."""
        start = self._clock.monotonic()
        try:
            yield
        finally:
            took = self._clock.monotonic() - start
            self.seconds += _WEIGHT * (took - self.seconds)

    def estimate(self, writes: int, threads: int) -> float:
        """Return the seconds that so many writes take, with a margin."""
        return writes * self.seconds / threads * _MARGIN
