"""One event: every job it names is finished, parked, rejected, or told of."""

import json
from typing import Any

import pytest

from mps_manifest.errors import NotFound
from tests.fakes import HOME
from tests.unit.samples import ID, OTHER, THIRD, files_answer, job_ids, mps_answer
from tests.unit.world import BACKLOG, World

DONE = files_answer("c/a.srt")
RUNNING = mps_answer(State="Analysing", Result=None)


def world_of(**said: Any) -> World:
    """Make a world with a file and three jobs: ID, OTHER and THIRD."""
    world = World()
    world.store.put("c/a.srt")
    for name, job_id in (("first", ID), ("second", OTHER), ("third", THIRD)):
        world.api.say(job_id, said.get(name, DONE))
    return world


def kept_of(world: World) -> list[str]:
    """List what was written, but for the records of what was being worked on."""
    return [key for key in world.store.written if "/started/" not in key]


def test_a_direct_call_answers_what_became_of_its_job() -> None:
    """Callers act on this answer, so its form must not change unnoticed."""
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
    """Nobody reads the answer to a message, so an unfinished job must be kept for later."""
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
    """Only the API that ran a job knows it, and the body may say which one that is."""
    world = world_of()
    world.give(body)
    assert world.api.calls == calls


def test_the_default_api_is_a_setting() -> None:
    """Users of IMS should not have to name it in every event."""
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
    world = world_of(second=NotFound("gone", code="InvalidParameter.JobNotFound"))
    batch = [{"messageBody": body} for body in (ID, OTHER, "garbage")]
    first = world.give(batch)
    written = kept_of(world)
    again = world.give(batch)
    assert kept_of(world) == written
    assert len(written) == 3
    key = {"jobs": sorted(first["jobs"], key=str), "counts": first["counts"]}
    assert key == {"jobs": sorted(again["jobs"], key=str), "counts": again["counts"]}


def test_everything_of_a_mixed_event_is_done_and_told() -> None:
    """One bad piece must not keep the others from being finished, parked or kept."""
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


@pytest.mark.parametrize("event", [b"", b"[]", b'{"jobIds": []}', b'""'])
def test_an_event_without_a_job_is_empty(event: bytes) -> None:
    """Nothing was asked for, so nothing may be requested or written."""
    world = World()
    answer = world.give(event)
    assert answer["status"] == "empty"
    assert sum(answer["counts"].values()) == 0
    assert world.store.calls == []


def test_a_timer_with_nothing_due_is_empty() -> None:
    """Timers fire all day long, and an idle one must leave no objects behind."""
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


@pytest.mark.slow
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
    assert len(answer["jobs"]) == 139
    assert {job["status"] for job in answer["jobs"]} == {"complete"}
    assert len({job["jobId"] for job in answer["jobs"]}) == 139


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


def test_an_oss_event_becomes_manifests_and_our_own_objects_are_ignored() -> None:
    """Our own writes raise events too, and treating those as tickets would never end."""
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


def test_an_http_request_gets_its_answer_as_json_text() -> None:
    """Web clients need a status code and a JSON body, for errors as well."""
    world = world_of()
    request = {"requestContext": {"http": {"method": "POST"}}, "body": json.dumps({"jobId": ID})}
    answer = world.give(request)
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "application/json"
    assert json.loads(answer["body"])["jobs"][0]["status"] == "complete"
    bad = world.give({**request, "body": '{"jobId": 5}'})
    assert bad["statusCode"] == 400
    assert json.loads(bad["body"])["errorType"] == "InvalidEvent"
