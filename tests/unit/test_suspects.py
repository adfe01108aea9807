"""A job that kills its instance: no other waits for it, and it has an end as well."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from mps_manifest.errors import TemporarilyUnavailable, Unreachable
from mps_manifest.state.starts import LONGEST_INVOCATION
from mps_manifest.workflow.sweep_backlog import _GROUP, _MAX_TICKETS
from tests.fakes import START, Call, fresh
from tests.unit.deadly import LEASE, DeadlyWorld
from tests.unit.samples import files_answer, mps_answer, settings
from tests.unit.world import BACKLOG

POISON = "f" * 32
JOBS = [f"{number:032x}" for number in range(30)]
STARTED = ".mps-manifest/started/"


def world_of(*deadly: str, **settings: Any) -> DeadlyWorld:
    """Make a world in which jobs, or files, kill whoever works on them."""
    world = DeadlyWorld(**settings)
    world.deadly = set(deadly)
    return world


def sweep(world: DeadlyWorld) -> bool:
    """Sweep; return whether the sweep survived."""
    return world.survives(world.tick)


def sweep_until_empty(world: DeadlyWorld, most: int = 30) -> None:
    """Sweep every minute and a half until nothing is parked."""
    for _ in range(most):
        if not world.parked():
            return
        world.clock.pass_by(LEASE)
        sweep(world)
    raise AssertionError(world.parked())


@pytest.mark.parametrize("concurrency", ["1", "4", "16"])
@pytest.mark.parametrize("place", [0, 15, 30])
def test_nobody_waits_for_a_job_that_kills(concurrency: str, place: int) -> None:
    """Three sweeps are enough, however soon they follow: those that it took along are next."""
    world = world_of(POISON, concurrency=concurrency)
    world.park(*JOBS[:place], POISON, *JOBS[place:])
    for _ in range(3):
        sweep(world)
    assert world.ended() == set(JOBS)
    assert world.deaths <= 2


@pytest.mark.parametrize("number", [2, 3])
def test_nobody_waits_for_several_jobs_that_kill(number: int) -> None:
    """Each takes one sweep more, since the next one leaves it to the end."""
    poison = [f"{n:x}" * 32 for n in range(15, 15 - number, -1)]
    world = world_of(*poison, concurrency="4")
    world.park(*poison, *JOBS)
    for _ in range(2 + number):
        sweep(world)
    assert world.ended() == set(JOBS)


def test_a_job_that_kills_is_given_up_in_the_end() -> None:
    """Its manifest says why, and nothing is left behind."""
    world = world_of(POISON)
    world.park(POISON, *JOBS)
    sweep_until_empty(world)
    assert world.deaths == 6
    manifest = world.manifest(POISON)
    assert manifest["status"] == "expired"
    [problem] = manifest["problems"]
    assert (problem["type"], problem["severity"]) == ("internal-fault", "error")
    assert "6 times" in problem["detail"]
    assert world.store.home_keys(STARTED) == []
    said = [fields for _, message, fields in world.telemetry.lines if message == "suspect"]
    assert [s["starts"] for s in said if s["job_id"] == POISON] == [1, 2, 3, 4, 5, 6]


def test_a_job_that_is_alone_is_given_up_as_well() -> None:
    """Its own entry counts, since there is nobody else to protect."""
    world = world_of(POISON)
    world.park(POISON)
    sweep_until_empty(world)
    assert world.deaths == 6
    assert world.manifest(POISON)["status"] == "expired"
    assert world.store.home_keys(STARTED) == []


def test_what_was_given_up_gets_better_with_a_replay() -> None:
    """Once the fault is mended."""
    world = world_of(POISON)
    world.park(POISON, *JOBS)
    sweep_until_empty(world)
    world.deadly.clear()
    world.deliver(POISON)
    assert world.manifest(POISON)["status"] == "complete"


def test_files_that_kill_are_not_looked_into_any_more() -> None:
    """The job has its real outcome then, and a note; no digest is computed either."""
    world = world_of("c/bomb.srt", digest="sha256")
    world.store.put("c/bomb.srt", b"1")
    world.api.say(POISON, files_answer("c/bomb.srt"))
    world.park(POISON, *JOBS)
    sweep_until_empty(world)
    assert world.deaths == 4
    manifest = world.manifest(POISON)
    assert manifest["status"] == "complete"
    assert "hash" not in manifest["resources"][0]
    [problem] = manifest["problems"]
    assert (problem["type"], problem["severity"]) == ("internal-fault", "note")


def test_a_task_that_waits_for_it_is_told() -> None:
    """Else its step would wait until it times out."""
    world = world_of(POISON)
    world.park(POISON, taskToken="t")
    sweep_until_empty(world)
    assert [report[:2] for report in world.callbacks.reports] == [("t", "JobExpired")]


def test_deaths_that_have_nothing_to_do_with_it_do_a_job_no_harm() -> None:
    """It is sound when it is worked on alone, and then it starts anew."""
    world = world_of(POISON)
    world.api.otherwise = mps_answer(State="Analysing")
    world.park(POISON, *JOBS)
    sweep(world)
    sweep(world)
    world.clock.pass_by(1000)
    sweep(world)
    assert {entry.get("starts", 0) for entry in world.parked() if entry["jobId"] != POISON} == {0}


@pytest.mark.parametrize("concurrency", ["1", "4"])
def test_a_job_that_hangs_until_it_is_given_up_holds_up_no_other(concurrency: str) -> None:
    """Its invocation ends in order, but all of its time is gone; the next one leaves it to last."""
    world = world_of(concurrency=concurrency, timeout=6.0)
    world.hanging = {POISON}
    world.park(POISON, *JOBS)
    try:
        for _ in range(3):
            sweep(world)
        assert world.ended() == set(JOBS)
        sweep_until_empty(world)
    finally:
        world.released.set()
    assert world.manifest(POISON)["status"] == "expired"
    assert world.store.home_keys(STARTED) == []


# --- what it costs ---------------------------------------------------------------------------


def test_a_sweep_costs_three_requests_more_whatever_is_due() -> None:
    """A list, a record, and its deletion: an entry's own would be one for each job."""
    world = world_of()
    world.park(*JOBS)
    sweep(world)
    about_it = Counter(c.operation for c in world.store.calls if c.key.startswith(STARTED))
    assert about_it == {"list": 1, "write": 1, "delete": 1}
    assert not any("starts" in entry for entry in world.parked())


