"""How long an invocation may work before it must park what is left."""

from __future__ import annotations

from mps_manifest.ports import Clock

_LONGEST_CALL = 10.0
_SHORTEST_CALL = 0.25
_CALLS_PER_TIMEOUT = 15
# the latest moments, in units of the longest call before the end (docs/decisions, 7 and 14)
_LAST_WORK, _LAST_PARKING, _LAST_CALL, _ANSWER = 5, 3.25, 2.25, 0.25


class Deadline:
    """The end of an invocation, and what may still start before it.

    No step of a call waits longer than `call_limit` seconds, and no call takes longer than twice
    that. Work that starts at the last moment ends or is given up in time to park its job; jobs
    that wait then are parked as long as calls may start, and the answer is returned before the
    platform kills the process.
    """

    def __init__(self, clock: Clock, timeout: float) -> None:
        """Start now; `timeout` is the platform's, in seconds."""
        self.clock = clock
        self.call_limit = min(_LONGEST_CALL, max(_SHORTEST_CALL, timeout / _CALLS_PER_TIMEOUT))
        self._start = clock.monotonic()
        self._end = self._start + timeout

    def may_ask(self, parking: float = 0.0) -> bool:
        """Return whether new work may start if parking the waiting jobs takes `parking` seconds."""
        return self.left() > 0 and self._before(_LAST_PARKING) > parking

    def may_park(self) -> bool:
        """Return whether a job that was not started may still be parked."""
        return self._before(_LAST_PARKING) > 0

    def may_park_another(self) -> bool:
        """Return whether a job more may be taken, which may have to be parked at once."""
        return self.until_parking() > self.call_limit / 2

    def may_pause(self, seconds: float) -> bool:
        """Return whether work may still start after a pause."""
        return seconds <= self.left()

    def may_ask_and_leave(self, seconds: float) -> bool:
        """Return whether work may start while so many seconds remain for other work."""
        return self.left() > seconds

    def until_parking(self, parking: float = 0.0) -> float:
        """Return the seconds until jobs must be parked, which takes `parking` seconds.

        What still hangs when nothing is left is given up.
        """
        return max(0.0, self._before(_LAST_PARKING) - parking)

    def may_call(self) -> bool:
        """Return whether a call may start: it ends in time even if it takes the longest."""
        return self._before(_LAST_CALL) > 0

    def may_write(self) -> bool:
        """Return whether a write may start, as any other call."""
        return self.may_call()

    def left(self) -> float:
        """Return the seconds during which work may still start; never negative."""
        return max(0.0, self._before(_LAST_WORK))

    def until_answer(self) -> float:
        """Return the seconds until the answer must be returned, whatever still hangs."""
        return max(0.0, self._before(_ANSWER))

    @property
    def mostly_left(self) -> bool:
        """Whether more than half of the time for work is left."""
        return self.left() > (self._moment(_LAST_WORK) - self._start) / 2

    def _moment(self, calls: float) -> float:
        return self._end - calls * self.call_limit

    def _before(self, calls: float) -> float:
        """Return the seconds until `calls` longest calls before the end."""
        return self._moment(calls) - self.clock.monotonic()
