"""One event when things fail: nothing is lost, nothing is told that should not be."""

import json
from typing import Any

import pytest

from mps_manifest.errors import (
    InvalidEvent,
    NotFound,
    TemporarilyUnavailable,
    Throttled,
    Unauthorized,
    Unreachable,
)
from tests.fakes import Call
from tests.unit.samples import ID, OTHER, THIRD, files_answer, mps_answer
from tests.unit.world import BACKLOG, REJECTED, World

DONE = files_answer("c/a.srt")
RUNNING = mps_answer(State="Analysing", Result=None)
GONE = NotFound("gone", code="InvalidParameter.JobNotFound")


def world_of(**said: Any) -> World:
    """Make a world with a file and three jobs: ID, OTHER and THIRD."""
    world = World()
    world.store.put("c/a.srt")
    for name, job_id in (("first", ID), ("second", OTHER), ("third", THIRD)):
        world.api.say(job_id, said.get(name, DONE))
    return world


def failing(world: World, *operations: str, prefix: str = "") -> None:
    """Make the store fail for some calls."""

    def fail(call: Call) -> None:
        if call.operation in operations and call.key.startswith(prefix):
            raise Unreachable("the store is down")

    world.store.fault = fail


def test_a_job_the_service_does_not_know_is_quarantined() -> None:
    """No retry can help, but somebody must be able to see which job it was, and why."""
    world = world_of(first=GONE)
    assert world.deliver(ID)["status"] == "rejected"
    [entry] = world.rejected()
    assert json.loads(entry["payload"]) == {"api": "mps", "jobId": ID}
    assert GONE.code in entry["reason"]
    assert world.parked() == []


@pytest.mark.parametrize(
    "fault", [Throttled("t", code="Throttling"), Unreachable("u"), Unauthorized("a", code="F")]
)
def test_a_job_that_cannot_be_asked_for_now_is_parked_with_the_reason(fault: Exception) -> None:
    """The fault may pass, and until then an operator must be able to see what it is."""
    world = world_of(first=fault)
    assert world.deliver(ID)["status"] == "pending"
    [entry] = world.parked()
    assert str(fault) in entry["reason"]
    assert entry["attempts"] == len(world.api.calls)


def test_a_callers_invalid_event_is_raised_and_nothing_is_done() -> None:
    """The caller will repair the body and send it again, so nothing may be done by halves."""
    world = World()
    with pytest.raises(InvalidEvent):
        world.give({"jobId": 5})
    assert world.store.calls == []
    assert world.api.calls == []


@pytest.mark.parametrize("prefix", [BACKLOG, REJECTED])
def test_what_can_be_neither_finished_nor_kept_is_raised_at_the_end(prefix: str) -> None:
    """Everything else is done first, so that the redelivery finds it done."""
    world = world_of(first=RUNNING, second=GONE)
    failing(world, "write", prefix=prefix)
    with pytest.raises(TemporarilyUnavailable) as raised:
        world.deliver(ID, OTHER, THIRD)
    assert world.manifest(THIRD)["status"] == "complete"
    assert (ID if prefix == BACKLOG else OTHER) in str(raised.value)
    assert len(world.parked()) == (prefix != BACKLOG)
    assert len(world.rejected()) == (prefix != REJECTED)
    world.store.fault = lambda _call: None
    world.deliver(ID, OTHER, THIRD)
    assert {entry["jobId"] for entry in world.parked()} == {ID}
    assert len(world.rejected()) == 1
    assert world.store.written.count(f"manifests/{THIRD}.json") == 1


def test_an_unfinished_job_of_a_caller_needs_no_keeping() -> None:
    """The caller asks again anyway, so a store that is down must not make the call fail."""
    world = world_of(first=RUNNING)
    failing(world, "write", "read", "list")
    assert world.give({"jobId": ID})["status"] == "pending"


def test_a_store_that_is_down_altogether_brings_the_event_back() -> None:
    """Where nothing can be kept, only another delivery saves the jobs."""
    world = world_of()
    failing(world, "write", "read", "list", "head", "delete")
    with pytest.raises(TemporarilyUnavailable):
        world.deliver(ID, OTHER)
    with pytest.raises(TemporarilyUnavailable):
        world.tick()


def test_a_fault_of_ours_takes_no_other_job_along() -> None:
    """A defect that one job triggers must be reported without stopping the others."""
    world = world_of()
    bug = ZeroDivisionError("oops")

    def fail(call: Call) -> None:
        if call.operation == "head":
            raise bug

    world.store.fault = fail
    world.api.say(OTHER, mps_answer("VideoSplit", "{}"))
    answer = world.deliver(ID, OTHER)
    assert {job["jobId"]: job["status"] for job in answer["jobs"]} == {
        ID: "partial",
        OTHER: "complete",
    }
    assert [problem["type"] for problem in world.manifest(ID)["problems"]] == ["internal-fault"]
    assert world.telemetry.unexpected_errors == [bug]


def test_no_secret_and_no_body_is_logged() -> None:
    """Promise 7: neither what came, nor tokens, nor what a service says about signatures."""
    secret = "SECRETsecret"
    signed = f"https://b.oss-cn-shanghai.aliyuncs.com/a?Signature={secret}"
    world = world_of(
        first=mps_answer("ImageMatting", {"Details": [{"Status": "Fail", "Message": signed}]}),
        second=files_answer(signed),
        third=mps_answer(result={"Code": "X", "Message": signed}, State="Fail"),
    )
    world.give(
        [
            {"messageBody": body}
            for body in (
                f"{ID}\n{secret}",
                json.dumps({"jobId": OTHER, "taskToken": secret}),
                json.dumps({"jobIds": [THIRD, f"{secret} {signed}"]}),
                json.dumps({"jobId": ID, "api": secret, "taskToken": secret}),
                secret,
                json.dumps({"JobId": signed, "State": "x"}),
                json.dumps({secret: 1}),
            )
        ]
    )
    assert secret not in world.telemetry.text()
    assert all(secret.encode() not in world.store.body(k) for k in world.store.home_keys("manif"))
