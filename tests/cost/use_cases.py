"""Every use case, with n of something in it: jobs, files, keys, messages, entries."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

from mps_manifest.errors import InvalidEvent, TemporarilyUnavailable
from tests.fakes import HOME
from tests.unit.samples import ID, files_answer, job_ids, mps_answer
from tests.unit.world import BACKLOG, World

SRT = b"1\n00:00:01,000 --> 00:00:02,000\nhi\n"
RUNNING = mps_answer(State="Queuing", Result=None)
DONE = files_answer("c/a.srt")
OUTPUT = "out/{source}-{timestamp}-{sequenceId}.mp4"


def new_world() -> World:
    """Make a world whose jobs have all succeeded, with one file."""
    world = World(timeout=3000.0)
    world.store.put("c/a.srt", SRT)
    world.api.otherwise = DONE
    return world


def give(world: World, event: object) -> None:
    with suppress(TemporarilyUnavailable, InvalidEvent):
        world.give(event)


def record(key: str) -> dict[str, object]:
    """Make the record of a ticket in an event of OSS."""
    place = {"bucket": {"name": HOME}, "object": {"key": key}}
    return {"eventName": "ObjectCreated:PutObject", "oss": place}


# --- one job -------------------------------------------------------------------------------------


def many_files(world: World, n: int) -> None:
    keys = [f"c/{number}.srt" for number in range(n)]
    for key in keys:
        world.store.put(key, SRT)
    world.api.say(ID, files_answer(*keys))
    give(world, {"jobId": ID})


def one_file_under_many_names(world: World, n: int) -> None:
    world.api.say(ID, files_answer(*["c/a.srt"] * n))
    give(world, {"jobId": ID})


def files_that_are_missing(world: World, n: int) -> None:
    world.api.say(ID, files_answer(*(f"c/%41{number}.srt" for number in range(n))))
    give(world, {"jobId": ID})


def many_matches(world: World, n: int) -> None:
    for number in range(n):
        world.store.put(f"out/film-1234567890-{number}.mp4")
    world.api.say(ID, mps_answer("VideoDetext", {}, output=OUTPUT))
    give(world, {"jobId": ID})


def many_runs(world: World, n: int) -> None:
    for number in range(n):
        world.store.put(f"out/film-{1234567890 + number}-1.mp4")
    world.api.say(ID, mps_answer("VideoDetext", {}, output=OUTPUT))
    give(world, {"jobId": ID})


# --- one event -----------------------------------------------------------------------------------


def many_jobs(world: World, n: int) -> None:
    give(world, {"TopicName": "t", "Message": "\n".join(job_ids(n))})


def many_jobs_that_run(world: World, n: int) -> None:
    world.api.otherwise = RUNNING
    many_jobs(world, n)


def many_words(world: World, n: int) -> None:
    give(world, {"TopicName": "t", "Message": json.dumps(["a word"] * n)})


def one_job_many_times(world: World, n: int) -> None:
    give(world, {"TopicName": "t", "Message": "\n".join([ID] * n)})


def many_messages(world: World, n: int) -> None:
    give(world, [{"messageBody": json.dumps({"jobId": each})} for each in job_ids(n)])


def unusable_messages(world: World, n: int) -> None:
    give(world, [{"messageBody": f"word {number}"} for number in range(n)])


def many_tickets(world: World, n: int) -> None:
    for number, job_id in enumerate(job_ids(n)):
        world.store.put(f"jobs/{number}.txt", job_id.encode())
    give(world, {"events": [record(f"jobs/{number}.txt") for number in range(n)]})


def tickets_that_are_missing(world: World, n: int) -> None:
    give(world, {"events": [record(f"jobs/%41{number}.txt") for number in range(n)]})


def one_long_ticket(world: World, n: int) -> None:
    world.store.put("jobs/all.txt", "\n".join(job_ids(n)).encode())
    give(world, {"events": [record("jobs/all.txt")]})


# --- tasks ---------------------------------------------------------------------------------------


def one_task(world: World, n: int) -> None:
    give(world, {"jobIds": job_ids(n), "taskToken": "token"})


def one_task_again(world: World, n: int) -> None:
    one_task(world, n)
    world.store.calls.clear()
    world.api.calls.clear()
    one_task(world, n)


def many_tasks(world: World, n: int) -> None:
    give(world, [{"jobId": each, "taskToken": f"t{each}"} for each in job_ids(n)])


def a_task_in_the_backlog(world: World, n: int) -> None:
    world.api.otherwise = RUNNING
    one_task(world, n)
    world.until_due()
    world.api.otherwise = DONE
    world.store.calls.clear()
    world.api.calls.clear()
    world.tick()


# --- the backlog ---------------------------------------------------------------------------------


def backlog(world: World, n: int) -> None:
    for number, job_id in enumerate(job_ids(n)):
        world.store.put(entry(number, job_id), b"{}")
    world.tick()


def backlog_that_stays(world: World, n: int) -> None:
    world.api.otherwise = RUNNING
    backlog(world, n)


def duplicates_in_the_backlog(world: World, n: int) -> None:
    for number in range(n):
        world.store.put(entry(number, ID), b"{}")
    world.tick()


def words_in_the_backlog(world: World, n: int) -> None:
    for number in range(n):
        world.store.put(f"{BACKLOG}word {number}")
    world.tick()


def entry(number: int, job_id: str) -> str:
    hours, seconds = divmod(number, 3600)
    return f"{BACKLOG}20230101T{hours:02}{seconds // 60:02}{seconds % 60:02}Z/{job_id}.json"


USE_CASES: dict[str, Callable[[World, int], None]] = {
    case.__name__: case
    for case in (
        many_files,
        one_file_under_many_names,
        files_that_are_missing,
        many_matches,
        many_runs,
        many_jobs,
        many_jobs_that_run,
        many_words,
        one_job_many_times,
        many_messages,
        unusable_messages,
        many_tickets,
        tickets_that_are_missing,
        one_long_ticket,
        one_task,
        one_task_again,
        many_tasks,
        a_task_in_the_backlog,
        backlog,
        backlog_that_stays,
        duplicates_in_the_backlog,
        words_in_the_backlog,
    )
}
