"""A task of several jobs: reported once all have ended in it, at a cost that grows with them."""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from mps_manifest.errors import NotFound, Refused, Throttled, Unauthorized, Unreachable
from mps_manifest.state.keys import Keys
from mps_manifest.state.tasks import JobEnd, Task
from mps_manifest.workflow.announcers import MAX_CAUSE, MAX_OUTPUT_BYTES
from tests.fakes import Call, fresh, raising
from tests.unit.samples import ID, OTHER, files_answer, mps_answer
from tests.unit.world import REJECTED, World

TOKEN = "the-token"
DONE = files_answer("c/a.srt")
RUNNING = mps_answer(State="Analysing")
FAILED = mps_answer(State="Fail", Result='{"Code":"InvalidInput","Message":"no picture"}')
FOREIGN = {"RequestId": "r"}
TASK = {"jobIds": [ID, OTHER], "taskToken": TOKEN}
TASKS = ".mps-manifest/tasks/"


@pytest.fixture
def world() -> World:
    world = World()
    world.store.put("c/a.srt")
    return world


def sweep(world: World) -> None:
    """Make the timer tick when everything is due."""
    world.until_due()
    world.tick()


def told(world: World) -> dict[str, str]:
    """Return what became of each job, by the only report."""
    [(_, _, text)] = world.callbacks.reports
    return {job["jobId"]: job["status"] for job in json.loads(text)["jobs"]}


# --- when it is over -------------------------------------------------------------------------


def test_a_rejection_from_before_ends_no_wait(world: World) -> None:
    """The service may not have known the job yet, and this task is not about that."""
    world.api.say(OTHER, FOREIGN)
    world.deliver(OTHER)
    assert len(world.rejected()) == 1
    world.api.say(OTHER, RUNNING)
    world.api.say(ID, DONE)
    world.give(TASK)
    assert world.callbacks.reports == []
    world.api.say(OTHER, DONE)
    sweep(world)
    assert told(world) == {ID: "complete", OTHER: "complete"}


def test_a_manifest_from_before_ends_no_wait(world: World) -> None:
    """It may be that of a job that was given up, and is asked for anew."""
    world.api.say(OTHER, RUNNING)
    world.deliver(OTHER)
    world.clock.pass_by(73 * 3600)
    world.tick()
    assert world.manifest(OTHER)["status"] == "expired"
    world.api.say(ID, DONE)
    world.give(TASK)
    assert world.callbacks.reports == []
    world.api.say(OTHER, DONE)
    sweep(world)
    assert told(world) == {ID: "complete", OTHER: "complete"}


def test_one_job_of_both_services_ends_twice(world: World) -> None:
    """They are two jobs of the task: each is asked about, and each has its end."""
    jobs = [{"jobId": ID, "api": "mps"}, {"jobId": ID, "api": "ims"}]
    world.api.say(ID, DONE, RUNNING, DONE)
    world.give({"jobs": jobs, "taskToken": TOKEN})
    assert world.callbacks.reports == []
    sweep(world)
    assert len(world.callbacks.reports) == 1
    assert world.store.home_keys(TASKS) == []


def test_what_is_no_mark_of_a_task_ends_nothing(world: World) -> None:
    """Whatever lies there, only a job of the task with a status counts."""
    world.api.say(ID, DONE)
    world.api.say(OTHER, RUNNING)
    world.give(TASK)
    [mark] = [key for key in world.store.home_keys(TASKS) if ID in key]
    folder = mark.rpartition("/")[0]
    for name in (
        "x",
        f"{OTHER}.mps.pending..json",
        f"{OTHER}.ims.complete.E.json",
        f"{OTHER}.json",
    ):
        world.store.put(f"{folder}/{name}", b"{}")
    world.deliver(ID)
    sweep(world)
    assert world.callbacks.reports == []
    world.api.say(OTHER, FAILED)
    sweep(world)
    assert told(world) == {ID: "complete", OTHER: "failed"}
    assert world.store.home_keys(TASKS) == []


def test_a_task_of_the_release_before_ends_by_what_stands(world: World) -> None:
    """It has no marks of the jobs that ended then."""
    world.api.otherwise = RUNNING
    world.give(TASK)
    key = Keys(world.settings).task(TOKEN)
    world.store.put(key, world.store.body(key))  # without its ID
    world.store.put(f"manifests/{ID}.json", b'{"status":"complete"}', {"status": "complete"})
    world.api.say(OTHER, DONE)
    sweep(world)
    assert told(world) == {ID: "complete", OTHER: "complete"}
    assert key not in world.store.home_keys(TASKS)


# --- what it costs ---------------------------------------------------------------------------


def ids(number: int) -> list[str]:
    return [f"{n:032x}" for n in range(number)]


def cost(number: int, *, one_by_one: bool) -> Counter[str]:
    """Count the requests for a task: its jobs end at once, or each in a sweep of its own."""
    world = World(concurrency="1")
    world.store.put("c/a.srt")
    world.api.otherwise = RUNNING if one_by_one else DONE
    world.give({"jobIds": ids(number), "taskToken": TOKEN})
    for job_id in ids(number) if one_by_one else ():
        world.api.say(job_id, DONE)
        [key] = [k for k in world.store.home_keys(".mps-manifest/backlog/") if job_id in k]
        world.store.put(
            f".mps-manifest/backlog/20231114T220000Z/{job_id}.json", world.store.body(key)
        )
        world.store.delete(key)
        world.tick()
    assert len(world.callbacks.reports) == 1
    assert world.store.home_keys(TASKS) == []
    return Counter(call.operation for call in world.store.calls if TASKS in call.key)


