"""Threads that take turns: one runs at a time, and who is next at a port call is decided by seed.

Time stands still while anything can run. It moves on when everybody sleeps, to the moment the
first one wakes.
"""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable
from typing import Protocol

Condition = Callable[[], bool]


class Killed(BaseException):
    """The end of a process: no code of ours gets to do anything more."""


def _taken() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


class Owner(Protocol):
    """What strands belong to; those of a dead one never come back from a pause."""

    dead: bool


class Strand:
    """A thread that only runs when it is its turn."""

    def __init__(self, owner: Owner, body: Callable[[], None]) -> None:
        self.owner = owner
        self.turn = _taken()
        self.until: float | None = None
        self.condition: Condition | None = None
        self.done = False
        self.at = ""
        self.thread = threading.Thread(target=self._run, args=(body,), daemon=True)

    def can_run(self, now: float) -> bool:
        """Return whether what it waits for has come; death counts, too."""
        if self.owner.dead or (self.until is not None and self.until <= now):
            return True
        return self.condition() if self.condition else self.until is None

    def _run(self, body: Callable[[], None]) -> None:
        self.turn.acquire()
        _HERE.strand = self
        try:
            if not self.owner.dead:
                body()
        except Killed:
            pass
        finally:
            self.done = True
            _HERE.strand = None
            scheduler().back.release()


_HERE = threading.local()
_SCHEDULERS: list[Scheduler] = []


def scheduler() -> Scheduler:
    """Return the scheduler whose turns are taken just now."""
    return _SCHEDULERS[-1]


class Scheduler:
    """Time, and whose turn it is. `restless` is how often a turn ends at a port call."""

    def __init__(self, start: float) -> None:
        self.time = start
        self.back = _taken()
        self.on_time: Callable[[], None] = lambda: None
        self._strands: list[Strand] = []
        self._chance = random.Random(0)
        self._restless = 0.0
        self._script: list[tuple[Owner, str]] = []

    # --- for those who wait for all strands ----------------------------------------------------

    def run(self, seed: int, restless: float) -> None:
        """Run strands, one at a time, until all are done."""
        self._chance, self._restless = random.Random(seed), restless
        _SCHEDULERS.append(self)
        try:
            current: Strand | None = None
            while self._strands:
                current = self._next(current)
                current.until = current.condition = None
                current.turn.release()
                self.back.acquire()
                if current.done:
                    current.thread.join()
                    self._strands.remove(current)
        finally:
            self._end_all()
            _SCHEDULERS.pop()

    def _end_all(self) -> None:
        for strand in self._strands:  # only after a deadlock
            strand.owner.dead = True
            strand.turn.release()
            strand.thread.join()
        self._strands.clear()

    def run_in_turn(self, script: list[tuple[Owner, str]]) -> None:
        """Run as it is written: each owner until it is about to make a call, or ends."""
        self._script = script
        self.run(0, 1.0)
        self._script = []

    def pass_by(self, seconds: float) -> None:
        """Advance time."""
        self.time += seconds
        self.on_time()

    def _next(self, current: Strand | None) -> Strand:
        while self._script:
            owner, until = self._script[0]
            for strand in self._strands:
                if strand.owner is owner and strand.at != until:
                    self.pass_by(max(0.0, (strand.until or 0.0) - self.time))
                    return strand
            self._script.pop(0)
        ready = [strand for strand in self._strands if strand.can_run(self.time)]
        while not ready:
            wakes = [strand.until for strand in self._strands if strand.until is not None]
            assert wakes, "every strand waits for another one"
            self.pass_by(max(0.0, min(wakes) - self.time))
            ready = [strand for strand in self._strands if strand.can_run(self.time)]
        if self._restless:
            return self._chance.choice(ready)
        return current if current in ready else ready[0]

    # --- for strands ---------------------------------------------------------------------------

    def spawn(self, owner: Owner, body: Callable[[], None]) -> None:
        """Add a strand."""
        strand = Strand(owner, body)
        self._strands.append(strand)
        strand.thread.start()

    def turn(self, at: str) -> None:
        """Pause, perhaps, so that others have a turn before a call is made."""
        strand: Strand = _HERE.strand
        strand.at = at
        if strand.owner.dead:
            raise Killed
        if len(self._strands) > 1 and self._chance.random() < self._restless:
            self._pause(strand, None, None)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        if seconds > 0:
            self._pause(_HERE.strand, self._after(seconds), None)

    def wait(self, condition: Condition, seconds: float | None) -> bool:
        """Wait for something; False if it has not come in time."""
        if not condition():
            until = None if seconds is None else self._after(seconds)
            self._pause(_HERE.strand, until, condition)
        return condition()

    def _after(self, seconds: float) -> float:
        """Return the moment after a wait.

        A wait that is too short for a float moves time on, too: whoever waits again and again for
        the rest of it would otherwise wait for ever.
        """
        until = self.time + max(0.0, seconds)
        return until if seconds <= 0 else max(until, math.nextafter(self.time, math.inf))

    def owner(self) -> Owner:
        """Return whose strand this is."""
        owner: Owner = _HERE.strand.owner
        return owner

    def _pause(self, strand: Strand, until: float | None, condition: Condition | None) -> None:
        if strand.owner.dead:
            raise Killed
        strand.until, strand.condition = until, condition
        self.back.release()
        strand.turn.acquire()
        if strand.owner.dead:
            raise Killed


class VirtualClock:
    """The Clock port over a scheduler's time."""

    def __init__(self, turns: Scheduler) -> None:
        self._turns = turns

    def now(self) -> float:
        return self._turns.time

    def monotonic(self) -> float:
        return self._turns.time

    def sleep(self, seconds: float) -> None:
        self._turns.sleep(seconds)
