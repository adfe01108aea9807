"""The account's quota of calls per second."""

from collections import deque


class Quota:
    """Admits at most `per_second` calls in any second; None means no limit."""

    def __init__(self, per_second: int | None) -> None:
        self.per_second = per_second
        self._admitted: deque[float] = deque()

    def admits(self, now: float) -> bool:
        """Return whether a call is admitted at a time (monotonic seconds), and count it then."""
        if self.per_second is None:
            return True
        while self._admitted and self._admitted[0] <= now - 1.0:
            self._admitted.popleft()
        if len(self._admitted) >= self.per_second:
            return False
        self._admitted.append(now)
        return True

    def clear(self) -> None:
        """Delete the record of admitted calls."""
        self._admitted.clear()
