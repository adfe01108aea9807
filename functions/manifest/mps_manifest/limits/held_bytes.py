"""Bound what the jobs of an invocation hold of strangers' bytes at the same time.

Most answers and result files are small, and each job may hold a little uncounted. What is larger
takes many times its length when it is decoded, and a few such jobs at once would end the process:
they take turns. (docs/decisions/14)
"""

from __future__ import annotations

import threading

from mps_manifest.limits.work_claim import WorkClaim, current_claim

FREE = 256 * 1024
"""Bytes of result files that each job may hold besides."""
_ROOM = 2 * 1024 * 1024


class FreeBytes:
    """What one job may hold of result files uncounted, for several threads."""

    def __init__(self) -> None:
        self._left = FREE
        self._lock = threading.Lock()

    def take(self, size: int) -> bool:
        """Take so many bytes; return False where that is more than what is left."""
        with self._lock:
            if size > self._left:
                return False
            self._left -= size
            return True


class HeldBytes:
    """The bytes that the jobs of one invocation hold; a job's are given back when it has ended."""

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._held: dict[WorkClaim, int] = {}
        self._waiting: list[WorkClaim] = []
        self._changed = threading.Condition()

    def hold(self, size: int, timeout: float) -> bool:
        """Hold so many bytes until this thread's task has ended; wait while there is no room.

        Return False where there is none within `timeout` seconds. What is larger than all of the
        room is held alone.
        """
        claim = current_claim()
        if claim is None:
            return True
        with self._changed:
            self._waiting.append(claim)
            try:
                is_there = self._changed.wait_for(lambda: self._may_hold(claim, size), timeout)
            finally:
                self._waiting.remove(claim)
                self._changed.notify_all()
            if is_there:
                if claim not in self._held:
                    claim.at_end(lambda: self._give_back(claim))
                self._held[claim] = self._held.get(claim, 0) + size
        return is_there

    def _may_hold(self, claim: WorkClaim, size: int) -> bool:
        """Return whether there is room, and nobody else's turn.

        If two that hold some waited for more, each would wait for the other: so the first of them
        gets what it wants. The others take their turns, or a large one would wait for ever.
        """
        fits = sum(self._held.values()) + size <= self._room
        if claim in self._held:
            return fits or next(iter(self._held)) is claim
        return self._waiting[0] is claim and (fits or not self._held)

    def _give_back(self, claim: WorkClaim) -> None:
        with self._changed:
            del self._held[claim]
            self._changed.notify_all()