def test_a_sweep_with_nothing_to_do_costs_one_list() -> None:
    """The timer ticks all the time."""
    world = world_of()
    sweep(world)
    assert [call.operation for call in world.store.calls] == ["list"]


@pytest.mark.slow
def test_a_big_sweep_writes_down_every_hundred_jobs() -> None:
    """So that a death makes few suspects, for one request in a hundred jobs."""
    world = world_of()
    world.park(*(f"{number:032x}" for number in range(700)))
    sweep(world)
    written = [c for c in world.store.calls if c.operation == "write" and STARTED in c.key]
    assert len(written) == 7


# --- who is at work --------------------------------------------------------------------------


def test_what_another_sweep_works_on_alone_is_left_to_it() -> None:
    """A job that takes long is no job that kills."""
    world = world_of()
    world.park(POISON, starts=2, startedUntil="2023-11-14T22:14:00Z")
    before = world.parked()
    sweep(world)
    assert (world.parked(), world.api.calls) == (before, [])
    world.clock.pass_by(LEASE)
    sweep(world)
    assert world.ended() == {POISON}


def test_a_time_that_no_invocation_has_is_not_believed() -> None:
    """Else an entry that somebody wrote would never be worked on."""
    world = world_of()
    world.park(POISON, starts=1, startedUntil="2033-11-14T22:14:00Z")
    sweep(world)
    assert world.ended() == {POISON}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"until":"x","jobs":[]}',
        b'{"until":1e999,"jobs":["a"]}',
        b'{"until":1,"jobs":[{"a":1}]}',
        json.dumps({"until": START + 2 * LONGEST_INVOCATION, "jobs": JOBS}).encode(),
    ],
)
def test_a_record_that_is_none_of_ours_stops_nothing_and_goes(body: bytes) -> None:
    """Nor does it make everybody a suspect for ever."""
    world = world_of()
    world.store.put(f"{STARTED}{'1' * 16}.json", body)
    world.park(*JOBS)
    sweep(world)
    assert world.ended() == set(JOBS)
    assert world.store.home_keys(STARTED) == []


