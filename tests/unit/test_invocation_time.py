"""Promises 5 and 8: no more calls than the budget, and an end before the deadline."""

import threading
from collections.abc import Iterator

import pytest

from mps_manifest.errors import TemporarilyUnavailable, Throttled, Unreachable
from mps_manifest.events import JobRequest
from tests.fakes import HOME, START, Call
from tests.unit.samples import ID, files_answer, job_ids, mps_answer
from tests.unit.world import BACKLOG, MANIFESTS, World

RUNNING = mps_answer(State="Queuing", Result=None)
TIME_FOR_WORK = 40
"""Of an invocation's 60 s: five of the longest calls before the end, none is begun any more."""


def slow(world: World, seconds: float, *operations: str) -> None:
    """Make calls of the store take time; with one thread, that is the invocation's time."""

    def wait(call: Call) -> None:
        if call.operation in operations:
            world.clock.pass_by(seconds)

    world.store.fault = wait


def assert_two_a_second(world: World) -> None:
    """Each job was asked about once, two a second until it was time to park.

    How soon that is depends on how many jobs wait just then, and so on the threads.
    """
    asked = [job_id for _, job_id in world.api.calls]
    assert len({*asked}) == len(asked) <= 2 * TIME_FOR_WORK
    assert world.clock.monotonic() == (len(asked) - 1) / 2 > 0.75 * TIME_FOR_WORK


@pytest.mark.parametrize("fault", [Throttled("t"), Unreachable("u")])
@pytest.mark.parametrize("qps", [5, 20])
def test_failing_calls_are_not_repeated_beyond_the_budget(fault: Exception, qps: int) -> None:
    """Retries count: 60 s at 5 calls a second are at most 300 calls, also for 2,000 jobs."""
    world, wanted = World(api_qps=str(qps)), job_ids(2000)
    world.api.otherwise = fault  # type: ignore[assignment]
    world.deliver(*wanted)
    assert 0 < len(world.api.calls) <= qps * 60
    assert sorted(entry["jobId"] for entry in world.parked()) == wanted
    assert world.clock.monotonic() <= 60


def test_what_the_budget_does_not_allow_is_parked_unasked() -> None:
    """More calls would exceed the quota, but no job of a large event may be lost."""
    world, wanted = World(api_qps="2", concurrency="1"), job_ids(500)
    world.api.otherwise = RUNNING
    answer = world.deliver(*wanted)
    assert answer["counts"]["pending"] == 500
    assert_two_a_second(world)
    entries = world.parked()
    assert len(entries) == 500
    assert sum(entry["attempts"] for entry in entries) == len(world.api.calls)
    assert world.clock.monotonic() <= 60


def test_a_caller_is_told_what_there_was_no_time_for() -> None:
    """The caller asks again, so jobs without an answer are pending and not parked."""
    world, wanted = World(api_qps="2"), job_ids(500)
    world.api.otherwise = RUNNING
    answer = world.give({"jobIds": wanted})
    assert answer["counts"]["pending"] == 500
    assert world.store.written == []


def test_instances_that_share_a_quota_keep_to_their_part() -> None:
    """Together the instances would otherwise exceed the quota."""
    world, wanted = World(api_qps="10", max_instances="5", concurrency="1"), job_ids(500)
    world.api.otherwise = RUNNING
    world.deliver(*wanted)
    assert_two_a_second(world)
    assert len(world.parked()) == 500


def test_the_budget_outlives_the_invocation() -> None:
    """An instance that is called every moment has its rate, and no more than that."""
    world = World(api_qps="1")
    world.api.otherwise = RUNNING
    for calls in range(1, 21):
        world.give({"jobId": ID})
        assert len(world.api.calls) == calls
        assert world.clock.monotonic() == calls - 1


def test_slow_writes_end_before_the_deadline_too() -> None:
    """When not even all can be parked in time, the rest is left to the redelivery."""
    world, wanted = World(concurrency="1"), job_ids(3000)
    world.api.otherwise = RUNNING
    slow(world, 0.1, "write")
    with pytest.raises(TemporarilyUnavailable):
        world.deliver(*wanted)
    assert world.clock.monotonic() < 60
    assert 0 < len(world.parked()) < 3000


