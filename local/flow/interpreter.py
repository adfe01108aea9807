"""The interpreter of flows, in simulated time: it advances when no branch can continue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.flow.errors import FlowError
from local.flow.states import Invoke, StateMachine
from local.flow.waits import Pause, RunningBranch
from local.jobs.store import TaskReport

TICK = 60.0


@dataclass(frozen=True)
class Execution:
    """The outcome of an execution; `seconds` is its duration in simulated time."""

    status: str
    output: Any = None
    error: str = ""
    detail: str = ""
    seconds: float = 0.0
    history: tuple[str, ...] = ()


@dataclass
class _Clock:
    """The simulated time of an execution, and the reports to CloudFlow."""

    reports: Callable[[], Iterable[TaskReport]]
    now: float = 0.0
    known: dict[str, TaskReport] = field(default_factory=dict)

    def report(self, token: str) -> TaskReport | None:
        """Return the first report for a task token, or None."""
        return self.known.get(token)

    def update(self) -> None:
        """Read new reports; one that the service refuses ends no wait."""
        for report in self.reports():
            if not report.refusal:
                self.known.setdefault(report.task_token, report)


class FlowInterpreter:
    """Runs a definition.

    `reports` returns all reports to CloudFlow so far. `tick` is called for every simulated minute,
    so that timers can fire. `deliver` makes what a step gets of the output that was reported, since
    the manual does not say whether it is wrapped. An execution that has not ended after `patience`
    simulated seconds is `TimedOut`.
    """

    def __init__(
        self,
        definition: Mapping[str, Any],
        invoke: Invoke,
        reports: Callable[[], Iterable[TaskReport]],
        tick: Callable[[float], None] = lambda _now: None,
        patience: float = 7 * 86_400,
        *,
        deliver: Callable[[Any], Any] = lambda output: output,
    ) -> None:
        self._definition = definition
        self._invoke = invoke
        self._reports = reports
        self._tick = tick
        self._deliver = deliver
        self._patience = min(patience, definition.get("Timeout", patience))

    def run(self, given: Mapping[str, Any]) -> Execution:
        """Run an execution to its end."""
        clock = _Clock(self._reports)
        machine = StateMachine(clock, self._invoke, self._deliver)
        whole = RunningBranch(machine.scope(self._definition, dict(given)), Pause(0))
        while True:
            clock.update()
            whole.resume(clock)
            if whole.ended or clock.now >= self._patience:
                return self._ended(whole, clock.now, tuple(machine.history))
            self._advance(clock, whole)

    def _advance(self, clock: _Clock, whole: RunningBranch) -> None:
        """Advance to the next minute, or to the end of the shortest wait if that is sooner."""
        clock.update()
        if whole.wait.over(clock):
            return
        clock.now = min(clock.now + TICK, max(whole.wait.until, clock.now))
        self._tick(clock.now)

    def _ended(self, whole: RunningBranch, now: float, history: tuple[str, ...]) -> Execution:
        if whole.error:
            error: FlowError = whole.error
            return Execution("Failed", None, error.code, error.detail, now, history)
        status = "Succeeded" if whole.ended else "TimedOut"
        return Execution(status, whole.output, seconds=now, history=history)
