"""How many query calls an instance makes, measured over any second anywhere."""

import random
import threading
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mps_manifest.limits.rate_limiter import OwnWindow, RateLimiter, Window, Windows
from tests.fakes import FakeClock


class Caller(RateLimiter):
    """Makes calls, the first of which always ends first."""

    def __init__(self, windows: Windows, clock: FakeClock) -> None:
        super().__init__(windows, clock)
        self._permits: deque[Window] = deque()

    def call(self, timeout: float) -> bool:
        """Begin a call, if one may begin in time."""
        permit = self.acquire(timeout)
        if permit:
            self._permits.append(permit)
        return permit is not None

    def end(self, *, throttled: bool) -> None:
        """End the first call that has not ended."""
        self.release(self._permits.popleft(), throttled=throttled)


RATES = [1.0, 2.5, 7.0, 12.5, 100.0]
Span = tuple[float, float]


def simulate(rate: float, seed: int, seconds: float, throttled: float = 0.0) -> list[Span]:
    """Make calls as eagerly as allowed, each taking its own time; return their spans."""
    clock, chance = FakeClock(), random.Random(seed)
    limiter = Caller(OwnWindow(rate), clock)
    running: list[tuple[float, float]] = []
    done: list[Span] = []
    while clock.monotonic() < seconds:
        now = clock.monotonic()
        for span in [span for span in running if span[1] <= now]:
            running.remove(span)
            limiter.end(throttled=chance.random() < throttled)
            done.append((span[0], now))
        if limiter.call(0):
            running.append((now, now + chance.choice([0.001, 0.02, 0.3, 2.0])))
        else:
            clock.pass_by(chance.choice([0.001, 0.01, 0.1]))
    return done + running


def most_in_a_second(spans: list[Span]) -> int:
    """Count calls that the service can have seen within one second, wherever it is measured."""
    starts = [start for start, _ in spans] + [end for _, end in spans]
    return max(
        sum(start < moment + 1 and end >= moment for start, end in spans) for moment in starts
    )


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("seed", range(3))
def test_no_second_holds_more_calls_than_the_rate(rate: float, seed: int) -> None:
    """The service sees a call somewhere between its start and its answer."""
    spans = simulate(rate, seed, 8.0)
    assert most_in_a_second(spans) <= rate


@pytest.mark.parametrize("rate", RATES)
def test_the_budget_is_used_up(rate: float) -> None:
    """Quick calls get nearly as many permits as there are."""
    clock = FakeClock()
    limiter = Caller(OwnWindow(rate), clock)
    made = 0
    while clock.monotonic() < 20:
        assert limiter.call(1000)
        made += 1
        limiter.end(throttled=False)
    assert made >= int(rate) * 20 * 0.95


def test_starts_are_spread_over_the_second() -> None:
    """An instance that follows another adds no burst to its predecessor's last second."""
    clock = FakeClock()
    limiter = Caller(OwnWindow(10), clock)
    starts = []
    for _ in range(10):
        assert limiter.call(1000)
        starts.append(clock.monotonic())
        limiter.end(throttled=False)
    assert starts == pytest.approx([n / 10 for n in range(10)])


def starts_after(pauses: list[float]) -> list[float]:
    """Start calls as soon as allowed, and be busy with something else before each."""
    clock = FakeClock()
    limiter, begun, starts = Caller(OwnWindow(10), clock), clock.monotonic(), []
    for pause in pauses:
        clock.pass_by(pause)
        assert limiter.call(1000)
        starts.append(clock.monotonic() - begun)
        limiter.end(throttled=False)
    return starts


def test_a_start_that_is_late_puts_off_no_others() -> None:
    """Small delays would otherwise add up and waste a part of the quota."""
    assert starts_after([0, 0.13, 0, 0.14, 0]) == pytest.approx([0, 0.13, 0.2, 0.34, 0.4])


def test_after_a_pause_there_is_nothing_to_make_up_for() -> None:
    """A thawed instance begins as evenly as a new one."""
    assert starts_after([0, 5, 0, 0]) == pytest.approx([0, 5, 5.1, 5.2])


