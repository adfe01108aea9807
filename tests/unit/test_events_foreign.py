"""What concerns no production job is understood, and leads to nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mps_manifest.events import JobRequest, Unusable
from tests.unit.samples import ID, OTHER, items
from tests.unit.world import World

TYPES = ["Transcode", "Snapshot", "Analysis", "MediaInfo", "Smarttag", "Start", "Report"]
EVENT_TYPES = [
    "FileUploadComplete",
    "ProduceMediaComplete",
    "BatchProduceMediaComplete",
    "RegisterMediaComplete",
    "TranscodeComplete",
    "StreamTranscodeComplete",
    "SnapshotComplete",
    "AIMediaAuditComplete",
    "WorkflowTaskComplete",
]


def delivered(body: Any) -> list[Any]:
    """Deliver a body in a message, and as the bare message of a topic; both say the same."""
    in_message = items([{"messageBody": json.dumps(body)}])
    assert [type(item) for item in in_message] == [type(item) for item in items(body)]
    return in_message


@pytest.mark.parametrize("spell", [str, str.lower, str.upper])
@pytest.mark.parametrize("kind", TYPES)
def test_notifications_of_other_products_lead_to_nothing(kind: str, spell: Any) -> None:
    """One topic carries the notifications of a whole pipeline."""
    kind = spell(kind)
    for body in (
        {"jobId": ID, "type": kind, "state": "Success"},
        {"JobId": ID, "jobId": ID, "Type": kind, "type": kind, "State": "Fail", "state": "Fail"},
        {"Type": kind, "JobId": ID, "State": "Success", "UserData": "x"},
        {"Type": kind, "State": "Success", "RunId": "r"},
    ):
        assert delivered(body) == []


def test_they_are_answered_empty() -> None:
    """Nothing is asked for, nothing is kept, and no alarm rings."""
    world = World()
    message = json.dumps({"jobId": ID, "type": "Transcode", "state": "Success"})
    answer = world.give({"TopicName": "t", "Message": message})
    assert answer["status"] == "empty"
    assert world.api.calls == []
    assert world.store.calls == []


@pytest.mark.parametrize(
    "body",
    [
        {"JobId": ID, "State": "Success", "Type": "IProduction"},
        {"JobId": ID, "State": "Success", "Type": "iproduction"},
        {"JobId": ID, "State": "Success", "Type": "NobodyHasHeardOf"},
        {"JobId": ID, "State": "Success", "Type": 5},
        {"JobId": ID, "State": "Success"},
        {"jobId": ID, "type": "Transcode", "Type": "IProduction", "state": "Success"},
        {"jobIds": [ID], "type": "Transcode"},
        {"jobId": ID, "type": "Transcode", "onPending": "park"},
    ],
)
def test_what_may_be_a_production_job_is_asked_for(body: dict[str, Any]) -> None:
    """A type that nobody has heard of may be a new name of ours."""
    [request] = delivered(body)
    assert isinstance(request, JobRequest)
    assert (request.job_id, request.on_pending) == (ID, "park")


@pytest.mark.parametrize("spell", [str, str.lower])
@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_events_of_ims_and_vod_about_other_things_lead_to_nothing(
    event_type: str, spell: Any
) -> None:
    """The callback of an account carries all its events; those of VOD are flat."""
    event_type = spell(event_type)
    assert delivered({"EventType": event_type, "MessageBody": {"JobId": ID}}) == []
    assert delivered({"EventType": event_type, "EventTime": "t", "JobId": ID}) == []
    assert delivered({"EventType": event_type, "Status": "success", "VideoId": "v"}) == []


@pytest.mark.parametrize("event_type", ["AIProduceComplete", "NobodyHasHeardOf"])
@pytest.mark.parametrize("as_text", [False, True])
def test_events_of_ims_that_may_be_ours_are_asked_of_ims(event_type: str, *, as_text: bool) -> None:
    """Their shape says whose job it is."""
    inner: Any = {"Data": {"JobId": ID}, "Jobs": [{"JobId": OTHER}]}
    body = {
        "EventType": event_type,
        "EventTime": "2022-07-15T08:48:14Z",
        "MessageBody": json.dumps(inner) if as_text else inner,
    }
    found = delivered(body)
    assert [(item.job_id, item.api) for item in found] == [(ID, "ims"), (OTHER, "ims")]
    assert found[0].event_time == 1657874894


def test_an_event_of_ims_about_production_without_a_job_is_kept() -> None:
    """It concerns a production job, and somebody must look which one."""
    [piece] = delivered({"EventType": "AIProduceComplete", "MessageBody": {}})
    assert isinstance(piece, Unusable)


@pytest.mark.parametrize("key", ["jobs/", "jobs/2026-11/", "jobs/a/b/", "jobs/2026%2F", "other/"])
def test_a_folder_is_no_ticket(key: str) -> None:
    """Consoles make an object for a new folder, and it fires the trigger of uploads."""
    world = World()
    oss = {"bucket": {"name": "home-bucket"}, "object": {"key": key, "size": 0}}
    event = {"events": [{"eventName": "ObjectCreated:PutObject", "oss": oss}]}
    assert world.give(event)["status"] == "empty"
    assert world.store.calls == []


def test_the_answer_of_a_submit_call_is_a_direct_body() -> None:
    """Whoever submits a job and calls with the answer waits for what becomes of it."""
    answer = {"RequestId": "r", "JobId": ID, "Result": '{"State": "Success"}'}
    assert items(answer) == [JobRequest(ID, None, "return", "direct")]
    [request] = items([{"messageBody": json.dumps(answer)}])
    assert isinstance(request, JobRequest)
    assert request.on_pending == "park"
    [request] = items({"requestId": "r", "jobId": ID, "result": "{}"})
    assert isinstance(request, JobRequest)
    assert request.on_pending == "park"
