"""How long a write takes just now, so that parking what is left starts in time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mps_manifest.ports import Clock
from mps_manifest.values import dataclass

FIRST_GUESS = 0.02
_WEIGHT = 0.2
_MARGIN = 1.5


@dataclass(frozen=False)
class Pace:
    """A moving average over the writes of an invocation, in seconds."""

    clock: Clock
    write_seconds: float = FIRST_GUESS

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure one write, also one that fails."""
        start = self.clock.monotonic()
        try:
            yield
        finally:
            took = self.clock.monotonic() - start
            self.write_seconds += _WEIGHT * (took - self.write_seconds)

    def needed(self, writes: int, threads: int) -> float:
        """Estimate the seconds that so many writes take, with a margin."""
        return writes * self.write_seconds / threads * _MARGIN