@pytest.mark.slow
@pytest.mark.parametrize("one_by_one", [False, True])
def test_a_task_twice_as_large_costs_twice_as_much(*, one_by_one: bool) -> None:
    """Each job looks for one other only, whichever way they end."""
    costs = [cost(number, one_by_one=one_by_one).total() for number in (10, 20, 40)]
    assert costs[2] - costs[1] == 2 * (costs[1] - costs[0])
    assert costs[2] <= 40 * (6 if one_by_one else 4) + 5


@pytest.mark.slow
def test_a_replay_of_a_large_task_costs_no_more() -> None:
    """Each of its jobs has ended before, and is not looked for by every other one."""
    world = World()
    world.store.put("c/a.srt")
    world.api.otherwise = DONE
    event = {"jobIds": ids(200), "taskToken": TOKEN}
    world.give(event)
    first = len(world.store.calls)
    world.give(event)
    assert len(world.store.calls) - first <= 1.5 * first


# --- the report ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [Refused("x"), Unauthorized("x"), Throttled("x"), Unreachable("x")]
)
def test_a_report_that_is_refused_is_said_again(error: Exception) -> None:
    """Only a token that is used or unknown is the end; a task's list stays until then.

    The job that ends last is parked; of two that end at the same time either may find it refused.
    """
    world = World(concurrency="1")
    world.store.put("c/a.srt")
    world.api.otherwise = DONE
    world.callbacks.fault = raising(error)
    world.give(TASK)
    assert world.callbacks.reports == []
    assert len(world.parked()) == 1
    assert len(world.store.home_keys(TASKS)) == 3
    sweep(world)
    world.callbacks.fault = lambda _token: None
    sweep(world)
    assert told(world) == {ID: "complete", OTHER: "complete"}
    assert world.store.home_keys(TASKS) == []
    assert world.parked() == []


def test_what_is_left_of_a_task_is_deleted_later(world: World) -> None:
    """The report was made; a store that fails then leaves nothing for ever."""
    world.api.otherwise = DONE

    def fails(call: Call) -> None:
        if call.operation == "delete" and f"{ID}.mps" in call.key:
            raise fresh(Unreachable("down"))

    world.store.fault = fails
    world.give(TASK)
    assert len(world.callbacks.reports) == 1
    assert len(world.store.home_keys(TASKS)) == 2
    world.store.fault = lambda _call: None
    world.callbacks.fault = raising(NotFound("used"))
    sweep(world)
    assert world.store.home_keys(TASKS) == []
    assert world.parked() == []


def test_what_is_left_of_a_task_is_deleted_once(world: World) -> None:
    """Threads whose jobs end while it is reported each find it reported, at the same time."""

    def takes_a_while(call: Call) -> None:
        if call.operation == "delete":
            time.sleep(0.002)

    with world.core() as core:
        core.tasks.expect(TOKEN, tuple(("mps", job_id) for job_id in ids(50)))
        task = core.tasks.task(TOKEN)
        assert isinstance(task, Task)
        for job in task.jobs:
            core.tasks.end(task, job, JobEnd("complete", "e"))
        world.store.delete(core.keys.task(TOKEN))
        world.store.calls.clear()
        world.store.fault = takes_a_while
        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(core.tasks.is_reported, [task] * 8))
    assert world.store.home_keys(TASKS) == []
    assert Counter(call.operation for call in world.store.calls)["delete"] == 50


@pytest.mark.parametrize("answer", [FAILED, DONE], ids=["failed", "complete"])
@pytest.mark.parametrize("number", [1, 30, 400])
def test_a_report_fits(number: int, answer: dict[str, str]) -> None:
    """CloudFlow refuses what is longer, and the step would wait until it times out."""
    world = World()
    world.store.put("c/a.srt")
    world.api.otherwise = answer
    world.give({"jobIds": ids(number), "taskToken": TOKEN})
    [(_, error, text)] = world.callbacks.reports
    assert len(text.encode()) <= (MAX_CAUSE if error == "JobFailed" else MAX_OUTPUT_BYTES)
    said = json.loads(text)
    assert sum(said["counts"].values()) == number
    assert said["truncated"] == (len(said["jobs"]) < number)
    assert said["jobs"]


def test_a_long_prefix_leaves_room_for_the_counts() -> None:
    """Where not even one job fits, how many there are does."""
    world = World(manifest_prefix="m" * 900 + "/")
    world.store.put("c/a.srt")
    world.api.otherwise = mps_answer(State="Fail", Result="界" * 5000)
    world.give({"jobIds": ids(3), "taskToken": TOKEN})
    [(_, _, text)] = world.callbacks.reports
    assert len(text.encode()) <= MAX_CAUSE
    assert json.loads(text)["counts"]["failed"] == 3
    assert len(world.store.home_keys(REJECTED)) == 0