def slow_world() -> World:
    """Make a world of one thread where each look and each write takes half a second."""
    world = World(concurrency="1", media_facts="false")
    world.store.put("c/a.srt")
    world.api.otherwise = files_answer("c/a.srt")
    slow(world, 0.5, "head", "write")
    return world


def done_in(world: World) -> list[str]:
    """List the jobs that have a manifest."""
    return [key[len(MANIFESTS) : -len(".json")] for key in world.store.home_keys(MANIFESTS)]


def test_a_slow_store_costs_no_job() -> None:
    """What there is no time to finish is parked, and for that there is time left."""
    world, wanted, all_there = slow_world(), job_ids(60), threading.Event()
    slowly = world.store.fault

    def hold(call: Call) -> None:
        assert all_there.wait(60)
        slowly(call)

    def requests() -> Iterator[JobRequest]:
        for job_id in wanted:
            yield JobRequest(job_id, None, "park", "test")
        all_there.set()

    world.store.fault = hold
    with world.core() as core:
        answer = core.handler.handle(requests())
    parked = [entry["jobId"] for entry in world.parked()]
    assert sorted(done_in(world) + parked) == wanted
    assert (answer["counts"]["complete"], answer["counts"]["pending"]) == (30, 30)
    assert (len(done_in(world)), len(parked)) == (30, 30)
    assert world.clock.monotonic() == 30 * (0.5 + 0.5) + 30 * 0.5


def test_what_a_slow_store_left_no_time_for_is_delivered_again() -> None:
    """Three hundred jobs take longer than an invocation, until the store is quick again."""
    world, wanted = slow_world(), job_ids(300)
    for _ in range(3):
        before = world.clock.monotonic()
        with pytest.raises(TemporarilyUnavailable):
            world.deliver(*wanted)
        assert world.clock.monotonic() - before < 60
    world.store.fault = lambda _call: None
    world.deliver(*wanted)
    world.until_due()
    world.tick()
    assert done_in(world) == wanted


def test_a_sweep_that_has_no_time_leaves_the_rest_due() -> None:
    """What does not fit into one sweep must stay in the backlog for the next one."""
    world, wanted = World(concurrency="1", media_facts="false"), job_ids(200)
    for number, job_id in enumerate(wanted):
        world.store.put(
            f"{BACKLOG}20230101T00{number // 60:02}{number % 60:02}Z/{job_id}.json", b"{}"
        )
    world.store.put("c/a.srt")
    world.api.otherwise = files_answer("c/a.srt")
    slow(world, 1.0, "head")
    entries = world.store.home_keys(BACKLOG)
    assert world.tick()["counts"]["complete"] == TIME_FOR_WORK
    assert world.clock.monotonic() == TIME_FOR_WORK
    assert done_in(world) == wanted[:TIME_FOR_WORK]
    assert world.store.home_keys(BACKLOG) == entries[TIME_FOR_WORK:]


def test_a_pause_between_tries_fits_into_the_time() -> None:
    """A pause that outlasts the invocation would lose the job."""
    world = World(timeout=3.0)
    world.api.otherwise = Throttled("t")
    world.deliver(ID)
    assert world.clock.monotonic() < 3
    assert [entry["jobId"] for entry in world.parked()] == [ID]


def test_a_passing_fault_is_tried_again_at_once() -> None:
    """Most faults are gone a moment later, and parking would delay the manifest."""
    world = World()
    world.store.put("c/a.srt")
    world.api.say(ID, Throttled("t"), Unreachable("u"), files_answer("c/a.srt"))
    assert world.give({"jobId": ID})["status"] == "complete"
    assert len(world.api.calls) == 3
    assert world.telemetry.counts["retries"] == 2
    assert world.clock.now() > START
    assert (HOME, f"manifests/{ID}.json") in world.store.objects
