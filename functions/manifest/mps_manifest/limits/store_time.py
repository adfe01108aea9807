"""The store's time, as far as the dates of its answers tell it.

All instances see the same store, so that its time is one that they share, whatever their own clocks
say.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

_REMEMBERED = 64
_LONGEST = 90.0
"""Seconds for which an answer tells the time: clocks drift by less than 0.1 ms a second."""
_DOUBT = 0.25
"""Seconds by which the store's machines may disagree, and a clock may drift."""


class Moment(NamedTuple):
    """The store's time now, in seconds since the epoch: not before the one, nor after the other."""

    earliest: float
    latest: float


class _Answer(NamedTuple):
    date: float
    sent: float
    received: float


class StoreTime:
    """What the answers of the last minutes tell about the store's time; for several threads."""

    def __init__(self) -> None:
        self._answers: deque[_Answer] = deque(maxlen=_REMEMBERED)
        self._lock = threading.Lock()

    def note(self, date: float, sent: float, received: float) -> None:
        """Note an answer's date, in whole seconds, and when its request was sent and answered.

        The latter by the instance's monotonic clock. The store wrote the date between the two, and
        cut off what was less than a second.
        """
        with self._lock:
            self._answers.append(_Answer(date, sent, received))

    def at(self, now: float) -> Moment | None:
        """Return the store's time at a moment of the monotonic clock; None where nothing tells."""
        with self._lock:
            known = [each for each in self._answers if now - each.received <= _LONGEST]
        if not known:
            return None
        least = max(each.date - each.received for each in known)
        most = min(each.date + 1 - each.sent for each in known)
        return Moment(now + min(least, most) - _DOUBT, now + max(least, most) + _DOUBT)
