"""One task per job in a few threads, within memory and time."""

import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from mps_manifest.adapters.clock import SystemClock
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.work_claim import claim_finished, is_given_up
from mps_manifest.limits.worker_pool import WorkerPool
from tests.fakes import FakeClock

TIMEOUT = 600.0
SHORT = 3.75
"""A timeout whose longest call, after which a pool looks at the clock, is a quarter of a second."""


def hang(release: threading.Event, started: threading.Event | None = None) -> None:
    if started:
        started.set()
    release.wait(TIMEOUT)


Task = Callable[[], object]


class Tasks(WorkerPool[tuple[Task, object]]):
    """Workers whose subjects say themselves what is to be done about them."""

    def give(self, task: Task, subject: object) -> None:
        self.submit((task, subject))


def do(given: tuple[Task, object]) -> None:
    given[0]()


@contextmanager
def workers(
    size: int, room: int, abandoned: list[object], clock: FakeClock | None = None
) -> Iterator[Tasks]:
    """Start workers whose answer is due when the clock says so, by default not before long."""
    deadline = Deadline(clock or FakeClock(), TIMEOUT)
    with Tasks(size, room, deadline, do, lambda given: abandoned.append(given[1])) as made:
        yield made


def test_every_task_is_run_once_and_waited_for() -> None:
    """A task that is lost or run twice would mean a job that is lost or repeated."""
    done: list[int] = []
    abandoned: list[object] = []
    with workers(4, 8, abandoned) as made:
        for number in range(500):
            made.give(partial(done.append, number), number)
    assert sorted(done) == list(range(500))
    assert abandoned == []


@pytest.mark.parametrize(("size", "room"), [(1, 1), (2, 4), (4, 2)])
def test_no_more_tasks_are_outstanding_than_there_is_room(size: int, room: int) -> None:
    """Memory does not grow with the number of jobs of an event."""
    lock = threading.Lock()
    submitted, finished, most, together = 0, 0, 0, 0
    running = 0

    def task() -> None:
        nonlocal finished, running, together
        with lock:
            running += 1
            together = max(together, running)
        with lock:
            running -= 1
            finished += 1

    with workers(size, room, []) as made:
        for number in range(200):
            made.give(task, number)
            with lock:
                submitted += 1
                most = max(most, submitted - finished)
    assert most <= max(size, room)
    assert together <= size
    assert finished == 200


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_an_exception_of_a_task_comes_out_after_all_are_done(kind: type[BaseException]) -> None:
    """The fault must reach the caller, but the tasks of other jobs must be done first."""
    done: list[int] = []

    def fail() -> None:
        raise kind("x")

    def run() -> None:
        with workers(2, 4, []) as made:
            made.give(fail, 0)
            for number in range(20):
                made.give(partial(done.append, number), number)

    with pytest.raises(kind):
        run()
    assert len(done) == 20


def test_an_exception_of_the_body_wins_and_tasks_are_finished_first() -> None:
    """The caller must see the error itself, and tasks that were accepted must be done."""
    done: list[int] = []

    def run() -> None:
        with workers(1, 4, []) as made:
            made.give(partial(done.append, 1), 1)
            raise LookupError

    with pytest.raises(LookupError):
        run()
    assert done == [1]


def until_parking(clock: FakeClock, timeout: float = TIMEOUT) -> None:
    """Let time pass until jobs must be parked, while calls may still start."""
    clock.pass_by(timeout - 3 * Deadline(clock, timeout).call_limit)


def test_a_hanging_task_is_abandoned_when_there_is_time_to_park_it() -> None:
    """What waits behind it is abandoned with it; what was done is not."""
    release, started, clock = threading.Event(), threading.Event(), FakeClock()
    abandoned, done = list[object](), list[int]()
    try:
        with workers(1, 4, abandoned, clock) as made:
            made.give(partial(done.append, 1), "done")
            made.give(partial(hang, release, started), "hangs")
            made.give(partial(done.append, 2), "waits")
            assert started.wait(TIMEOUT)
            until_parking(clock)
        assert made._deadline.may_call()
        assert abandoned == ["hangs", "waits"]
        assert done == [1]
    finally:
        release.set()


def test_what_hangs_is_abandoned_in_parallel() -> None:
    """Sixteen jobs are parked in the time of one, though each write is slow."""
    release, clock, together = threading.Event(), FakeClock(), threading.Barrier(8)
    deadline = Deadline(clock, TIMEOUT)

    def park(_: object) -> None:
        together.wait(TIMEOUT)  # all eight are at it, or nobody gets on

    try:
        with WorkerPool(8, 8, deadline, lambda _: hang(release), park) as made:
            for number in range(8):
                made.submit(number)
            until_parking(clock)
        assert not together.broken
    finally:
        release.set()


