"""Limit the rate of query calls of this instance."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from mps_manifest.ports import Clock

_SLOWEST = 1 / 16
_STEP_UP = 1 / 64
_CATCH_UP = 5


class Permit:
    """The right to one call in any second; `free_at` is infinite while a call has it."""

    __slots__ = ("free_at",)

    def __init__(self) -> None:
        self.free_at = -math.inf


class Window:
    """Permits that may be used from one moment of the monotonic clock until another."""

    __slots__ = ("opens", "permits", "until")

    def __init__(self, permits: int, opens: float = -math.inf, until: float = math.inf) -> None:
        self.permits = tuple(Permit() for _ in range(permits))
        self.opens = opens
        self.until = until


class Windows(Protocol):
    """Where permits come from."""

    calls_per_second: float

    def known(self, now: float) -> Sequence[Window]:
        """Return the windows that are open, or will be."""

    def wanted(self, now: float, waiting: int) -> Callable[[], None] | None:
        """Return what a waiting thread may do to have more permits, if there is something."""


class OwnWindow:
    """An instance's own part of the quota, which nobody else uses."""

    def __init__(self, calls_per_second: float) -> None:
        self.calls_per_second = calls_per_second
        self._windows = (Window(max(1, int(calls_per_second))),)

    def known(self, now: float) -> Sequence[Window]:  # noqa: ARG002 - it is always open
        """Return the one window."""
        return self._windows

    def wanted(self, now: float, waiting: int) -> None:  # noqa: ARG002
        """There is nothing more to be had."""
        return


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
        self._next_start = -math.inf
        self._pace = 1.0
        self._arrived = self._departed = 0
        self._lock = threading.Lock()

    def capacity(self, seconds: float) -> int:
        """Return the number of calls that may start within so many seconds; at least one."""
        per_second = max(1, int(self._windows.calls_per_second)) / self._hold
        return max(1, int(per_second * seconds))

    def acquire(self, timeout: float) -> Permit | None:
        """Wait for a permit; return None if there will be none within `timeout` seconds."""
        until = self._clock.monotonic() + timeout
        with self._lock:
            place = self._arrived
            self._arrived += 1
        while True:
            with self._lock:
                now = self._clock.monotonic()
                windows = self._windows.known(now)
                wait = self._wait(now, windows, max(0, place - self._departed))
                if wait <= 0:
                    self._departed += 1
                    self._next_start = self._schedule(now, windows) + self._spacing(now, windows)
                    return _taken(now, windows)
                more = self._windows.wanted(now, self._arrived - self._departed)
                if more is None and now + wait > until:
                    self._departed += 1
                    return None
            if more is None:
                self._clock.sleep(wait)
            else:
                more()

    def release(self, permit: Permit, *, throttled: bool) -> None:
        """Release the permit of a call that has ended; slow down if it was throttled."""
        with self._lock:
            permit.free_at = self._clock.monotonic() + self._hold
            faster = min(1.0, self._pace + _STEP_UP)
            self._pace = max(_SLOWEST, self._pace / 2) if throttled else faster

    def _spacing(self, now: float, windows: Sequence[Window]) -> float:
        """Return the seconds between two starts."""
        permits = sum(len(each.permits) for each in windows if each.opens <= now < each.until)
        return self._hold / max(1, permits) / self._pace

    def _schedule(self, now: float, windows: Sequence[Window]) -> float:
        """Return when this start was due, so that one that is a little late does not delay others.

        After a longer pause the schedule restarts now.
        """
        late = now - self._next_start
        spacing = self._spacing(now, windows) * self._pace
        return self._next_start if late < _CATCH_UP * spacing else now

    def _wait(self, now: float, windows: Sequence[Window], ahead: int) -> float:
        """Return the seconds until a call may start if `ahead` others start before it."""
        spacing = self._spacing(now, windows)
        wait = self._next_start + ahead * spacing - now
        times = sorted(_times(windows))
        if ahead < len(times):
            return max(wait, times[ahead] - now)
        # the permit belongs to a call that is not answered yet, or is not there yet
        return max(wait, spacing * self._pace)


def _times(windows: Sequence[Window]) -> Iterator[float]:
    """Yield when each permit may be used that no call has."""
    for window in windows:
        for permit in window.permits:
            time = max(permit.free_at, window.opens)
            if time < window.until:
                yield time


def _taken(now: float, windows: Sequence[Window]) -> Permit:
    """Take the permit that has been free for the longest time."""
    free = (
        permit
        for window in windows
        if window.opens <= now < window.until
        for permit in window.permits
        if permit.free_at <= now
    )
    permit = min(free, key=lambda each: each.free_at)
    permit.free_at = math.inf
    return permit
