"""An event of several jobs that was started and never ended: its next delivery parks them."""

from __future__ import annotations

from typing import Any

import pytest

from mps_manifest.errors import InvalidEvent, TemporarilyUnavailable, Unreachable
from mps_manifest.job_limits import MAX_FAILED_EVENT
from tests.fakes import Call, fresh
from tests.unit.deadly import LEASE, DeadlyWorld
from tests.unit.samples import mps_answer

POISON = "f" * 32
JOBS = [f"{number:032x}" for number in range(30)]
STARTED = ".mps-manifest/started/"
BATCH = {"jobIds": [*JOBS, POISON], "onPending": "park"}


def calls(world: DeadlyWorld) -> list[str]:
    """Return the calls about records of starts."""
    return [call.operation for call in world.store.calls if call.key.startswith(STARTED)]


def deliver(world: DeadlyWorld, event: object, most: int = 5) -> int:
    """Deliver an event until an instance survives it; return how often."""
    for number in range(1, most + 1):
        if world.survives(lambda: world.give(event)):
            return number
    raise AssertionError("it is never taken in")


@pytest.mark.parametrize("versioning", [False, True])
@pytest.mark.parametrize("place", [0, 30])
def test_a_batch_is_taken_in_though_one_of_its_jobs_kills(place: int, *, versioning: bool) -> None:
    """At its second delivery; then sweeps finish the others, and give up that job."""
    world = DeadlyWorld(concurrency="4")
    world.store.versioning = versioning
    world.deadly = {POISON}
    jobs = [*JOBS[:place], POISON, *JOBS[place:]]
    assert deliver(world, {"jobIds": jobs, "onPending": "park"}) == 2
    assert world.store.home_keys(STARTED) == []
    assert {entry["reason"] for entry in world.parked()} == {
        "an earlier delivery of the event was started and has not ended"
    }
    for _ in range(20):
        world.clock.pass_by(1000)
        world.survives(world.tick)
    assert world.ended() == {*JOBS, POISON}
    assert world.manifest(POISON)["status"] == "expired"
    assert world.parked() == []


def test_an_event_that_ended_is_new_when_it_comes_again() -> None:
    """What is written is gone then, and every job is asked about at once."""
    world = DeadlyWorld()
    for _ in range(2):
        world.store.calls.clear()
        assert world.give(BATCH)["counts"]["complete"] == 31
        assert calls(world) == ["write", "delete"]


@pytest.mark.parametrize(
    "event",
    [
        {"jobId": POISON, "onPending": "park"},
        {"TopicName": "t", "Message": POISON},
        [{"messageBody": POISON}, {"messageBody": POISON}],
        {"jobIds": JOBS},
        {"jobIds": []},
    ],
    ids=["one job", "one message", "twice the same", "the caller's", "none"],
)
def test_what_needs_no_record_costs_nothing(event: Any) -> None:
    """One job can harm no other, and what is the caller's is never delivered again."""
    world = DeadlyWorld()
    world.give(event)
    assert calls(world) == []


def test_an_event_that_raises_has_ended() -> None:
    """It comes back because something could not be kept, and no job is at fault."""
    world = DeadlyWorld()
    world.api.otherwise = mps_answer(State="Analysing")

    def fails(call: Call) -> None:
        if call.operation == "write" and "backlog" in call.key:
            raise fresh(Unreachable("down"))

    world.store.fault = fails
    with pytest.raises(TemporarilyUnavailable):
        world.give(BATCH)
    assert world.store.home_keys(STARTED) == []


@pytest.mark.parametrize("operation", ["write", "delete", "head"])
@pytest.mark.parametrize("versioning", [False, True])
def test_without_its_record_an_event_is_worked_on(operation: str, *, versioning: bool) -> None:
    """It protects the work, and must not stop it."""
    world = DeadlyWorld()
    world.store.versioning = versioning

    def fails(call: Call) -> None:
        if call.operation == operation and call.key.startswith(STARTED):
            raise fresh(Unreachable("down"))

    world.store.fault = fails
    assert world.give(BATCH)["counts"]["complete"] == 31


def test_a_job_that_is_held_back_is_not_forgotten() -> None:
    """The first one waits for the second, and there may be none, or no sound event."""
    world = DeadlyWorld()
    assert world.deliver(POISON)["status"] == "complete"
    with pytest.raises(InvalidEvent):
        world.give({"jobId": POISON, "onPending": "never"})


def test_a_record_that_nobody_comes_back_for_goes_after_a_week() -> None:
    """An event may be given up by its trigger, or end otherwise."""
    world = DeadlyWorld()
    world.deadly = {POISON}
    assert not world.survives(lambda: world.give(BATCH))
    assert len(world.store.home_keys(STARTED)) == 1
    for days, left in ((6, 1), (3, 0)):
        world.clock.pass_by(days * 24 * 3600 + LEASE)
        world.park(JOBS[0])
        world.tick()
        assert len(world.store.home_keys(STARTED)) == left


LARGE = {"jobIds": JOBS, "onPending": "park", "comment": "x" * MAX_FAILED_EVENT}


def test_the_jobs_of_an_event_too_large_for_the_failure_queue_are_kept_first() -> None:
    """What fails to the end would be dropped, so its jobs must be safe before that."""
    world = DeadlyWorld()
    answer = world.give(LARGE)
    assert answer["counts"]["pending"] == len(JOBS)
    assert {entry["reason"] for entry in world.parked()} == {
        "the event is too large for the queue of failed events, so its jobs are kept first"
    }
    assert not world.api.calls
    world.clock.pass_by(1000)
    world.tick()
    assert world.ended() == set(JOBS)


def test_an_event_that_fits_is_worked_on_at_once() -> None:
    """Most events are small, and must not wait for a sweep."""
    world = DeadlyWorld()
    assert world.give(BATCH)["counts"]["complete"] == 31


def test_the_callers_own_jobs_are_asked_about_however_long_the_list() -> None:
    """A caller who waits for the answer has the event, and can call again."""
    world = DeadlyWorld()
    answer = world.give({**LARGE, "onPending": "return"})
    assert answer["counts"]["complete"] == len(JOBS)
