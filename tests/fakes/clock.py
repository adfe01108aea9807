"""Time that passes only when a test lets it."""

from __future__ import annotations

import math
import threading

START = 1_700_000_000.0


class FakeClock:
    """Time that passes only when somebody sleeps, or the test says so."""

    def __init__(self, start: float = START) -> None:
        self.slept: list[float] = []
        self._start = start
        self._passed = 0.0
        self._ahead = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._start + self._passed + self._ahead

    def monotonic(self) -> float:
        return self._passed

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(max(0.0, seconds))

    def jump(self, seconds: float) -> None:
        """Set the wall clock ahead, or back; the monotonic clock goes on as it was."""
        with self._lock:
            self._ahead += seconds

    def pass_by(self, seconds: float) -> None:
        """Advance the time without anybody sleeping.

        However little it is, time goes on: whoever sleeps for the rest of a wait comes to its end.
        """
        with self._lock:
            before = self._passed
            self._passed += seconds
            if seconds > 0 and self._passed == before:
                self._passed = math.nextafter(before, math.inf)
