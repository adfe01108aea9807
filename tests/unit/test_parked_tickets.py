"""Tickets that cannot be read now wait in the backlog, and keep nobody else waiting."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

import pytest

from mps_manifest.errors import TemporarilyUnavailable, Throttled, Unauthorized, Unreachable
from mps_manifest.events import Item, Ticket
from mps_manifest.limits.work_claim import WorkClaim, working_under
from tests.fakes import HOME, Call
from tests.unit.samples import ID, OTHER, files_answer, job_ids, mps_answer
from tests.unit.world import BACKLOG, CHANCE, REJECTED, World

DONE = files_answer("c/a.srt")
RUNNING = mps_answer(State="Queuing", Result=None)


def records(*keys: str, **object_: Any) -> dict[str, Any]:
    """Make an OSS event of created objects."""
    return {
        "events": [
            {
                "eventName": "ObjectCreated:PutObject",
                "eventTime": "2023-01-01T00:00:00.000Z",
                "oss": {"bucket": {"name": HOME}, "object": {"key": key, **object_}},
            }
            for key in keys
        ]
    }


def refuse(world: World, fault: Exception, *keys: str) -> None:
    """Make the store refuse to read some objects."""

    def fail(call: Call) -> None:
        if call.operation == "read" and call.key in keys:
            raise fault

    world.store.fault = fail


def tickets(world: World) -> list[dict[str, Any]]:
    """Read the entries of tickets."""
    return [entry for entry in world.parked() if "bucket" in entry]


@pytest.mark.parametrize("fault", [Unauthorized("denied"), Throttled("t"), Unreachable("u")])
def test_a_ticket_that_cannot_be_read_waits_and_the_event_is_done(fault: Exception) -> None:
    """One denied ticket made a batch of fifty come back for ever."""
    world = World()
    world.store.put("c/a.srt")
    world.api.otherwise = DONE
    keys = [f"jobs/{number}.txt" for number in range(50)]
    for key, job_id in zip(keys, job_ids(50), strict=True):
        world.store.put(key, job_id.encode())
    refuse(world, fault, keys[7])
    answer = world.give(records(*keys))
    assert answer["counts"]["complete"] == 49
    assert answer["counts"]["pending"] == 1
    [key] = world.store.home_keys(BACKLOG)
    assert key.endswith(".ticket.json")
    [entry] = world.parked()
    assert (entry["bucket"], entry["key"], entry["attempts"]) == (HOME, keys[7], 1)
    assert str(fault) in entry["reason"]
    assert keys[7] in entry["origin"]
    assert entry["firstSeen"].endswith("Z")
    assert world.rejected() == []


def test_a_ticket_that_can_be_kept_nowhere_brings_the_event_back_after_the_rest() -> None:
    """Then only another delivery saves its jobs."""
    world = World()
    world.store.put("c/a.srt")
    world.store.put("jobs/batch.txt", ID.encode())
    world.api.otherwise = DONE

    def fail(call: Call) -> None:
        if call.key.startswith("jobs/") or (
            call.operation == "write" and call.key.startswith(BACKLOG)
        ):
            raise Unreachable("the store is down")

    world.store.fault = fail
    with pytest.raises(TemporarilyUnavailable) as raised:
        world.give([*records("jobs/batch.txt")["events"], {"messageBody": OTHER}])
    assert "jobs/batch.txt" in str(raised.value)
    assert world.manifest(OTHER)["status"] == "complete"


def test_a_parked_ticket_is_read_by_a_sweep_when_it_is_due() -> None:
    """Its jobs are parked in its place, and nothing of it is left."""
    world = World()
    world.store.put("c/a.srt")
    world.api.otherwise = DONE
    world.store.put("jobs/a.json", json.dumps([ID, OTHER, "word"]).encode())
    refuse(world, Unauthorized("denied"), "jobs/a.json")
    world.give(records("jobs/a.json"))
    assert world.tick()["status"] == "empty"
    world.store.fault = lambda _call: None
    world.until_due()
    world.tick()
    assert tickets(world) == []
    assert {entry["jobId"] for entry in world.parked()} == {ID, OTHER}
    [entry] = world.rejected()
    assert json.loads(entry["payload"])["key"] == "jobs/a.json"
    world.until_due()
    assert world.tick()["counts"]["complete"] == 2
    assert world.store.home_keys(BACKLOG) == []


def test_the_delay_of_a_ticket_grows() -> None:
    """A bucket that denies access does so for hours."""
    world = World()
    world.store.put("jobs/a.txt", ID.encode())
    refuse(world, Unauthorized("denied"), "jobs/a.txt")
    with patch(CHANCE, lambda _low, high: high):
        world.give(records("jobs/a.txt"))
        first = tickets(world)[0]["firstSeen"]
        delays = []
        for attempts in range(2, 8):
            [key] = world.store.home_keys(BACKLOG)
            before = world.clock.now()
            while world.store.home_keys(BACKLOG) == [key]:
                world.clock.pass_by(15)
                assert world.tick()["counts"]["pending"] <= 1
            delays.append(world.clock.now() - before)
            [entry] = tickets(world)
            assert (entry["attempts"], entry["firstSeen"]) == (attempts, first)
    assert delays == sorted(delays)
    assert delays[0] < 60
    assert delays[-1] > 600


def given_up(key: str) -> World:
    """Make a world in which a ticket could not be read within the time to live."""
    world = World(job_ttl_hours="1")
    world.store.put(key, OTHER.encode())
    refuse(world, Unauthorized("denied"), key)
    world.give(records(key))
    sweeps = 0
    while tickets(world):
        world.until_due()
        world.tick()
        sweeps += 1
        assert sweeps < 10
    return world


def test_a_ticket_that_is_never_readable_is_given_up() -> None:
    """After the time to live it is quarantined, so that somebody sees to it."""
    world = given_up("jobs/todo.txt")
    assert world.parked() == []
    [entry] = world.rejected()
    assert json.loads(entry["payload"]) == {"bucket": HOME, "key": "jobs/todo.txt", "body": ""}
    assert "denied" in entry["reason"]


def test_a_ticket_whose_name_is_a_job_id_is_that_job_where_it_is_never_readable() -> None:
    """Its name says what its content would most likely have said, so the job is parked."""
    world = given_up(f"jobs/{ID}.txt")
    assert world.rejected() == []
    [entry] = world.parked()
    assert (entry["jobId"], entry["attempts"]) == (ID, 0)
    assert f"jobs/{ID}.txt" in entry["origin"]
    world.api.say(ID, DONE)
    world.store.put("c/a.srt")
    world.until_due()
    assert world.tick()["counts"]["complete"] == 1
    assert world.manifest(ID)["status"] == "complete"


def test_a_ticket_that_was_removed_meanwhile_is_quarantined() -> None:
    """No sweep will find it, and somebody should know that it was never read."""
    world = World()
    world.store.put("jobs/a.txt", ID.encode())
    refuse(world, Unauthorized("denied"), "jobs/a.txt")
    world.give(records("jobs/a.txt"))
    world.store.fault = lambda _call: None
    world.store.delete("jobs/a.txt")
    world.until_due()
    world.tick()
    assert world.parked() == []
    assert len(world.rejected()) == 1


def test_a_broken_entry_of_a_ticket_is_quarantined() -> None:
    """Its key is a hash that names no ticket, so it could only stay for ever."""
    world = World()
    key = f"{BACKLOG}20230101T000000Z/{'a' * 64}.ticket.json"
    world.store.put(key, b'{"bucket": 5')
    world.tick()
    assert world.store.home_keys(BACKLOG) == []
    [entry] = world.rejected()
    assert entry["payload"] == '{"bucket": 5'


@pytest.mark.parametrize(
    ("damaged", "by"),
    [(b'"jobs/a.txt"', b'"jobs/b.txt"'), (b'"home-bucket"', b'"other-bucket"')],
)
def test_an_entry_that_names_another_ticket_than_its_key_is_quarantined(
    damaged: bytes, by: bytes
) -> None:
    """The jobs of another object would be parked in place of its own, and nobody would know."""
    world = World()
    for name in ("jobs/a.txt", "jobs/b.txt"):
        world.store.put(name, ID.encode())
    refuse(world, Unauthorized("denied"), "jobs/a.txt")
    world.give(records("jobs/a.txt"))
    world.store.fault = lambda _call: None
    [key] = world.store.home_keys(BACKLOG)
    body = world.store.body(key)
    assert damaged in body
    world.store.put(key, body.replace(damaged, by))
    world.until_due()
    world.tick()
    assert (world.parked(), world.store.home_keys("manifests/")) == ([], [])
    [entry] = world.rejected()
    assert by.decode() in entry["payload"]


def test_a_sweep_that_cannot_keep_the_jobs_leaves_the_ticket_due() -> None:
    """Else the jobs that were not parked would be lost."""
    world = World()
    world.store.put("jobs/a.txt", ID.encode())
    refuse(world, Unauthorized("denied"), "jobs/a.txt")
    world.give(records("jobs/a.txt"))
    [before] = world.store.home_keys(BACKLOG)

    def fail(call: Call) -> None:
        if call.operation == "write":
            raise Unreachable("u")

    world.store.fault = fail
    world.until_due()
    world.tick()
    assert world.store.home_keys(BACKLOG) == [before]


@pytest.mark.slow
def test_a_sweep_without_time_for_a_whole_ticket_goes_on_in_the_next() -> None:
    """Each job is parked once, however many sweeps it takes."""
    world, wanted = World(concurrency="1"), job_ids(3000)
    world.api.otherwise = RUNNING
    world.store.put("jobs/long.txt", "\n".join(wanted).encode())
    refuse(world, Unauthorized("denied"), "jobs/long.txt")
    world.give(records("jobs/long.txt"))
    [ticket] = world.store.home_keys(BACKLOG)

    def slow(call: Call) -> None:
        if call.operation == "write" and call.key.startswith(BACKLOG):
            world.clock.pass_by(0.04)

    world.store.fault = slow
    world.clock.pass_by(1000)
    sweeps = 0
    while ticket in world.store.home_keys(BACKLOG):
        world.tick()
        sweeps += 1
        assert sweeps < 10
    jobs = [entry["jobId"] for entry in world.parked()]
    assert sweeps > 1
    assert set(jobs) == set(wanted)
    assert len(jobs) <= len(wanted) + sweeps
    assert world.store.home_keys(".mps-manifest/tickets/") == []


def test_a_defect_of_ours_in_reading_a_ticket_makes_it_unusable() -> None:
    """Raising would bring the event back for ever, with all that is beside the ticket."""
    world = World()
    world.api.otherwise = RUNNING
    world.store.put("jobs/a.txt", ID.encode())
    with patch("mps_manifest.state.tickets.decode_ticket", side_effect=ZeroDivisionError):
        answer = world.give([*records("jobs/a.txt")["events"], {"messageBody": OTHER}])
    assert (answer["counts"]["rejected"], answer["counts"]["pending"]) == (1, 1)
    assert len(world.store.home_keys(REJECTED)) == 1
    assert len(world.telemetry.unexpected_errors) == 1


def test_a_ticket_that_was_given_up_hands_over_no_more_jobs() -> None:
    """Somebody has parked it, and whoever reads it on would have each of its jobs done twice."""
    world, taken, claim = World(), [], WorkClaim()
    world.store.put("jobs/a.txt", "\n".join(job_ids(10)).encode())

    def take(item: Item) -> bool:
        taken.append(item)
        claim.give_up()
        return True

    with world.core() as core, working_under(claim):
        core.ticket_intake.read(Ticket(HOME, "jobs/a.txt", None, "origin", ""), take)
    assert len(taken) == 1
