"""No call starts that could outlast its invocation, and none for a task that was given up."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mps_manifest.errors import OutOfTime, Throttled
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.file_threads import FileThreads
from mps_manifest.limits.timed_calls import TimedCallbacks, TimedStore, report_bucket
from mps_manifest.limits.token_bucket import TokenBucket
from mps_manifest.limits.work_claim import WorkClaim, claim_finished, is_given_up, working_under
from mps_manifest.ports import ObjectStore, TaskCallbacks
from tests.fakes import HOME, FakeCallbacks, FakeClock, FakeStore

TIMEOUT = 60.0
KEY = "manifests/a"
CALLS: dict[str, Callable[[Any], object]] = {
    "head": lambda store: store.head(HOME, KEY),
    "read": lambda store: store.read(HOME, KEY, 10),
    "stream": lambda store: b"".join(store.stream(HOME, KEY).chunks),
    "read_range": lambda store: store.read_range(HOME, KEY, 0, 1, ""),
    "keys": lambda store: list(store.keys(HOME, "")),
    "page": lambda store: store.page(HOME, ""),
    "write": lambda store: store.write(KEY, b"x", overwrite=True),
    "delete": lambda store: store.delete(KEY),
    "versioned": lambda store: store.versioned(),
    "versions": lambda store: store.versions(KEY),
    "read_version": lambda store: store.read_version(KEY, "v1-0", 10),
    "withdraw": lambda store: store.withdraw(KEY, "v1-0"),
    "succeed": lambda callbacks: callbacks.succeed("token", "{}"),
    "fail": lambda callbacks: callbacks.fail("token", "error", "cause"),
}


def ports(clock: FakeClock) -> tuple[FakeStore, dict[str, TimedStore | TimedCallbacks]]:
    store, deadline = FakeStore(versioning=True), Deadline(clock, TIMEOUT)
    store.write(KEY, b"x", overwrite=False)
    timed = TimedStore(store, deadline)
    callbacks = TimedCallbacks(FakeCallbacks(), deadline, report_bucket(1, clock))
    return store, {name: callbacks if name in {"succeed", "fail"} else timed for name in CALLS}


def test_every_method_of_the_ports_is_tried_here() -> None:
    """A new one must not slip past the clock."""
    methods = {
        name
        for port in (ObjectStore, TaskCallbacks)
        for name, _ in inspect.getmembers(port, inspect.isfunction)
        if not name.startswith("_") and name != "dated"  # which makes no call
    }
    assert methods == {*CALLS}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_starts_only_where_it_ends_in_time(name: str) -> None:
    """Whatever it hangs in, it is over before the platform kills the process."""
    clock = FakeClock()
    store, timed = ports(clock)
    CALLS[name](timed[name])
    made = len(store.calls)
    clock.pass_by(TIMEOUT - 2 * Deadline(clock, TIMEOUT).call_limit)
    with pytest.raises(OutOfTime):
        CALLS[name](timed[name])
    assert len(store.calls) == made


@pytest.mark.parametrize("name", CALLS)
def test_who_was_given_up_makes_no_call(name: str) -> None:
    """Its job was parked meanwhile, and whatever it would do comes too late."""
    store, timed = ports(FakeClock())
    made, claim = len(store.calls), WorkClaim()
    with working_under(claim):
        claim.give_up()
        with pytest.raises(OutOfTime):
            CALLS[name](timed[name])
    assert len(store.calls) == made


def test_a_stream_stops_between_two_chunks() -> None:
    """A file of any size must not keep a thread for longer than a chunk."""
    clock = FakeClock()
    store = FakeStore()
    store.put(KEY, bytes(5000))
    stream = TimedStore(store, Deadline(clock, TIMEOUT)).stream(HOME, KEY)
    assert next(stream.chunks)
    clock.pass_by(TIMEOUT)
    with pytest.raises(OutOfTime):
        next(stream.chunks)


# --- claims --------------------------------------------------------------------------------------


def test_a_task_is_finished_or_given_up_but_not_both() -> None:
    """Else its job would be counted twice, or not at all."""
    first, second = WorkClaim(), WorkClaim()
    assert first.finish()
    assert first.finish()  # it stays so
    assert not first.give_up()
    assert second.give_up()
    assert not second.finish()
    assert (first.given_up, second.given_up) == (False, True)


def test_whoever_claims_first_has_it() -> None:
    """A thread may finish in the very moment in which it is given up."""
    for _ in range(200):
        work, claims, together = WorkClaim(), list[bool](), threading.Barrier(2)

        def claim(
            how: Callable[[], bool],
            claims: list[bool] = claims,
            together: threading.Barrier = together,
        ) -> None:
            together.wait()
            claims.append(how())

        threads = [
            threading.Thread(target=claim, args=(how,)) for how in (work.finish, work.give_up)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(claims) == [False, True]


def test_a_thread_without_a_task_is_never_given_up() -> None:
    """The thread of the invocation itself, for one."""
    assert not is_given_up()
    assert claim_finished()


# --- files ---------------------------------------------------------------------------------------


def test_a_look_at_a_file_is_given_up_with_its_job() -> None:
    """The threads for files serve all jobs, and a look works under its job's claim."""
    claim, started, release = WorkClaim(), threading.Event(), threading.Event()

    def look() -> bool:
        started.set()
        release.wait(60)
        return is_given_up()

    with ThreadPoolExecutor(2) as executor:
        with working_under(claim):
            hers = FileThreads(executor).submit(look)
        started.wait(60)
        claim.give_up()
        release.set()
        assert hers.result()
        assert not FileThreads(executor).submit(is_given_up).result()


def test_no_look_begins_after_the_invocation() -> None:
    """An executor that was shut down says so in words that mean nothing to an operator."""
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(OutOfTime):
        FileThreads(executor).submit(lambda: None)


@pytest.mark.parametrize(
    ("instances", "reports", "seconds"),
    [(1, 10, 0), (1, 11, 0.5), (1, 30, 10), (2, 5, 0), (2, 9, 4)],
)
def test_reports_keep_to_what_cloudflow_takes(instances: int, reports: int, seconds: float) -> None:
    """Ten at once and two a second for the account, of which each instance has its share."""
    clock, told = FakeClock(), FakeCallbacks()
    callbacks = TimedCallbacks(told, Deadline(clock, 300), report_bucket(instances, clock))
    for _ in range(reports):
        callbacks.succeed("token", "{}")
    assert len(told.reports) == reports
    assert clock.monotonic() == pytest.approx(seconds)


def test_a_report_that_would_wait_for_long_is_left_to_a_sweep() -> None:
    """Threads that wait for CloudFlow would keep other jobs waiting."""
    clock, told = FakeClock(), FakeCallbacks()
    callbacks = TimedCallbacks(told, Deadline(clock, 15), TokenBucket(1, 0.1, clock))
    callbacks.succeed("token", "{}")
    with pytest.raises(Throttled):
        callbacks.fail("token", "error", "cause")
    assert len(told.reports) == 1
    assert clock.slept == []


def test_tokens_do_not_pile_up() -> None:
    """After a night without reports there are ten at once, not ten thousand."""
    clock = FakeClock()
    bucket = report_bucket(1, clock)
    clock.pass_by(36_000)
    assert [bucket.take(0) for _ in range(12)] == [*[True] * 10, False, False]
