"""Implement the Clock port."""

from __future__ import annotations

import time


class SystemClock:
    """The Clock port over the system's clocks."""

    def now(self) -> float:
        """Return the seconds since the epoch (UTC)."""
        return time.time()

    def monotonic(self) -> float:
        """Return the seconds of a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep for so many seconds."""
        time.sleep(seconds)
