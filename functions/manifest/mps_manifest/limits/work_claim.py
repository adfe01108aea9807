"""Who may say what became of a task: the thread that works on it, or who gave it up.

A task that hangs is given up in time to park its job. Its thread cannot be stopped; but it makes
no call any more, and what it comes to does not count.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class WorkClaim:
    """The claim to a task that a thread works on: it is finished or given up, once."""

    def __init__(self) -> None:
        self._claim = [True]  # popping is atomic
        self.given_up = self._is_finished = False
        self._at_end: list[Callable[[], None]] = []

    def finish(self) -> bool:
        """Claim that the task is finished; return whether it was not given up before."""
        self._is_finished = self._is_finished or self._claims()
        return self._is_finished

    def give_up(self) -> bool:
        """Take the task out of its thread's hands; return whether it was not finished before."""
        self.given_up = self._claims()
        return self.given_up

    def at_end(self, give_back: Callable[[], None]) -> None:
        """Have something given back when the thread has ended with the task."""
        self._at_end.append(give_back)

    def end(self) -> None:
        """Give back what the task has held; to be called by the thread, whatever became of it."""
        while self._at_end:
            self._at_end.pop()()

    def _claims(self) -> bool:
        try:
            return self._claim.pop()
        except IndexError:
            return False


class _Here(threading.local):
    claim: WorkClaim | None = None


_HERE = _Here()


def current_claim() -> WorkClaim | None:
    """Return the claim to this thread's task; None where it works off no pool's tasks."""
    return _HERE.claim


@contextmanager
def working_under(claim: WorkClaim | None) -> Iterator[None]:
    """Work on a task under a claim to it."""
    before, _HERE.claim = _HERE.claim, claim
    try:
        yield
    finally:
        _HERE.claim = before


def claim_finished() -> bool:
    """Claim that this thread's task is finished; return False where it was given up before.

    Then somebody else has seen to it, and its outcome must not be counted twice.
    """
    return _HERE.claim is None or _HERE.claim.finish()


def is_given_up() -> bool:
    """Return whether this thread's task was given up."""
    return _HERE.claim is not None and _HERE.claim.given_up
