"""Every manifest that is written is announced at least once, and nothing else is."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

import mps_manifest
from mps_manifest.errors import (
    AlreadyExists,
    NotFound,
    Refused,
    ServiceError,
    TemporarilyUnavailable,
    Unauthorized,
    Unreachable,
)
from mps_manifest.settings import Api
from tests.fakes import HOME, Call, FakeStore, fresh, raising
from tests.unit.samples import ID, files_answer, job_ids, mps_answer
from tests.unit.world import MANIFESTS, World

NOTES = ".mps-manifest/unannounced/"
DONE = files_answer("c/a.srt")
FAILED = mps_answer(State="Fail", Result={"Code": "x", "Message": "y"})
JOBS = job_ids(6)
REFUSED = Refused("The message is too large.", code="InvalidArgument", status=400)
DOWN = Unreachable("no answer from MNS")


class Killed(BaseException):
    """The process is gone: nothing that it still does reaches anybody."""


def told(threads: int = 16) -> World:
    """Make a world that announces, in which every job has ended and its file is there."""
    world = World(announce_topic="manifests", media_facts="false", concurrency=str(threads))
    world.api.otherwise = DONE
    world.store.put("c/a.srt")
    return world


def standing(world: World) -> set[str]:
    """Return the IDs of the events that what stands in the bucket must have had."""
    keys = world.store.home_keys(MANIFESTS)
    return {f"{key[len(MANIFESTS) : -5]}:{world.store.objects[HOME, key].etag}" for key in keys}


def ids(world: World) -> list[str]:
    return [event["id"] for event in world.topic.events]


def sweep(world: World, times: int = 2) -> None:
    """Make the timer tick when everything is due."""
    for _ in range(times):
        world.until_due()
        world.tick()


# --- a process that is killed ------------------------------------------------------------------


def kill_at(world: World, number: int) -> None:
    """Kill the process when it makes its next call but so many."""
    made = 0

    def fault(_call: object) -> None:
        nonlocal made
        made += 1
        if made > number:
            raise Killed

    world.store.fault, world.topic.fault = fault, fault


def revive(world: World) -> None:
    world.store.fault, world.topic.fault = (lambda _call: None), (lambda _text: None)


def one_job(world: World) -> None:
    world.give({"jobId": ID})


def several_jobs(world: World) -> None:
    world.deliver(*JOBS)


def several_parked_jobs(world: World) -> None:
    world.until_due()
    world.tick()


def a_better_manifest(world: World) -> None:
    world.give({"jobIds": JOBS[:2]})


def park(world: World) -> None:
    """Park jobs that have ended by the next sweep."""
    world.api.otherwise = mps_answer(State="Queuing", Result=None)
    world.deliver(*JOBS)
    world.api.otherwise = DONE


def lack_a_file(world: World) -> None:
    """Have two partial manifests, which the next look makes complete."""
    del world.store.objects[HOME, "c/a.srt"]
    world.give({"jobIds": JOBS[:2]})
    world.store.put("c/a.srt")


SCENES: list[tuple[Callable[[World], None], Callable[[World], None]]] = [
    (lambda _world: None, one_job),
    (lambda _world: None, several_jobs),
    (park, several_parked_jobs),
    (lack_a_file, a_better_manifest),
]


@pytest.mark.parametrize("versioning", [False, True], ids=["plain", "versioned"])
@pytest.mark.parametrize(("before", "act"), SCENES, ids=lambda scene: scene.__name__)
def test_killed_at_any_call_a_later_sweep_announces(
    before: Callable[[World], None], act: Callable[[World], None], *, versioning: bool
) -> None:
    """Nobody delivers the event again: what was written is known by the note alone."""
    for number in range(1000):
        world = told(threads=1)
        world.store.versioning = versioning
        before(world)
        world.topic.messages.clear()
        earlier = standing(world)
        kill_at(world, number)
        try:
            act(world)
            is_killed = False
        except Killed:
            is_killed = True
        written = standing(world) - earlier
        revive(world)
        sweep(world)
        assert written <= {*ids(world)}
        assert {*ids(world)} <= standing(world) | written
        assert world.store.home_keys(NOTES) == []
        if not is_killed:
            assert sorted(ids(world)) == sorted(written)
            assert number >= 4
            return
    raise AssertionError("it never ended")


def test_a_killed_replay_has_nothing_to_announce() -> None:
    """It wrote nothing, whatever its note says."""
    for number in range(1000):
        world = told()
        world.give({"jobId": ID})
        kill_at(world, number)
        try:
            world.give({"jobId": ID})
        except Killed:
            revive(world)
            sweep(world)
            assert len(ids(world)) == 1
        else:
            return
    raise AssertionError("it never ended")


# --- a topic that fails ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [DOWN, Unauthorized("no right", status=403), NotFound("no topic", status=404)],
    ids=lambda error: type(error).__name__,
)
def test_what_a_topic_does_not_take_is_announced_by_a_sweep(error: ServiceError) -> None:
    """No job is asked about again for it, and a dead topic is not asked for each of them."""
    world = told(threads=1)
    tries = 0

    def fault(text: str) -> None:
        nonlocal tries
        tries += 1
        raising(error)(text)

    world.topic.fault = fault
    assert world.deliver(*JOBS)["status"] == "complete"
    assert tries == 3
    assert world.telemetry.counts["unannounced"] == len(JOBS)
    assert world.parked() == []
    world.tick()
    assert tries == 6
    world.topic.fault = lambda _text: None
    calls = len(world.api.calls)
    sweep(world, 1)
    assert sorted(ids(world)) == sorted(standing(world))
    assert world.telemetry.counts["announced"] == len(JOBS)
    assert len(world.api.calls) == calls
    assert world.store.home_keys(NOTES) == []


def test_a_message_that_is_too_large_is_said_in_fewer_words() -> None:
    """A topic may be set to take less than 64 KB."""
    world = told()
    world.api.say(ID, {**DONE, "UserData": "u" * 900})

    def fault(text: str) -> None:
        if len(text) > 1200:
            raise fresh(REFUSED)

    world.topic.fault = fault
    world.give({"jobId": ID})
    [event] = world.topic.events
    assert event["id"] in standing(world)
    assert event["data"]["truncated"] is True


def test_a_message_that_is_always_refused_is_in_nobodys_way() -> None:
    """Its note is due later and later; those behind it are worked off."""
    world = told()
    world.topic.fault = raising(REFUSED, lambda text: ID in text)
    world.give({"jobId": ID})
    world.topic.fault = raising(DOWN)
    world.give({"jobId": JOBS[0]})
    world.topic.fault = raising(REFUSED, lambda text: ID in text)
    for _ in range(3):
        world.until_due()
        world.tick()
    assert [event["subject"] for event in world.topic.events] == [JOBS[0]]
    [note] = world.store.home_keys(NOTES)
    assert orjson.loads(world.store.body(note))["jobs"] == [ID]
    assert world.tick()["status"] == "empty"
    assert world.store.home_keys(NOTES) == [note]


def test_without_a_note_no_manifest_is_written() -> None:
    """It could not be announced for certain."""
    world = told()
    world.store.fault = raising(DOWN, lambda call: call == Call("write", HOME, call.key))
    with pytest.raises(TemporarilyUnavailable):
        world.deliver(ID)
    assert standing(world) == set()
    world.store.fault = lambda _call: None
    world.deliver(ID)
    assert ids(world) == [*standing(world)]


# --- answers that are lost ---------------------------------------------------------------------


def lose_answers(world: World, error: ServiceError) -> None:
    """Have the next manifest written, and the answer lost."""

    def lose(call: Call) -> None:
        if call.key.startswith(MANIFESTS):
            world.store.lost = lambda _call: None
            raise fresh(error)

    world.store.lost = lose


def test_a_write_that_is_repeated_by_the_connection_is_known_as_ones_own() -> None:
    """The second one is refused, since the first, whose answer was lost, has written it."""
    world = told()
    lose_answers(world, AlreadyExists("The object exists.", status=409))
    world.give({"jobId": ID})
    assert ids(world) == [*standing(world)]
    sweep(world)
    assert len(ids(world)) == 1


def test_a_write_of_unknown_outcome_is_looked_after() -> None:
    """The job is parked, and when it is looked at again there is nothing to write."""
    world = told()
    lose_answers(world, DOWN)
    assert world.deliver(ID)["status"] == "pending"
    assert ids(world) == []
    sweep(world)
    assert ids(world) == [*standing(world)]
    assert world.parked() == []


def test_a_lost_answer_of_the_topic_is_no_announcement() -> None:
    """It is published twice: at least once is what was promised."""
    world = told()
    world.topic.lost = raising(DOWN)
    world.give({"jobId": ID})
    world.topic.lost = lambda _text: None
    sweep(world)
    assert ids(world) == [*standing(world)] * 2


# --- what is not announced ---------------------------------------------------------------------


@pytest.mark.parametrize("versioning", [False, True], ids=["plain", "versioned"])
def test_a_replay_tells_nothing(*, versioning: bool) -> None:
    """It writes nothing, on whatever instance; nor does a worse one."""
    world = told()
    world.store.versioning = versioning
    world.deliver(*JOBS)
    world.deliver(*JOBS)
    del world.store.objects[HOME, "c/a.srt"]
    assert world.deliver(*JOBS)["jobs"][0]["reason"].startswith("kept: ")
    sweep(world)
    assert sorted(ids(world)) == sorted(standing(world))


def test_each_better_manifest_is_announced_after_the_one_before() -> None:
    """A partial one that is looked at again says nothing until it changes."""
    world = told()
    del world.store.objects[HOME, "c/a.srt"]
    world.deliver(ID)
    sweep(world)
    assert [event["data"]["status"] for event in world.topic.events] == ["partial"]
    world.store.put("c/a.srt")
    sweep(world)
    assert [event["data"]["status"] for event in world.topic.events] == ["partial", "complete"]


def test_a_manifest_that_another_has_replaced_is_announced_by_the_other_only() -> None:
    """What does not stand any more cannot be looked at by whoever is told of it."""
    world = told()
    world.topic.fault = raising(DOWN)
    del world.store.objects[HOME, "c/a.srt"]
    world.give({"jobId": ID})
    world.topic.fault = lambda _text: None
    world.store.put("c/a.srt")
    world.give({"jobId": ID})
    sweep(world)
    assert [event["data"]["status"] for event in world.topic.events] == ["complete"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"jobs":5}', b'{"jobs":[1],"tries":"x"}'])
def test_a_broken_note_stops_no_sweep(body: bytes) -> None:
    """It names nobody, so it goes."""
    world = told()
    world.store.put(f"{NOTES}20200101T000000Z/{'a' * 16}.json", body)
    world.store.put(f"{NOTES}20200101T000000Z/readme.txt", b"x")
    world.topic.fault = raising(DOWN)
    world.give({"jobId": ID})
    world.topic.fault = lambda _text: None
    sweep(world)
    assert ids(world) == [*standing(world)]
    assert world.store.home_keys(NOTES) == [f"{NOTES}20200101T000000Z/readme.txt"]


def test_without_a_topic_nothing_is_noted() -> None:
    """Who does not want announcements has no request and no metadata more."""
    world = World()
    world.api.otherwise = DONE
    world.store.put("c/a.srt")
    world.deliver(*JOBS)
    sweep(world)
    assert not [call for call in world.store.calls if call.key.startswith(NOTES)]
    written = world.store.objects[HOME, f"{MANIFESTS}{JOBS[0]}.json"]
    assert "written-by" not in written.metadata
    assert isinstance(world.store, FakeStore)


# --- what it costs -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("jobs", "most"), [(1, 1), (200, 5), (1500, 8)])
def test_an_invocation_writes_few_notes_however_many_jobs_it_has(jobs: int, most: int) -> None:
    """Each names the jobs that are known by then, a thousand at most, and is deleted once."""
    world = told(threads=1)
    query = world.api.query

    def slower_than_the_event_is_read(api: Api, job_id: str, *limit: int) -> Mapping[str, Any]:
        time.sleep(0.001)  # as every API is; else the notes are a race
        return query(api, job_id, *limit)

    world.api.query = slower_than_the_event_is_read  # type: ignore[assignment,method-assign]
    world.deliver(*job_ids(jobs))
    writes = [key for key in world.store.written if key.startswith(NOTES)]
    deleted = [c for c in world.store.calls if c.operation == "delete" and c.key.startswith(NOTES)]
    assert 1 <= len(writes) <= most
    assert len(deleted) == 1
    assert len(ids(world)) == jobs


def test_a_sweep_notes_its_entries_by_the_hundred() -> None:
    """As it does with what it is at work on."""
    world = told(threads=1)
    world.api.otherwise = mps_answer(State="Queuing", Result=None)
    world.deliver(*job_ids(150))
    world.api.otherwise = DONE
    world.store.written.clear()
    sweep(world, 1)
    assert len(ids(world)) == 150
    assert len([key for key in world.store.written if key.startswith(NOTES)]) <= 3


def test_who_announces_nothing_loads_nothing_for_it() -> None:
    """Each module more is paid for by every start; tests/packages looks at the built ones."""
    code = "import index, sys; print([m for m in sys.modules if m.split('.')[-1] in sys.argv])"
    names = ["mns", "announcement", "announce_left", "topic_announcer"]
    folder = Path(mps_manifest.__file__).parents[1]
    command = [sys.executable, "-c", code, *names]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
    assert all([*folder.rglob(f"{name}.py")] for name in names)
