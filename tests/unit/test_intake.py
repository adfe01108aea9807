"""One event: every job it names is finished, parked, rejected, or told of."""

import json
from typing import Any

import pytest

from mps_manifest.errors import (
    InvalidEvent,
    NotFound,
    Refused,
    TemporarilyUnavailable,
    Throttled,
    Unauthorized,
    Unreachable,
)
from tests.unit.fakes import HOME, Call
from tests.unit.samples import ID, OTHER, THIRD, files_answer, job_ids, mps_answer
from tests.unit.world import BACKLOG, REJECTED, World

DONE = files_answer("c/a.srt")
RUNNING = mps_answer(State="Analysing", Result=None)


def world_of(**said: Any) -> World:
    """Make a world with a file and three jobs: ID, OTHER and THIRD."""
    world = World()
    world.store.put("c/a.srt")
    for name, job_id in (("first", ID), ("second", OTHER), ("third", THIRD)):
        world.api.say(job_id, said.get(name, DONE))
    return world


def failing(world: World, *operations: str, prefix: str = "") -> None:
    """Let the store fail for some calls."""

    def fail(call: Call) -> None:
        if call.operation in operations and call.key.startswith(prefix):
            raise Unreachable("the store is down")

    world.store.fault = fail


def test_a_direct_call_answers_what_became_of_its_job() -> None:
    world = world_of()
    answer = world.give({"jobId": ID})
    etag = world.store.objects[HOME, f"manifests/{ID}.json"].etag
    assert answer == {
        "status": "complete",
        "counts": {
            "complete": 1,
            "partial": 0,
            "failed": 0,
            "expired": 0,
            "pending": 0,
            "rejected": 0,
        },
        "jobs": [
            {
                "jobId": ID,
                "status": "complete",
                "manifest": {"bucket": HOME, "key": f"manifests/{ID}.json", "etag": etag},
            }
        ],
        "truncated": False,
    }
    assert len(world.api.calls) == 1
    assert world.store.count("head") == 1
    assert world.store.count("write") == 1


@pytest.mark.parametrize("wait", ["return", "park"])
def test_an_unfinished_job_is_the_callers_or_is_parked(wait: str) -> None:
    """Promise 1, and its one exception."""
    world = world_of(first=RUNNING)
    answer = world.give({"jobId": ID, "onPending": wait})
    assert answer["status"] == "pending"
    assert "Analysing" in answer["jobs"][0]["reason"]
    assert len(world.parked()) == (wait == "park")
    assert world.store.count("write") == (wait == "park")


def test_a_message_parks_what_is_unfinished() -> None:
    world = world_of(first=RUNNING)
    assert world.deliver(ID)["status"] == "pending"
    [entry] = world.parked()
    assert (entry["jobId"], entry["api"], entry["attempts"]) == (ID, "mps", 1)
    assert "Analysing" in entry["reason"]


@pytest.mark.parametrize(
    ("body", "calls"),
    [
        ({"jobId": ID}, [("mps", ID)]),
        ({"jobId": ID, "api": "ims"}, [("ims", ID)]),
        ({"EventType": "AIProduceComplete", "MessageBody": {"JobId": ID}}, [("ims", ID)]),
        ({"JobId": ID, "State": "Success"}, [("mps", ID)]),
    ],
)
def test_which_api_is_asked(body: dict[str, Any], calls: list[tuple[str, str]]) -> None:
    world = world_of()
    world.give(body)
    assert world.api.calls == calls


def test_the_default_api_is_a_setting() -> None:
    world = World(job_api="ims")
    world.give({"jobs": [{"jobId": ID}, {"jobId": OTHER, "api": "mps"}]})
    assert sorted(world.api.calls) == [("ims", ID), ("mps", OTHER)]


def test_a_job_named_twice_is_asked_for_once() -> None:
    """In one event: as list elements, lines, and messages of a batch."""
    world = world_of()
    batch = [{"messageBody": body} for body in (ID, json.dumps([ID, ID]), f"{ID}\n{OTHER}")]
    answer = world.give(batch)
    assert sorted(world.api.calls) == sorted([("mps", ID), ("mps", OTHER)])
    assert answer["counts"]["complete"] == 2


