"""What a branch of an execution waits for."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from local.flow.errors import FlowError

FOREVER = float("inf")


class World(Protocol):
    """What a wait may look at."""

    now: float

    def report(self, token: str) -> Any:
        """Give what was reported for a token, or None."""


class Wait(Protocol):
    """Something that will be over."""

    @property
    def until(self) -> float:
        """Say when at the latest, in the world's seconds."""

    def over(self, world: World) -> bool:
        """Tell whether the branch can go on."""


Branch = Generator[Wait, None, Any]


@dataclass(frozen=True)
class Pause:
    """A time."""

    until: float

    def over(self, world: World) -> bool:
        """Tell whether it has come."""
        return world.now >= self.until


@dataclass(frozen=True)
class Callback:
    """A report for a token."""

    token: str
    until: float = FOREVER

    def over(self, world: World) -> bool:
        """Tell whether it was reported, or is too late."""
        return world.now >= self.until or world.report(self.token) is not None


@dataclass
class Running:
    """A branch, what it waits for, and what became of it."""

    branch: Branch
    wait: Wait = field(default_factory=lambda: Pause(0))
    ended: bool = False
    output: Any = None
    fault: FlowError | None = None

    def go_on(self, world: World) -> None:
        """Run as far as it goes."""
        while not self.ended and self.wait.over(world):
            try:
                self.wait = next(self.branch)
            except StopIteration as end:  # noqa: PERF203 - the end of a generator
                self.ended, self.output = True, end.value
            except FlowError as fault:
                self.ended, self.fault = True, fault


@dataclass(frozen=True)
class AnyOf:
    """Whatever the first of several branches waits for."""

    branches: Sequence[Running]

    @property
    def until(self) -> float:
        """Say when the first of them goes on at the latest."""
        return min(running.wait.until for running in self.branches)

    def over(self, world: World) -> bool:
        """Tell whether one of them can go on."""
        return any(running.wait.over(world) for running in self.branches)


def gather(branches: Sequence[Branch], limit: int, world: World) -> Branch:
    """Run branches side by side, `limit` at a time; gives their outputs in order.

    Raises the first fault; the others are given up then, as CloudFlow gives up a Map.
    """
    all_of_them = [Running(branch) for branch in branches]
    while True:
        open_ones = [running for running in all_of_them if not running.ended][:limit]
        if not open_ones:
            return [running.output for running in all_of_them]
        for running in open_ones:
            running.go_on(world)
            if running.fault:
                raise running.fault
        blocked = [running for running in open_ones if not running.ended]
        if len(blocked) == len(open_ones):
            yield AnyOf(blocked)
