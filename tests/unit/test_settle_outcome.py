"""What follows from an outcome, over several sweeps."""

import json
from collections.abc import Callable

import pytest

from mps_manifest.errors import (
    Immutable,
    TemporarilyUnavailable,
    Throttled,
    Unauthorized,
    Unreachable,
)
from tests.fakes import Call, raising
from tests.unit.samples import ID, OTHER, files_answer, mps_answer
from tests.unit.world import BACKLOG, CHANCE, World

RUNNING = mps_answer(State="Queuing", Result=None)
DONE = files_answer("c/a.srt")


def parked_world() -> World:
    """Make a world with one job that is parked while it runs."""
    world = World()
    world.api.say(ID, RUNNING)
    world.deliver(ID)
    assert len(world.parked()) == 1
    return world


def test_a_sweep_does_nothing_before_something_is_due() -> None:
    """Early sweeps would spend query calls that other jobs need."""
    world = parked_world()
    assert world.tick()["status"] == "empty"
    assert len(world.api.calls) == 1


def test_a_sweep_finishes_what_is_finished_and_forgets_it() -> None:
    """An entry that stays behind would be asked about again and again."""
    world = parked_world()
    world.store.put("c/a.srt")
    world.api.say(ID, DONE)
    world.until_due()
    assert world.tick()["status"] == "complete"
    assert world.manifest(ID)["status"] == "complete"
    assert world.parked() == []
    assert world.tick()["status"] == "empty"


def test_a_timer_event_sweeps_with_the_same_handler() -> None:
    """A deployment with a single function must get its backlog worked off as well."""
    world = parked_world()
    world.store.put("c/a.srt")
    world.api.say(ID, DONE, DONE)
    world.until_due()
    event = {"triggerTime": "t", "triggerName": "n", "payload": json.dumps({"jobId": OTHER})}
    world.api.say(OTHER, DONE)
    assert world.give(event)["counts"]["complete"] == 2


def test_a_running_job_is_parked_again_with_its_history() -> None:
    """One entry at a time, that remembers since when and how often."""
    world = parked_world()
    [first] = world.parked()
    for attempts in (2, 3, 4):
        world.until_due()
        assert world.tick()["status"] == "pending"
        [entry] = world.parked()
        assert entry["attempts"] == attempts
        assert entry["firstSeen"] == first["firstSeen"]
    assert len(world.api.calls) == 4


def test_a_job_that_never_ends_expires() -> None:
    """After JOB_TTL_HOURS since it was first seen, with the last reason."""
    world = parked_world()
    world.clock.pass_by(72 * 3600 - 10)
    assert world.tick()["status"] == "pending"
    world.until_due()
    answer = world.tick()
    assert answer["status"] == "expired"
    assert world.manifest(ID)["status"] == "expired"
    assert world.manifest(ID)["problems"][0]["detail"] == "the job is Queuing"
    assert world.parked() == []


@pytest.mark.parametrize("fault", [Throttled("t"), Unauthorized("a"), Unreachable("u")])
def test_a_job_nobody_could_ask_for_expires_too(fault: Exception) -> None:
    """An outage or a missing right must not leave somebody waiting for ever."""
    world = parked_world()
    world.api.say(ID, fault)  # type: ignore[arg-type]
    world.clock.pass_by(73 * 3600)
    assert world.tick()["status"] == "expired"
    assert str(fault) in world.manifest(ID)["problems"][0]["detail"]


def test_a_finished_job_replaces_its_expired_manifest() -> None:
    """A result that comes late is still better than the note that none came."""
    world = parked_world()
    world.clock.pass_by(73 * 3600)
    world.tick()
    world.store.put("c/a.srt")
    world.api.say(ID, DONE)
    assert world.deliver(ID)["status"] == "complete"
    assert world.manifest(ID)["status"] == "complete"


def test_expiry_does_not_touch_a_manifest_that_is_there() -> None:
    """Another delivery was faster; then the job is complete, and the answer says what was kept."""
    world = World()
    world.api.say(ID, Throttled("t"))
    world.deliver(ID)
    world.store.put("c/a.srt")
    world.api.say(ID, DONE)
    world.give({"jobId": ID})
    body = world.store.body(f"manifests/{ID}.json")
    world.api.say(ID, RUNNING)
    world.clock.pass_by(73 * 3600)
    answer = world.tick()
    assert world.store.body(f"manifests/{ID}.json") == body
    assert answer["status"] == "complete"
    assert answer["jobs"][0]["reason"].startswith("kept: ")
    assert world.parked() == []