def test_what_waits_is_abandoned_earlier_the_longer_that_takes() -> None:
    """A long queue behind threads that all hang needs more time than the last moments."""
    release, started, clock = threading.Event(), threading.Event(), FakeClock()
    abandoned, done = list[int](), threading.Event()

    def abandon(number: int) -> None:
        abandoned.append(number)
        if len(abandoned) == 20:
            done.set()

    deadline = Deadline(clock, SHORT)
    with WorkerPool(
        1, 100, deadline, lambda _: hang(release, started), abandon, parking_time=lambda n: 0.1 * n
    ) as made:
        made.submit(0)
        assert started.wait(TIMEOUT)
        for number in range(1, 21):
            made.submit(number)
        clock.pass_by(deadline.until_parking(2.0))
        assert done.wait(TIMEOUT)
        assert abandoned[:20] == [*range(1, 21)]
        release.set()  # what runs had time yet, and was not given up
    assert 0 not in abandoned


def test_what_was_given_up_counts_no_more() -> None:
    """Its thread may come back any time, and its job must not be counted twice."""
    release, clock = threading.Event(), FakeClock()
    started, ended, counted = threading.Event(), threading.Event(), list[bool]()

    def work(_: object) -> None:
        hang(release, started)
        counted.append(is_given_up())
        counted.append(claim_finished())
        ended.set()

    with WorkerPool(1, 1, Deadline(clock, TIMEOUT), work, lambda _: None) as made:
        made.submit(1)
        assert started.wait(TIMEOUT)
        until_parking(clock)
    release.set()
    assert ended.wait(TIMEOUT)
    assert counted == [True, False]


def test_a_fault_of_what_was_given_up_is_nobodys() -> None:
    """It was parked, so an error that its call ends with changes nothing."""
    release, started, clock = threading.Event(), threading.Event(), FakeClock()

    def work(_: object) -> None:
        hang(release, started)
        raise LookupError

    def park(_: object) -> None:
        release.set()

    with WorkerPool(1, 1, Deadline(clock, TIMEOUT), work, park) as made:
        made.submit(1)
        assert started.wait(TIMEOUT)
        until_parking(clock)


def test_somebody_watches_while_the_caller_is_elsewhere() -> None:
    """The caller may be busy with another pool, or hang itself, when it is time to park."""
    release, parked = threading.Event(), threading.Event()
    deadline = Deadline(SystemClock(), 1.2)
    try:
        with WorkerPool[int](
            1, 1, deadline, lambda _: hang(release), lambda _: parked.set()
        ) as made:
            made.submit(1)
            assert parked.wait(TIMEOUT)
            assert deadline.until_answer() > 0
    finally:
        release.set()


def test_what_cannot_be_abandoned_is_abandoned_without_a_call() -> None:
    """Where parking hangs, too, somebody has to say that the job is lost to this delivery."""
    release, clock = threading.Event(), FakeClock()
    deadline = Deadline(clock, SHORT)
    hangs, lost = threading.Event(), list[int]()

    def park(number: int) -> None:
        if deadline.may_call():
            hang(release, hangs)
        else:
            lost.append(number)

    def to_the_end() -> None:
        hangs.wait(TIMEOUT)
        clock.pass_by(SHORT)

    with WorkerPool[int](1, 2, deadline, lambda _: hang(release), park) as made:
        for number in (1, 2):
            made.submit(number)
        until_parking(clock, SHORT)
        threading.Thread(target=to_the_end).start()
    release.set()
    assert sorted(lost) == [1, 2]


def test_what_finds_no_room_in_time_is_abandoned_too() -> None:
    """A task that never got a thread must be handed back, or its job would be lost."""
    release, clock, abandoned = threading.Event(), FakeClock(), list[object]()
    try:
        with workers(1, 1, abandoned, clock) as made:
            made.give(partial(hang, release), "hangs")
            until_parking(clock)
            made.give(lambda: None, "no room")
        assert sorted(map(str, abandoned)) == ["hangs", "no room"]
    finally:
        release.set()


def test_a_subject_that_waits_takes_next_to_no_memory() -> None:
    """Thousands may wait: a Future for each would be more than all else."""
    release, count = threading.Event(), 10_000
    with workers(1, count + 1, []) as made:
        made.give(partial(hang, release), 0)
        subjects = [(threading.Event, number) for number in range(count)]
        tracemalloc.start()
        for subject in subjects:
            made.submit(subject)
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        release.set()
    assert taken < 100 * count


def test_nothing_is_abandoned_that_has_ended() -> None:
    """A task that has ended is done, however late that was."""
    clock, done, abandoned = FakeClock(), list[int](), list[object]()
    with workers(1, 1, abandoned, clock) as made:
        made.give(partial(done.append, 1), "late")
        with made._changed:
            assert made._changed.wait_for(lambda: not made.waiting, TIMEOUT)
        clock.pass_by(2 * TIMEOUT)
    assert done == [1]
    assert abandoned == []
