"""How long an invocation may work before it must have parked what is left."""

from __future__ import annotations

from mps_manifest.ports import Clock
from mps_manifest.values import dataclass

_LONGEST_CALL = 10.0
_SHORTEST_CALL = 0.25
_CALLS_PER_TIMEOUT = 15


@dataclass(frozen=True)
class Deadline:
    """The end of an invocation, in monotonic seconds, and what must not start when it is near.

    A call may wait `call_limit` for its connection and as long again for its answer. Work that
    starts just before `work_until` may need one call to end and one to park the job; what is
    still waiting then is parked, until `write_until`, and the answer is given before the platform
    kills the process.
    """

    clock: Clock
    end: float
    call_limit: float
    start: float

    @classmethod
    def after(cls, clock: Clock, timeout: float) -> Deadline:
        """Start counting now; `timeout` is the platform's, in seconds."""
        limit = min(_LONGEST_CALL, max(_SHORTEST_CALL, timeout / _CALLS_PER_TIMEOUT))
        start = clock.monotonic()
        return cls(clock, start + timeout, limit, start)

    @property
    def mostly_left(self) -> bool:
        """Tell whether more than half of the time for work is still to come."""
        return self.left() > (self.work_until - self.start) / 2

    @property
    def work_until(self) -> float:
        """No new work starts after this moment."""
        return self.end - 5 * self.call_limit

    @property
    def park_until(self) -> float:
        """No new job is even parked after this moment."""
        return self.end - 3.25 * self.call_limit

    @property
    def write_until(self) -> float:
        """No write starts after this moment: it could take longer than there is time."""
        return self.end - 2.25 * self.call_limit

    @property
    def answer_until(self) -> float:
        """The answer is given by now, whatever still hangs."""
        return self.end - 0.25 * self.call_limit

    @property
    def over(self) -> bool:
        """Tell whether it is too late to start something."""
        return self.passed(self.work_until)

    def passed(self, moment: float) -> bool:
        """Tell whether a moment (monotonic seconds) is over."""
        return self.clock.monotonic() >= moment

    def left(self) -> float:
        """Seconds in which work may still start; never negative."""
        return max(0.0, self.work_until - self.clock.monotonic())
