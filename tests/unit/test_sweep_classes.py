"""Urgent jobs come before bulk in every sweep, bulk never starves, and tickets share the rest."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from mps_manifest.errors import Throttled
from mps_manifest.state.due_seconds import is_bulk_second
from tests.fakes import HOME, START, Call
from tests.unit.samples import job_ids, mps_answer
from tests.unit.world import BACKLOG, World

ENDED = mps_answer(State="Fail", Result=None)
RUNNING = mps_answer(State="Queuing", Result=None)
NOW = int(START)


def world_of(**settings: Any) -> World:
    """Make a world in which all jobs have ended."""
    world = World(**settings)
    world.api.otherwise = ENDED
    return world


def put(world: World, seconds: int, names: list[str], **fields: object) -> None:
    """Put entries that are due so many seconds from the start."""
    with world.core() as core:
        for name in names:
            body = json.dumps({"jobId": name, "api": "mps", **fields}).encode()
            world.store.put(core.keys.backlog_entry(NOW + seconds, name), body)


def asked(world: World) -> list[str]:
    return [job_id for _, job_id in world.api.calls]


def take_time(world: World, seconds: float) -> None:
    """Make each query take a while, of one thread."""

    def slow(call: Call) -> None:
        if call.operation == "read" and call.key.startswith(BACKLOG):
            world.clock.pass_by(seconds)

    world.store.fault = slow


def ticket(key: str) -> dict[str, object]:
    """Make the event of an object that was put."""
    record = {
        "eventName": "ObjectCreated:PutObject",
        "oss": {"bucket": {"name": HOME}, "object": {"key": key}},
    }
    return {"events": [record]}


def test_urgent_jobs_are_asked_about_before_bulk_that_is_older() -> None:
    """One job that somebody waits for waited behind three thousand of a ticket."""
    world, names = world_of(concurrency="1"), job_ids(305)
    put(world, -60, names[:300], **{"class": "bulk"})
    put(world, -1, names[300:])
    world.tick()
    assert max(map(asked(world).index, names[300:])) < 7
    assert set(asked(world)) == set(names)


def test_bulk_goes_on_while_there_is_nothing_but_urgent() -> None:
    """One task in five is bulk, so however many urgent jobs there are it never starves."""
    world, names = world_of(concurrency="1"), job_ids(360)
    put(world, -5, names[:300])
    put(world, -60, names[300:], **{"class": "bulk"})
    world.tick()
    first = asked(world)[:250]
    assert sum(name in names[300:] for name in first) == 50
    assert set(asked(world)) == set(names)


def test_what_becomes_urgent_during_a_long_sweep_does_not_wait_for_its_end() -> None:
    """A sweep of a large backlog takes minutes, and no other one runs meanwhile."""
    world, names = world_of(concurrency="1", timeout=300.0), job_ids(801)
    put(world, -60, names[:800], **{"class": "bulk"})
    put(world, 33, names[800:])
    take_time(world, 0.1)
    world.tick()
    assert asked(world).index(names[800]) * 0.1 < 33 + 10 + 10 + 1
    assert set(asked(world)) == set(names)


def test_a_small_ticket_does_not_wait_for_all_of_a_large_one() -> None:
    """Each came first at its place: their jobs take turns by the ten seconds they are due at."""
    world, names = world_of(concurrency="1"), job_ids(460)
    put(world, -60, names[:400], **{"class": "bulk"})
    put(world, -30, names[400:], **{"class": "bulk"})
    world.tick()
    assert max(map(asked(world).index, names[400:])) < 2 * 60


@pytest.mark.slow
def test_jobs_of_a_ticket_are_bulk_from_the_101st_on_and_remain_so() -> None:
    """Also when a sweep parks them again."""
    world, names = World(api_qps="10000"), job_ids(250)
    world.api.otherwise = RUNNING
    world.store.put("jobs/many.txt", "\n".join(names).encode())
    world.give(ticket("jobs/many.txt"))
    for _ in range(2):
        entries = {entry["jobId"]: entry.get("class") for entry in world.parked()}
        assert entries == {name: "bulk" if n >= 100 else None for n, name in enumerate(names)}
        for key in world.store.home_keys(BACKLOG):
            due, name = world_key(world, key)
            assert is_bulk_second(due) == (entries[name] == "bulk")
        world.until_due()
        world.tick()
    assert len(asked(world)) == 750


def world_key(world: World, key: str) -> tuple[float, str]:
    with world.core() as core:
        return core.keys.parse_backlog_entry(key) or (0.0, "")


@pytest.mark.parametrize("count", [1, 100, 101, 300])
def test_an_event_of_a_hundred_jobs_is_urgent(count: int) -> None:
    """Flow steps and messages are; a direct call that leaves more to the backlog is not."""
    world = World()
    world.api.otherwise = RUNNING
    world.give({"jobIds": job_ids(count), "onPending": "park"})
    classes = Counter(entry.get("class") for entry in world.parked())
    assert classes == Counter({None: min(count, 100)}) + Counter({"bulk": max(0, count - 100)})


def test_a_ticket_that_is_read_by_a_sweep_has_the_same_classes() -> None:
    """It was parked unread, so nobody knew how many jobs it names."""
    world = World()
    world.api.otherwise = RUNNING
    world.store.put("jobs/many.txt", "\n".join(job_ids(130)).encode())

    def refuse(call: Call) -> None:
        if call.operation == "read" and call.key == "jobs/many.txt":
            raise Throttled("t")

    world.store.fault = refuse
    world.give(ticket("jobs/many.txt"))
    world.store.fault = lambda _call: None
    world.until_due()
    world.tick()
    assert Counter(e.get("class") for e in world.parked()) == {None: 100, "bulk": 30}


@pytest.mark.parametrize("seconds", [-60, -57])
def test_an_entry_of_a_release_before_is_urgent_wherever_it_stands(seconds: int) -> None:
    """It may be due at any second, and comes in its turn; from then on it is urgent."""
    world = World()
    world.api.otherwise = RUNNING
    put(world, seconds, job_ids(1))
    world.tick()
    [key] = world.store.home_keys(BACKLOG)
    assert "class" not in world.parked()[0]
    assert not is_bulk_second(world_key(world, key)[0])


@pytest.mark.slow
def test_what_a_sweep_lists_does_not_grow_with_bulk_that_it_has_no_time_for() -> None:
    """Ten urgent jobs beside thirty pages of bulk, of which there is time for two."""
    world, names = world_of(concurrency="1", api_qps="10"), job_ids(6010)
    for number in range(3):
        put(world, -100 + 10 * number, names[number * 2000 :][:2000], **{"class": "bulk"})
    put(world, -1, names[6000:])
    world.store.page_size = 200
    world.tick()
    lists = Counter(c.key for c in world.store.calls if c.operation == "list")
    assert set(names[6000:]) < set(asked(world))
    assert 300 < len(asked(world)) < 500
    assert sum(number for key, number in lists.items() if BACKLOG in key) <= 10


def test_an_entry_that_a_sweep_has_parked_is_no_duplicate_of_the_one_before() -> None:
    """It falls due while the sweep goes on, and deleting it would lose the job."""
    world = World(timeout=300.0)
    world.api.otherwise = RUNNING
    put(world, -3, job_ids(2))
    world.sweep()
    assert len(asked(world)) > 4
    assert sorted(entry["jobId"] for entry in world.parked()) == job_ids(2)


def test_further_entries_of_a_job_are_deleted_once_it_is_settled() -> None:
    """Whatever their class is, they cost one query; one with a token of its own stays."""
    world = World()
    world.api.otherwise = RUNNING
    [name] = job_ids(1)
    put(world, -41, [name])
    put(world, -30, [name], **{"class": "bulk"})
    put(world, -22, [name], taskToken="t")
    put(world, -12, [name])
    world.tick()
    assert asked(world) == [name]
    assert sorted(entry.get("taskToken", "") for entry in world.parked()) == ["", "t"]


@pytest.mark.parametrize("others", [0, 5000])
def test_fifty_that_are_due_cost_the_same_beside_many_that_are_not(others: int) -> None:
    """Three lists (what is due, who is at work, locks), a record, and three requests a job."""
    world, names = world_of(), job_ids(50)
    put(world, -57, names)
    put(world, 3600, job_ids(50 + others)[50:], **{"class": "bulk"})
    world.sweep()
    assert Counter(call.operation for call in world.store.calls) == {
        "list": 3 + 1,  # a second look at what is due, since this function waits for what is soon
        "read": 50,
        "write": 50 + 1,
        "delete": 50 + 1,
    }