def test_a_redelivery_writes_nothing() -> None:
    """Promise 2, for manifests and the quarantine."""
    world = world_of(second=Refused("malformed", code="X"))
    batch = [{"messageBody": body} for body in (ID, OTHER, "garbage")]
    first = world.give(batch)
    written = list(world.store.written)
    again = world.give(batch)
    assert world.store.written == written
    assert len(written) == 3
    key = {"jobs": sorted(first["jobs"], key=str), "counts": first["counts"]}
    assert key == {"jobs": sorted(again["jobs"], key=str), "counts": again["counts"]}


def test_everything_of_a_mixed_event_is_done_and_told() -> None:
    world = world_of(second=RUNNING, third={"RequestId": "r", "JobId": THIRD})
    answer = world.give([{"messageBody": body} for body in (ID, OTHER, THIRD, "junk", '{"a":1}')])
    assert answer["status"] == "mixed"
    counts = {name: count for name, count in answer["counts"].items() if count}
    assert counts == {"complete": 1, "pending": 1, "rejected": 3}
    assert {job["jobId"]: job["status"] for job in answer["jobs"]} == {
        ID: "complete",
        OTHER: "pending",
        THIRD: "rejected",
    }
    assert [entry["jobId"] for entry in world.parked()] == [OTHER]
    payloads = {entry["payload"] for entry in world.rejected()}
    assert payloads == {
        "junk",
        '{"a":1}',
        json.dumps({"api": "mps", "jobId": THIRD}, separators=(",", ":")),
    }


@pytest.mark.parametrize(
    "fault",
    [NotFound("gone", code="InvalidParameter.JobNotFound"), Refused("bad", code="UnsupportedX")],
)
def test_a_job_the_service_refuses_is_quarantined(fault: Exception) -> None:
    world = world_of(first=fault)
    assert world.deliver(ID)["status"] == "rejected"
    [entry] = world.rejected()
    assert json.loads(entry["payload"]) == {"api": "mps", "jobId": ID}
    assert fault.code in entry["reason"]  # type: ignore[attr-defined]
    assert world.parked() == []


@pytest.mark.parametrize(
    "fault", [Throttled("t", code="Throttling"), Unreachable("u"), Unauthorized("a", code="F")]
)
def test_a_job_that_cannot_be_asked_for_now_is_parked_with_the_reason(fault: Exception) -> None:
    world = world_of(first=fault)
    assert world.deliver(ID)["status"] == "pending"
    [entry] = world.parked()
    assert str(fault) in entry["reason"]
    assert entry["attempts"] == len(world.api.calls)


@pytest.mark.parametrize("event", [b"", b"[]", b'{"jobIds": []}', b'""'])
def test_an_event_without_a_job_is_empty(event: bytes) -> None:
    world = World()
    answer = world.give(event)
    assert answer["status"] == "empty"
    assert sum(answer["counts"].values()) == 0
    assert world.store.calls == []


def test_a_timer_with_nothing_due_is_empty() -> None:
    world = World()
    answer = world.give({"triggerTime": "t", "triggerName": "n", "payload": "awesome-fc"})
    assert answer["status"] == world.tick()["status"] == "empty"
    assert world.store.written == []


def test_an_unknown_event_is_quarantined_and_not_raised() -> None:
    """Raising would only bring it back."""
    world = World()
    assert world.give({"hello": "world"})["status"] == "rejected"
    [entry] = world.rejected()
    assert json.loads(entry["payload"]) == {"hello": "world"}


def test_a_callers_invalid_event_is_raised_and_nothing_is_done() -> None:
    world = World()
    with pytest.raises(InvalidEvent):
        world.give({"jobId": 5})
    assert world.store.calls == []
    assert world.api.calls == []


@pytest.mark.parametrize("prefix", [BACKLOG, REJECTED])
def test_what_can_be_neither_finished_nor_kept_is_raised_at_the_end(prefix: str) -> None:
    """Everything else is done first, so that the redelivery finds it done."""
    world = world_of(first=RUNNING, second=Refused("bad"))
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
    world = world_of(first=RUNNING)
    failing(world, "write", "read", "list")
    assert world.give({"jobId": ID})["status"] == "pending"