def test_a_partial_manifest_is_looked_at_again_and_gets_better() -> None:
    """The file comes a little later than the notification."""
    world = World()
    world.api.say(ID, DONE)
    assert world.deliver(ID)["status"] == "partial"
    assert world.manifest(ID)["status"] == "partial"
    assert len(world.parked()) == 1
    world.store.put("c/a.srt")
    world.until_due()
    assert world.tick()["status"] == "complete"
    assert world.manifest(ID)["status"] == "complete"
    assert world.parked() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chance", "delays"),
    [
        (lambda low, _high: low, [15] * 225),
        (lambda _low, high: high, [30, 60, 120, 240, 480, 900, 900, 900]),
    ],
    ids=["shortest delays", "longest delays"],
)
def test_a_file_that_never_comes_is_looked_for_an_hour_only(
    monkeypatch: pytest.MonkeyPatch,
    chance: Callable[[float, float], float],
    delays: list[int],
) -> None:
    """Looking for ever would waste calls on a file that nobody will write."""
    monkeypatch.setattr(CHANCE, chance)
    world = World()
    world.api.say(ID, DONE)
    world.deliver(ID)
    for delay in delays:
        assert [entry["jobId"] for entry in world.parked()] == [ID]
        world.clock.pass_by(delay - 1)
        assert world.tick()["status"] == "empty"
        world.clock.pass_by(2)  # an urgent entry is due a second later than at whole ten seconds
        assert world.tick()["status"] == "partial"
    assert world.parked() == []
    assert len(world.api.calls) == 1 + len(delays)
    assert world.manifest(ID)["status"] == "partial"
    assert world.store.written.count(f"manifests/{ID}.json") == 1


def test_a_partial_manifest_of_a_caller_is_the_callers() -> None:
    """The caller knows the answer and decides whether to ask again."""
    world = World()
    world.api.say(ID, DONE)
    assert world.give({"jobId": ID})["status"] == "partial"
    assert world.parked() == []


def test_an_entry_goes_only_after_its_successor_stands() -> None:
    """Whatever fails in between, the job is not lost."""
    world = parked_world()
    world.until_due()

    world.store.fault = raising(Unreachable("down"), lambda call: call.operation == "write")
    world.tick()
    assert len(world.parked()) == 1
    world.store.fault = lambda _call: None
    world.tick()
    assert [entry["jobId"] for entry in world.parked()] == [ID]
    order = [call.operation for call in world.store.calls if call.operation in {"write", "delete"}]
    assert order[-2:] == ["write", "delete"]


def is_delete(call: Call) -> bool:
    return call.operation == "delete"


def test_entries_that_cannot_be_deleted_do_not_multiply() -> None:
    """A role without DeleteObject costs one query and one entry for each sweep, no explosion."""
    world = parked_world()
    world.store.fault = raising(Unauthorized("a"), is_delete)
    for sweeps in range(1, 9):
        world.until_due()
        assert world.tick()["counts"]["pending"] == 1
        assert len(world.api.calls) == len(world.parked()) == 1 + sweeps


def test_a_bucket_that_lets_no_entry_go_is_told_at_every_sweep() -> None:
    """Nothing but another bucket helps, so an operator must learn of it, and it costs no more."""
    world = parked_world()
    world.store.fault = raising(Immutable("i"), is_delete)
    for sweeps in range(1, 9):
        world.until_due()
        with pytest.raises(TemporarilyUnavailable, match="forbid deleting"):
            world.tick()
        assert len(world.api.calls) == len(world.parked()) == 1 + sweeps


def test_two_entries_of_one_job_are_one_question() -> None:
    """It was delivered twice while it ran."""
    world = parked_world()
    world.deliver(ID)
    assert len(world.parked()) == 2
    asked = len(world.api.calls)
    world.until_due()
    world.tick()
    assert len(world.api.calls) == asked + 1
    assert len(world.parked()) == 1


def test_a_strangers_entry_reaches_no_request_and_no_key() -> None:
    """Nothing but a job ID ever does."""
    world = World()
    names = ["a b", "../../manifests/x", "x" * 65, "\u0661" * 32, ""]
    for name in names:
        world.store.put(f"{BACKLOG}20200101T000000Z/{name}.json", b"{}")
    world.tick()
    assert world.api.calls == []
    assert all(call.operation == "list" for call in world.store.calls)


@pytest.mark.parametrize(
    "body", [b"", b"x", b'{"api":[]}', b'{"api":{}}', b'{"firstSeen":5}', b"\xff", b"[" * 2000]
)
def test_a_broken_entry_is_worked_off_like_any_other(body: bytes) -> None:
    """It must not stop the sweep, today and for ever."""
    world = World()
    world.store.put("c/a.srt")
    world.store.put(f"{BACKLOG}20231114T221310Z/{ID}.json", body)
    world.store.put(f"{BACKLOG}20231114T221311Z/{OTHER}.json", b"{}")
    world.api.otherwise = DONE
    assert world.tick()["counts"]["complete"] == 2
    assert world.parked() == []


def test_a_rejected_job_leaves_the_backlog_for_the_quarantine() -> None:
    """Nothing will ever come of it, but its ID must be kept for inspection."""
    world = parked_world()
    world.api.say(ID, {"RequestId": "r", "JobId": ID})
    world.until_due()
    assert world.tick()["status"] == "rejected"
    assert world.parked() == []
    [entry] = world.rejected()
    assert json.loads(entry["payload"]) == {"api": "mps", "jobId": ID}