def test_the_record_of_the_largest_sweep_can_be_read() -> None:
    """A record that counts as broken would be deleted, and its suspects with it."""
    world = world_of()
    most = settings(concurrency="256").concurrency
    jobs = {f"{number:064d}" for number in range(_GROUP + 2 * most)}
    tickets = {f"{number:064x}.ticket" for number in range(_MAX_TICKETS)}
    with world.core() as dying:
        dying.starts.at_work_on(jobs | tickets)
    with world.core() as core:
        [start] = core.starts.others()
    assert start.jobs == jobs | tickets


def test_records_of_many_events_do_not_hide_that_of_a_sweep() -> None:
    """A busy function has many events at work, and no more than a hundred records are read."""
    world = world_of(POISON)
    for number in range(300):
        body = json.dumps({"until": START + 60, "jobs": []}).encode()
        world.store.put(f"{STARTED}{number:064x}.json", body)
    world.park(POISON, *JOBS)
    for _ in range(3):
        world.store.calls.clear()
        sweep(world)
        read = [c for c in world.store.calls if c.operation == "read" and STARTED in c.key]
        assert len(read) <= 100
    assert world.ended() == set(JOBS)


@pytest.mark.parametrize("operation", ["list", "write", "read", "delete"])
def test_without_records_the_work_goes_on(operation: str) -> None:
    """They protect it, and must not stop it."""
    world = world_of()
    world.store.put(f"{STARTED}{'1' * 16}.json", b'{"until":1,"jobs":[]}')
    world.park(*JOBS)

    def fails(call: Call) -> None:
        if call.operation == operation and call.key.startswith(STARTED):
            raise fresh(Unreachable("down"))

    world.store.fault = fails
    sweep(world)
    assert world.ended() == set(JOBS)


def test_a_start_that_cannot_be_written_down_does_not_take_place() -> None:
    """It would not be counted if the instance died, so there would be no end to it."""
    world = world_of()
    world.park(POISON, starts=1)

    def fails(call: Call) -> None:
        if call.operation == "write" and call.key.startswith(BACKLOG):
            raise fresh(Unreachable("down"))

    world.store.fault = fails
    sweep(world)
    assert world.api.calls == []
    [entry] = world.parked()
    assert entry["starts"] == 1


def test_an_entry_that_cannot_be_deleted_does_not_count_as_started() -> None:
    """The job ended; that the store fails is no fault of its own."""
    world = world_of()
    world.park(POISON, starts=1)

    def fails(call: Call) -> None:
        if call.operation == "delete" and call.key.startswith(BACKLOG):
            raise fresh(Unreachable("down"))

    world.store.fault = fails
    sweep(world)
    [entry] = world.parked()
    assert (entry["starts"], entry.get("startedUntil")) == (1, None)


def test_a_bucket_that_lets_nothing_be_replaced_says_so() -> None:
    """As it does where no job was ever started in vain."""
    world = world_of()
    world.store.immutable = True
    world.park(POISON, starts=1)
    with pytest.raises(TemporarilyUnavailable, match="forbid deleting backlog entries"):
        world.tick()