def test_a_store_that_is_down_altogether_brings_the_event_back() -> None:
    world = world_of()
    failing(world, "write", "read", "list", "head", "delete")
    with pytest.raises(TemporarilyUnavailable):
        world.deliver(ID, OTHER)
    with pytest.raises(TemporarilyUnavailable):
        world.tick()


def test_a_fault_of_ours_takes_no_other_job_along() -> None:
    world = world_of()
    bug = ZeroDivisionError("oops")

    def fail(call: Call) -> None:
        if call.operation == "head":
            raise bug

    world.store.fault = fail
    world.api.say(OTHER, mps_answer("VideoSplit", "{}"))
    answer = world.deliver(ID, OTHER)
    assert {job["jobId"]: job["status"] for job in answer["jobs"]} == {
        ID: "pending",
        OTHER: "complete",
    }
    assert [entry["jobId"] for entry in world.parked()] == [ID]
    assert world.telemetry.faults == [bug]


def test_five_thousand_jobs_of_one_event() -> None:
    """Each has its manifest, and is asked for, looked at and written once."""
    world, wanted = World(), job_ids(5000)
    world.store.put("c/a.srt")
    for job_id in wanted:
        world.api.say(job_id, DONE)
    answer = world.give({"jobIds": [*wanted, *wanted[:100]]})
    assert answer["counts"]["complete"] == 5000
    assert sorted(job_id for _, job_id in world.api.calls) == wanted
    assert world.store.count("head") == 5000
    assert world.store.count("write") == 5000
    assert len(world.store.home_keys("manifests/")) == 5000
    assert answer["truncated"]
    assert 0 < len(answer["jobs"]) < 5000


def test_the_return_value_is_small_enough_as_the_runtime_writes_it() -> None:
    """CloudFlow takes 64 KiB, and the runtimes print JSON indented by four and escaped."""
    world, wanted = World(), job_ids(1000)
    world.store.put("c/a.srt")
    for job_id in wanted:
        world.api.say(job_id, mps_answer(State="副歌" * 50))
    answer = world.give({"jobIds": wanted})
    assert answer["truncated"]
    assert len(json.dumps(answer, indent=4, sort_keys=True).encode()) <= 48 * 1024
    assert answer["counts"]["pending"] == 1000


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


def test_an_oss_event_becomes_manifests_and_our_own_objects_are_ignored() -> None:
    world = world_of()
    world.store.put("jobs/batch.txt", f"{ID}\n{OTHER}".encode())

    def record(key: str) -> dict[str, Any]:
        oss = {"bucket": {"name": HOME}, "object": {"key": key}}
        return {"eventName": "ObjectCreated:PutObject", "oss": oss}

    keys = ["jobs/batch.txt", "manifests/x.json", f"{BACKLOG}20230101T000000Z/x.json", "c/a.srt"]
    answer = world.give({"events": [record(key) for key in keys]})
    assert answer["counts"]["complete"] == 2
    assert sum(answer["counts"].values()) == 2
    assert world.rejected() == []


def test_a_ticket_that_cannot_be_read_brings_the_event_back_after_the_rest() -> None:
    world = world_of()
    world.store.put("jobs/batch.txt", ID.encode())
    failing(world, "read", prefix="jobs/")
    oss = {"bucket": {"name": HOME}, "object": {"key": "jobs/batch.txt"}}
    event = [{"eventName": "ObjectCreated:PutObject", "oss": oss}, {"messageBody": OTHER}]
    with pytest.raises(TemporarilyUnavailable) as raised:
        world.give(event)
    assert "jobs/batch.txt" in str(raised.value)
    assert world.manifest(OTHER)["status"] == "complete"


def test_an_http_request_gets_its_answer_as_json_text() -> None:
    world = world_of()
    request = {"requestContext": {"http": {"method": "POST"}}, "body": json.dumps({"jobId": ID})}
    answer = world.give(request)
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "application/json"
    assert json.loads(answer["body"])["jobs"][0]["status"] == "complete"
    bad = world.give({**request, "body": '{"jobId": 5}'})
    assert bad["statusCode"] == 400
    assert json.loads(bad["body"])["errorType"] == "InvalidEvent"