def test_less_than_one_call_a_second_is_possible() -> None:
    """A quota that many instances share can leave each with less than that."""
    clock = FakeClock()
    limiter = Caller(OwnWindow(0.25), clock)
    for expected in (0, 4, 8):
        assert limiter.call(100)
        assert clock.monotonic() == pytest.approx(expected)
        limiter.end(throttled=False)


def test_a_permit_that_comes_too_late_is_not_waited_for() -> None:
    """No time is lost: the job is parked at once."""
    clock = FakeClock()
    limiter = Caller(OwnWindow(1), clock)
    assert limiter.call(10)
    limiter.end(throttled=False)
    assert not limiter.call(0.5)
    assert clock.slept == []
    assert limiter.call(1.0)


def test_a_running_call_holds_its_permit() -> None:
    """A call that hangs has perhaps not been counted yet."""
    clock = FakeClock()
    limiter = Caller(OwnWindow(1), clock)
    assert limiter.call(10)
    clock.pass_by(5)
    assert not limiter.call(0.5)
    limiter.end(throttled=False)
    assert not limiter.call(0.5)
    assert limiter.call(1.5)
    assert clock.monotonic() >= 6


def test_throttling_slows_down_and_success_recovers_slowly() -> None:
    """Going on at full speed would be refused again, and so would a sudden return to it."""
    clock = FakeClock()
    limiter = Caller(OwnWindow(100), clock)

    def gap(*, throttled: bool) -> float:
        before = clock.monotonic()
        assert limiter.call(10_000)
        waited = clock.monotonic() - before
        clock.pass_by(0.0)
        limiter.end(throttled=throttled)
        return waited

    gap(throttled=True)
    gap(throttled=True)
    slow = gap(throttled=True)
    assert slow > 0.01
    for _ in range(20):
        gap(throttled=True)
    slowest = gap(throttled=False)
    assert slow < slowest <= 1.0
    for _ in range(200):
        last = gap(throttled=False)
    assert last == pytest.approx(0.01, abs=0.005)


@settings(max_examples=30)
@given(st.floats(1, 30), st.integers(0, 10**6), st.floats(0, 1))
def test_throttled_or_not_the_rate_holds(rate: float, seed: int, throttled: float) -> None:
    """A pace that changes must not let a burst through that exceeds the quota."""
    assert most_in_a_second(simulate(rate, seed, 5.0, throttled)) <= rate


class SharedClock(FakeClock):
    """Time of several threads: it passes when all of them sleep, until the first is to wake up."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self._awake = threads
        self._waking: list[float] = []
        self._changed = threading.Condition()

    def sleep(self, seconds: float) -> None:
        with self._changed:
            self.slept.append(seconds)
            until = self.monotonic() + seconds
            self._waking.append(until)
            self._rest()
            assert self._changed.wait_for(lambda: self.monotonic() >= until, timeout=60)

    def leave(self) -> None:
        """Go on without the calling thread."""
        with self._changed:
            self._rest()

    def _rest(self) -> None:
        self._awake -= 1
        if self._awake or not self._waking:
            return
        self._passed = max(self._passed, min(self._waking))
        still = [until for until in self._waking if until > self._passed]
        self._awake = len(self._waking) - len(still)
        self._waking = still
        self._changed.notify_all()


def work_together(threads: int, rate: float, calls: int) -> tuple[list[float], SharedClock]:
    """Make so many calls in all, each as soon as it may start; return their starts.

    Rates that are powers of two leave nothing to rounding.
    """
    clock = SharedClock(threads)
    limiter = Caller(OwnWindow(rate), clock)
    starts: list[float] = []
    left = threading.Semaphore(calls)

    def work() -> None:
        while left.acquire(blocking=False):
            assert limiter.call(10_000)
            starts.append(clock.monotonic())
            limiter.end(throttled=False)
        clock.leave()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    return starts, clock


def test_many_threads_share_one_budget() -> None:
    """Thirty threads make 200 calls at 64 a second: all that the time allows, and not one more."""
    starts, _ = work_together(30, 64, 200)
    assert starts == [number / 64 for number in range(200)]


def test_who_waits_wakes_up_for_its_own_permit_only() -> None:
    """If all woke up for each, sixteen threads would sleep sixteen times as often."""
    starts, clock = work_together(16, 512, 160)
    assert starts == [number / 512 for number in range(160)]
    assert len(clock.slept) == 159  # the first one had no need to
