"""Conditions that a branch of an execution waits for."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from local.flow.errors import FlowError

FOREVER = float("inf")


class ExecutionContext(Protocol):
    """The time of an execution, in its own seconds, and the reports to CloudFlow."""

    now: float

    def report(self, token: str) -> Any:
        """Return the report for a task token, or None."""


class Wait(Protocol):
    """A condition that ends a branch's wait."""

    @property
    def until(self) -> float:
        """The latest time at which the wait ends, in the execution's seconds."""

    def over(self, context: ExecutionContext) -> bool:
        """Return whether the wait has ended."""


Branch = Generator[Wait, None, Any]


@dataclass(frozen=True)
class Pause:
    """A wait until a time."""

    until: float

    def over(self, context: ExecutionContext) -> bool:
        """Return whether the time has come."""
        return context.now >= self.until


@dataclass(frozen=True)
class Callback:
    """A wait for the report of a task token."""

    token: str
    until: float = FOREVER

    def over(self, context: ExecutionContext) -> bool:
        """Return whether the report has arrived or the wait has timed out."""
        return context.now >= self.until or context.report(self.token) is not None


@dataclass
class RunningBranch:
    """A branch with its current wait, and its output or error."""

    branch: Branch
    wait: Wait = field(default_factory=lambda: Pause(0))
    ended: bool = False
    output: Any = None
    error: FlowError | None = None

    def resume(self, context: ExecutionContext) -> None:
        """Run until the branch waits or ends."""
        while not self.ended and self.wait.over(context):
            try:
                self.wait = next(self.branch)
            except StopIteration as end:  # noqa: PERF203 - the end of a generator
                self.ended, self.output = True, end.value
            except FlowError as error:
                self.ended, self.error = True, error


@dataclass(frozen=True)
class AnyOf:
    """A wait for the first of several branches."""

    branches: Sequence[RunningBranch]

    @property
    def until(self) -> float:
        """The latest time at which one of them can continue."""
        return min(running.wait.until for running in self.branches)

    def over(self, context: ExecutionContext) -> bool:
        """Return whether one of them can continue."""
        return any(running.wait.over(context) for running in self.branches)


def gather(branches: Sequence[Branch], limit: int, context: ExecutionContext) -> Branch:
    """Run branches concurrently, at most `limit` at a time; returns their outputs in order.

    Raises the first error; the other branches are abandoned then, as in CloudFlow's Map.
    """
    all_branches = [RunningBranch(branch) for branch in branches]
    while True:
        active = [running for running in all_branches if not running.ended][:limit]
        if not active:
            return [running.output for running in all_branches]
        for running in active:
            running.resume(context)
            if running.error:
                raise running.error
        blocked = [running for running in active if not running.ended]
        if len(blocked) == len(active):
            yield AnyOf(blocked)
