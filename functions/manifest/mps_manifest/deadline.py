"""How long an invocation may work before it must have parked what is left."""

from __future__ import annotations

from dataclasses import dataclass

from mps_manifest.ports import Clock

_LONGEST_CALL = 10.0
_SHORTEST_CALL = 0.25
_CALLS_PER_TIMEOUT = 12


@dataclass(frozen=True)
class Deadline:
    """The end of an invocation, in monotonic seconds.

    A call that starts just before `work_until` may wait `call_limit` for its connection and as
    long again for its answer, and so may the write that parks the job: the reserve is four of
    them and a little for the answer.
    """

    clock: Clock
    end: float
    call_limit: float

    @classmethod
    def after(cls, clock: Clock, timeout: float) -> Deadline:
        """Start counting now; `timeout` is the platform's, in seconds."""
        limit = min(_LONGEST_CALL, max(_SHORTEST_CALL, timeout / _CALLS_PER_TIMEOUT))
        return cls(clock, clock.monotonic() + timeout, limit)

    @property
    def work_until(self) -> float:
        """No new work starts after this moment."""
        return self.end - 4.25 * self.call_limit

    @property
    def park_until(self) -> float:
        """No new job is even parked after this moment."""
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
