"""Who waits for jobs is told what became of them: at least once, and truly."""

from __future__ import annotations

import json

import pytest

from mps_manifest.errors import NotFound, ServiceError, Unreachable
from mps_manifest.events import JobRequest
from mps_manifest.state.backlog import BacklogEntry
from mps_manifest.state.keys import Keys
from mps_manifest.workflow.outcome import Outcome
from tests.fakes import START, fresh, raising
from tests.unit.samples import ID, OTHER, files_answer, mps_answer
from tests.unit.world import BACKLOG, World

TOKEN = "the-token"
DONE = files_answer("c/a.srt")
RUNNING = mps_answer(State="Analysing")
FAILED = mps_answer(State="Fail", Result='{"Code":"InvalidInput","Message":"no picture"}')
TASK = {"jobIds": [ID, OTHER], "taskToken": TOKEN}


def task_key(world: World) -> str:
    """Return the key of the record of the task's jobs."""
    return Keys(world.settings).task(TOKEN)


def world_with_file() -> World:
    """Make a world in which the file of all jobs is there."""
    world = World()
    world.store.put("c/a.srt")
    return world


def running_task() -> World:
    """Make a world in which a task waits for two jobs that run."""
    world = world_with_file()
    world.api.otherwise = RUNNING
    world.give(TASK)
    return world


def sweep(world: World) -> None:
    """Make the timer tick when everything is due."""
    world.until_due()
    world.tick()


def test_a_task_of_two_jobs_is_reported_when_the_last_has_ended() -> None:
    """Not before, and with both of them."""
    world = running_task()
    world.api.say(ID, DONE)
    sweep(world)
    assert world.callbacks.reports == []
    world.api.say(OTHER, DONE)
    sweep(world)
    [(token, kind, output)] = world.callbacks.reports
    assert (token, kind) == (TOKEN, "succeeded")
    assert json.loads(output)["counts"]["complete"] == 2
    assert task_key(world) not in world.store.home_keys()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'[["mps","../x"]]', b'[["mts","a"]]', b"[1]", b"\xff"]
)
def test_a_broken_record_of_a_task_stops_no_sweep(body: bytes) -> None:
    """Each job gets its manifest, and the step is told that nobody can tell what it waits for."""
    world = running_task()
    world.store.put(task_key(world), body)
    world.api.otherwise = DONE
    sweep(world)
    assert world.manifest(ID)["status"] == world.manifest(OTHER)["status"] == "complete"
    assert world.parked() == []
    token, error, cause = world.callbacks.reports[0]
    assert (token, error) == (TOKEN, "TaskBroken")
    assert task_key(world) in cause
    assert task_key(world) not in world.store.home_keys()


def test_a_job_of_a_broken_task_expires_like_any_other() -> None:
    """Its time to live holds, whatever became of the record."""
    world = running_task()
    world.store.put(task_key(world), b"{")
    world.clock.pass_by(73 * 3600)
    world.tick()
    assert world.manifest(ID)["status"] == world.manifest(OTHER)["status"] == "expired"
    assert world.parked() == []


def test_a_broken_record_is_mended_by_the_next_delivery() -> None:
    """The event still knows the jobs."""
    world = running_task()
    world.store.put(task_key(world), b"{")
    world.give(TASK)
    assert json.loads(world.store.body(task_key(world))) == [["mps", ID], ["mps", OTHER]]


def test_a_record_that_stands_is_not_read_at_a_replay() -> None:
    """A refused write says that it is there; a second request per delivery reads it."""
    world = running_task()
    world.store.calls.clear()
    world.give(TASK)
    about_it = [call.operation for call in world.store.calls if call.key == task_key(world)]
    assert about_it == ["write", "read"]


@pytest.mark.parametrize("metadata", [{}, {"status": "odd"}])
def test_a_failed_job_whose_manifest_lost_its_metadata_has_failed(
    metadata: dict[str, str],
) -> None:
    """Copied or restored objects lose it; a task of failed jobs must not report success."""
    world = running_task()
    world.api.say(ID, FAILED)
    sweep(world)
    world.store.put(f"manifests/{ID}.json", world.store.body(f"manifests/{ID}.json"), metadata)
    world.api.say(OTHER, FAILED)
    sweep(world)
    [(token, error, cause)] = world.callbacks.reports
    assert (token, error) == (TOKEN, "JobFailed")
    assert json.loads(cause)["counts"]["failed"] == 2


def test_what_could_not_be_announced_is_announced_later_by_name() -> None:
    """The entry says who is still to be told, and since when."""
    world = world_with_file()
    world.api.say(ID, DONE)
    world.callbacks.fault = raising(Unreachable("down"))
    world.give({"jobId": ID, "taskToken": TOKEN})
    [entry] = world.parked()
    assert (entry["untold"], entry["untoldSince"]) == (["cloudflow"], entry["firstSeen"])
    world.callbacks.fault = lambda _token: None
    sweep(world)
    assert [report[:2] for report in world.callbacks.reports] == [(TOKEN, "succeeded")]
    assert world.parked() == []


def test_a_token_that_is_used_or_unknown_is_dropped() -> None:
    """Nobody waits for it any more."""
    world = world_with_file()
    world.api.say(ID, DONE)
    refusal = NotFound("no such token", code="InvalidTaskToken", status=400)
    world.callbacks.fault = raising(refusal)
    world.give({"jobId": ID, "taskToken": TOKEN})
    assert world.parked() == []


class Recorder:
    """An announcer that remembers, and fails while it is told to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.announced: list[str] = []
        self.error: ServiceError | None = None

    def announce(self, _entry: BacklogEntry, outcome: Outcome) -> None:
        if self.error:
            raise fresh(self.error)
        self.announced.append(outcome.job_id)


def test_only_those_who_were_not_told_are_told_again() -> None:
    """One announcer that is down makes the others repeat nothing."""
    world = world_with_file()
    sound, down = Recorder("sound"), Recorder("down")
    down.error = Unreachable("down")
    world.api.say(ID, DONE)
    request = JobRequest(ID, "mps", "park", "test")
    with world.core() as core:
        core.settler._announcers = [sound, down]
        core.settler.settle(request, "mps", core.collector.collect("mps", ID))
    assert (sound.announced, down.announced) == ([ID], [])
    [entry] = world.parked()
    assert entry["untold"] == ["down"]
    down.error = None
    world.until_due()
    with world.core() as core:
        core.settler._announcers = [sound, down]
        core.sweeper.sweep()
    assert (sound.announced, down.announced) == ([ID], [ID])
    assert world.parked() == []


def test_an_old_entry_that_was_not_told_tells_everybody() -> None:
    """Entries of earlier releases have a time and no names."""
    world = world_with_file()
    world.api.say(ID, DONE)
    entry = {"jobId": ID, "taskToken": TOKEN, "untoldSince": "2023-11-14T22:13:10Z"}
    world.store.put(f"{BACKLOG}20231114T221310Z/{ID}.json", json.dumps(entry).encode())
    assert world.clock.now() >= START
    world.tick()
    assert [report[:2] for report in world.callbacks.reports] == [(TOKEN, "succeeded")]


def test_a_store_that_fails_is_no_broken_record() -> None:
    """The task is reported later, when its record can be read again."""
    world = running_task()
    world.api.otherwise = DONE
    key = task_key(world)
    world.store.fault = raising(Unreachable("down"), lambda call: call.key == key)
    sweep(world)
    assert world.callbacks.reports == []
    world.store.fault = lambda _call: None
    sweep(world)
    # each of the two finds the other ended: at least once
    assert {report[:2] for report in world.callbacks.reports} == {(TOKEN, "succeeded")}
