"""An event of several jobs that was started and never ended: its next delivery parks them."""

from __future__ import annotations

from typing import Any

import pytest

from mps_manifest.errors import InvalidEvent, TemporarilyUnavailable, Unreachable
from mps_manifest.job_limits import MAX_ASYNC_EVENT, MAX_FAILED_EVENT
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
FROM_THE_COPY = "named by an event that could not be worked on before"


def copies(world: DeadlyWorld) -> list[str]:
    """Return the keys of the copies of events."""
    backlog = world.store.home_keys(".mps-manifest/backlog/")
    return [key for key in backlog if key.endswith(".ticket.json")]


def fails_over_manifests(call: Call) -> None:
    """Let nothing be written but the copy of an event: neither manifests nor entries of jobs."""
    if call.operation == "write" and not call.key.endswith(".ticket.json"):
        raise fresh(Unreachable("down"))


@pytest.mark.parametrize(
    "event",
    [
        LARGE,
        {"TopicName": "t", "Message": "\n".join([*JOBS, " " * MAX_FAILED_EVENT])},
        {"TopicName": "t", "Message": JOBS[0] + " " * MAX_FAILED_EVENT},
    ],
    ids=["direct", "lines", "one job"],
)
def test_an_event_too_large_for_the_failure_queue_is_not_lost(event: dict[str, Any]) -> None:
    """After its last delivery the platform drops it, so the bucket must have it."""
    world = DeadlyWorld()
    world.store.fault = fails_over_manifests
    with pytest.raises(TemporarilyUnavailable):
        world.give(event)
    assert len(copies(world)) == 1
    world.store.fault = lambda _call: None
    world.clock.pass_by(1000)
    world.tick()
    assert copies(world) == []
    assert {entry["reason"] for entry in world.parked()} == {FROM_THE_COPY}
    world.clock.pass_by(1000)
    world.tick()
    assert JOBS[0] in world.ended()
    assert world.parked() == []


def test_one_over_which_the_function_dies_is_not_lost_either() -> None:
    """Nobody can say goodbye then."""
    world = DeadlyWorld()
    world.deadly = {JOBS[0]}
    assert not world.survives(lambda: world.give(LARGE))
    assert len(copies(world)) == 1
    world.clock.pass_by(1000)
    world.tick()
    assert {entry["jobId"] for entry in world.parked()} == set(JOBS)


def test_the_jobs_of_a_large_event_are_worked_on_at_once() -> None:
    """The copy is only for the worst, and goes when all is safe."""
    world = DeadlyWorld()
    assert world.give(LARGE)["counts"]["complete"] == len(JOBS)
    assert copies(world) == []
    assert len([call for call in world.store.calls if call.key.endswith(".ticket.json")]) == 2


@pytest.mark.parametrize(
    "event",
    [
        BATCH,
        {**LARGE, "onPending": "return"},
        {**LARGE, "comment": "x" * MAX_ASYNC_EVENT},
    ],
    ids=["fits the queue", "the caller's own", "too large for an asynchronous call"],
)
def test_what_the_platform_cannot_lose_is_not_copied(event: dict[str, Any]) -> None:
    """A copy costs two requests."""
    world = DeadlyWorld()
    world.give(event)
    assert not [call for call in world.store.calls if call.key.endswith(".ticket.json")]


def test_without_its_copy_an_event_is_worked_on() -> None:
    """It protects the work, and must not stop it."""
    world = DeadlyWorld()

    def fails(call: Call) -> None:
        if call.operation == "write" and call.key.endswith(".ticket.json"):
            raise fresh(Unreachable("down"))

    world.store.fault = fails
    assert world.give(LARGE)["counts"]["complete"] == len(JOBS)


def test_what_nobody_can_use_is_quarantined_from_the_copy() -> None:
    """The copy may hold more than jobs."""
    world = DeadlyWorld()
    event = {"TopicName": "t", "Message": f"{JOBS[0]}\nnot a job{' ' * MAX_FAILED_EVENT}"}
    world.store.fault = fails_over_manifests
    with pytest.raises(TemporarilyUnavailable):
        world.give(event)
    world.store.fault = lambda _call: None
    world.clock.pass_by(1000)
    world.tick()
    assert [entry["jobId"] for entry in world.parked()] == [JOBS[0]]
    assert len(world.store.home_keys(".mps-manifest/rejected/")) == 1
