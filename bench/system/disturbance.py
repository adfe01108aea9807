"""Kill and freeze instances while they work."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.system.stack import Stack
from local.fc.instance import Instance


@dataclass(frozen=True)
class Plan:
    """When instances in a call are met, how often, and how long they may be frozen, in seconds.

    Half of the times they are killed: less often than the template has an asynchronous call tried
    again, since an event that is killed more often than that goes to the queue of failures.
    """

    every: float
    frozen: tuple[float, ...]
    times: int = 12
    seed: int = 0


@dataclass
class Tally:
    """How many instances were killed and frozen."""

    killed: int = 0
    frozen: int = 0

    def __str__(self) -> str:
        return f"{self.killed} kills, {self.frozen} freezes"


@contextmanager
def disturbed(stack: Stack, plan: Plan) -> Iterator[Tally]:
    """Kill and freeze instances by turns during a block; all are thawed at its end."""
    tally, ended = Tally(), threading.Event()
    disturber = _Disturber(stack, plan, tally, ended)
    thread = threading.Thread(target=disturber.run, name="disturber")
    thread.start()
    try:
        yield tally
    finally:
        ended.set()
        thread.join()


class _Disturber:
    def __init__(self, stack: Stack, plan: Plan, tally: Tally, ended: threading.Event) -> None:
        self._stack = stack
        self._plan = plan
        self._tally = tally
        self._ended = ended
        self._random = random.Random(plan.seed)
        self._frozen: list[tuple[float, Instance]] = []

    def run(self) -> None:
        """Disturb until the end."""
        following = time.monotonic() + self._plan.every
        while not self._ended.wait(max(0.0, self._until(following))):
            now = time.monotonic()
            self._thaw(now)
            if now >= following:
                following += self._plan.every
                self._meet_one(now)
        self._thaw(float("inf"))

    def _until(self, following: float) -> float:
        """Return the seconds until an instance is met or thawed."""
        return min([following, *(moment for moment, _ in self._frozen)]) - time.monotonic()

    def _meet_one(self, now: float) -> None:
        """Kill or freeze one of the instances in a call, if there is any that is not frozen."""
        if self._tally.killed + self._tally.frozen >= self._plan.times:
            return
        frozen = [instance for _, instance in self._frozen]
        awake = [instance for instance in self._stack.busy if instance not in frozen]
        if not awake:
            return
        one = self._random.choice(awake)
        if self._tally.killed <= self._tally.frozen:
            one.kill()
            self._tally.killed += 1
        else:
            one.freeze()
            self._frozen.append((now + self._random.choice(self._plan.frozen), one))
            self._tally.frozen += 1

    def _thaw(self, now: float) -> None:
        for moment, instance in self._frozen:
            if moment <= now:
                instance.thaw()
        self._frozen = [(moment, each) for moment, each in self._frozen if moment > now]
