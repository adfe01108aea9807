"""An execution of a flow, in time that passes only when no branch can go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.flow.errors import FlowError
from local.flow.states import Invoke, Machine
from local.flow.waits import Pause, Running
from local.jobs.store import TaskReport

TICK = 60.0


@dataclass(frozen=True)
class Execution:
    """What became of an execution; `seconds` is how long it took in its own time."""

    status: str
    output: Any = None
    error: str = ""
    detail: str = ""
    seconds: float = 0.0
    history: tuple[str, ...] = ()


@dataclass
class _Clock:
    """The world of an execution: its time, and what was reported to CloudFlow."""

    reports: Callable[[], Iterable[TaskReport]]
    now: float = 0.0
    known: dict[str, TaskReport] = field(default_factory=dict)

    def report(self, token: str) -> TaskReport | None:
        """Give the first report for a token."""
        return self.known.get(token)

    def look(self) -> None:
        """Fetch what was reported since."""
        for report in self.reports():
            self.known.setdefault(report.task_token, report)


class FlowPlayer:
    """Plays a definition.

    `reports` gives what was reported to CloudFlow so far; `tick` is called for every minute of the
    flow's time, and is where timers fire. An execution that is not over after `patience` seconds
    of its own time ends as `TimedOut`.
    """

    def __init__(
        self,
        definition: Mapping[str, Any],
        invoke: Invoke,
        reports: Callable[[], Iterable[TaskReport]],
        tick: Callable[[float], None] = lambda _now: None,
        patience: float = 7 * 86_400,
    ) -> None:
        self._definition = definition
        self._invoke = invoke
        self._reports = reports
        self._tick = tick
        self._patience = min(patience, definition.get("Timeout", patience))

    def play(self, given: Mapping[str, Any]) -> Execution:
        """Start an execution and play it to its end."""
        clock = _Clock(self._reports)
        machine = Machine(clock, self._invoke)
        whole = Running(machine.scope(self._definition, dict(given)), Pause(0))
        while True:
            clock.look()
            whole.go_on(clock)
            if whole.ended or clock.now >= self._patience:
                return self._ended(whole, clock.now, tuple(machine.history))
            self._let_time_pass(clock, whole)

    def _let_time_pass(self, clock: _Clock, whole: Running) -> None:
        """Go to the next minute, or to the moment somebody waits for if that is sooner."""
        clock.look()
        if whole.wait.over(clock):
            return
        clock.now = min(clock.now + TICK, max(whole.wait.until, clock.now))
        self._tick(clock.now)

    def _ended(self, whole: Running, now: float, history: tuple[str, ...]) -> Execution:
        if whole.fault:
            fault: FlowError = whole.fault
            return Execution("Failed", None, fault.code, fault.detail, now, history)
        status = "Succeeded" if whole.ended else "TimedOut"
        return Execution(status, whole.output, seconds=now, history=history)
