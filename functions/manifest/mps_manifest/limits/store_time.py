"""The store's time, as far as the dates of its answers tell it.

All instances see the same store, so that its time is one that they share, whatever their own clocks
say.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from mps_manifest.ports import Dated

_REMEMBERED = 64
_LONGEST = 90.0
"""Seconds for which an answer tells the time: clocks drift by less than 0.1 ms a second."""
_DOUBT = 0.25
"""Seconds by which the store's machines may disagree, and a clock may drift."""


class Moment(NamedTuple):
    """The store's time now, in seconds since the epoch: not before the one, nor after the other."""

    earliest: float
    latest: float


class StoreTime:
    """What the answers of the last minutes tell about the store's time."""

    def __init__(self) -> None:
        self._answers: deque[Dated] = deque(maxlen=_REMEMBERED)

    def note(self, answer: Dated) -> bool:
        """Note an answer's date; return False where it contradicts what the others told.

        Then the monotonic clock stood still, as a frozen machine's may, and they are forgotten.
        """
        expected = self.at(answer.received)
        agrees = expected is None or answer.date <= expected.latest
        if not agrees:
            self._answers.clear()
        if self._answers and self._answers[-1].date == answer.date:
            # of one second, the first that came and the last that was sent tell the most
            last = self._answers.pop()
            answer = Dated(
                answer.date, max(last.sent, answer.sent), min(last.received, answer.received)
            )
        self._answers.append(answer)
        return agrees

    def at(self, now: float) -> Moment | None:
        """Return the store's time at a moment of the monotonic clock; None where nothing tells.

        The store wrote a date after its request was sent and before the answer came, and cut off
        what was less than a second.
        """
        known = [each for each in self._answers if now - each.received <= _LONGEST]
        if not known:
            return None
        least = max(each.date - each.received for each in known)
        most = min(each.date + 1 - each.sent for each in known)
        return Moment(now + min(least, most) - _DOUBT, now + max(least, most) + _DOUBT)
