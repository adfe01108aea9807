"""Limit the rate of query calls of this instance."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain, islice
from typing import Protocol

from mps_manifest.ports import Clock

_SLOWEST = 1 / 16
_STEP_UP = 1 / 64
_CATCH_UP = 5


class Window:
    """Permits for one call a second each, from one moment of the monotonic clock until another."""

    def __init__(self, permits: int, opens: float = -math.inf, until: float = math.inf) -> None:
        self.permits = permits
        self.opens = opens
        self.until = until
        self._running = 0
        self._free_at: deque[float] = deque()

    @property
    def is_in_use(self) -> bool:
        """Whether a call has one of the permits."""
        return self._running > 0

    def is_idle(self, now: float) -> bool:
        """Return whether no permit was used in the last second."""
        return not self._running and not (self._free_at and self._free_at[-1] > now)

    def is_open(self, now: float) -> bool:
        """Return whether calls may start now."""
        return self.opens <= now < self.until

    def times(self, now: float, most: int) -> list[float]:
        """Return when the first permits may be used that no call has, in order."""
        if now >= self.until:
            return []
        while self._free_at and self._free_at[0] <= now:
            self._free_at.popleft()
        unused = self.permits - self._running - len(self._free_at)
        first = [self.opens] * min(unused, most)
        later = (max(time, self.opens) for time in islice(self._free_at, most - len(first)))
        return [time for time in chain(first, later) if time < self.until]

    def take(self) -> None:
        """Take a permit for a call."""
        self._running += 1

    def give_back(self, free_at: float) -> None:
        """Give back a permit; `free_at` must not be before that of another one."""
        self._running -= 1
        self._free_at.append(free_at)


class Windows(Protocol):
    """Where permits come from. Only `pause` is called by several threads at a time."""

    calls_per_second: float

    @property
    def is_hopeless(self) -> bool:
        """Whether there is no window, and it is not worth a thread's time to wait for one."""

    def known(self, now: float) -> Sequence[Window]:
        """Return the windows that are open, or will be."""

    def wanted(self, now: float, wait: float) -> Callable[[], None] | None:
        """Return what a thread is to do for permits before it waits so long; None for nothing."""

    def pause(self, wait: float) -> float:
        """Return how long a thread sleeps that is to wait so long by what is known now."""


class OwnWindow:
    """An instance's own part of the quota, which nobody else uses."""

    def __init__(self, calls_per_second: float) -> None:
        self.calls_per_second = calls_per_second
        self._windows = (Window(max(1, int(calls_per_second))),)

    @property
    def is_hopeless(self) -> bool:
        """Whether there is no window: there is one."""
        return False

    def known(self, now: float) -> Sequence[Window]:  # noqa: ARG002 - it is always open
        """Return the one window."""
        return self._windows

    def wanted(self, now: float, wait: float) -> None:  # noqa: ARG002
        """Return None: there is no more to be had."""
        return

    def pause(self, wait: float) -> float:
        """Return how long a thread sleeps: until its turn."""
        return wait


class RateLimiter:
    """Permits that keep the number of calls in every second within the rate, wherever measured.

    A permit is acquired before a call and is free again one second after its *answer*. The service
    sees a call between the two, so no second has more calls than there are permits, wherever it is
    measured and however threads are delayed. Starts are also spread evenly, so that an instance
    that replaces another one does not add a burst to its predecessor's last second.

    A throttled answer halves the pace, and each other answer raises it again by a small step.

    Each waiting thread sleeps until its own slot. If all slept until the next permit is free, each
    permit would wake all of them, and only one would get it.
    """

    def __init__(self, windows: Windows, clock: Clock) -> None:
        self._windows = windows
        self._clock = clock
        self._hold = max(1.0, 1 / windows.calls_per_second)
        self._last_start = -math.inf
        self._pace = 1.0
        self._arrived = self._departed = 0
        self._lock = threading.Lock()

    def capacity(self, seconds: float) -> int:
        """Return the number of calls that may start within so many seconds; at least one."""
        at_once = max(1, int(self._windows.calls_per_second))
        return max(1, int(at_once / self._hold * seconds))

    def acquire(self, timeout: float) -> Window | None:
        """Wait for a permit; return its window, or None where `timeout` seconds do not suffice."""
        until = self._clock.monotonic() + timeout
        with self._lock:
            place = self._arrived
            self._arrived += 1
        while True:
            with self._lock:
                now = self._clock.monotonic()
                windows = self._windows.known(now)
                spacing = self._spacing(now, windows)
                wait = self._wait(now, windows, spacing, max(0, place - self._departed))
                more = self._windows.wanted(now, wait)
                if more is None and wait <= 0:
                    self._departed += 1
                    self._last_start = self._schedule(now, spacing)
                    return _taken(now, windows)
                if more is None and (now + wait > until or self._windows.is_hopeless):
                    self._departed += 1
                    return None
            if more is None:
                self._clock.sleep(self._windows.pause(wait))
            else:
                more()

    def release(self, window: Window, *, throttled: bool) -> None:
        """Release the permit of a call that has ended; slow down if it was throttled."""
        with self._lock:
            window.give_back(self._clock.monotonic() + self._hold)
            faster = min(1.0, self._pace + _STEP_UP)
            self._pace = max(_SLOWEST, self._pace / 2) if throttled else faster

    def _spacing(self, now: float, windows: Sequence[Window]) -> float:
        """Return the seconds between two starts at full pace."""
        return self._hold / max(1, sum(each.permits for each in windows if each.is_open(now)))

    def _due(self, spacing: float) -> float:
        """Return when the next start is due; sooner as soon as there are more permits."""
        return self._last_start + spacing / self._pace

    def _schedule(self, now: float, spacing: float) -> float:
        """Return when this start was due, so that one that is a little late does not delay others.

        After a longer pause the schedule restarts now.
        """
        due = self._due(spacing)
        return due if now - due < _CATCH_UP * spacing else now

    def _wait(self, now: float, windows: Sequence[Window], spacing: float, ahead: int) -> float:
        """Return the seconds until a call may start if `ahead` others start before it."""
        wait = self._due(spacing) + ahead * spacing / self._pace - now
        times = sorted(chain.from_iterable(each.times(now, ahead + 1) for each in windows))
        if ahead < len(times):
            return max(wait, times[ahead] - now)
        # the permit belongs to a call that is not answered yet, or to somebody else
        return max(wait, spacing)


def _taken(now: float, windows: Sequence[Window]) -> Window:
    """Take a permit that may be used now."""
    window = next(each for each in windows if any(time <= now for time in each.times(now, 1)))
    window.take()
    return window
