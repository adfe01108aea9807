"""What concerns no production job is understood, and leads to nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mps_manifest.events import JobRequest, Ticket, Unusable
from mps_manifest.manifests.announcement import Origin, announcement
from tests.unit.samples import ID, OTHER, items
from tests.unit.world import World

TYPES = ["Transcode", "Snapshot", "Analysis", "MediaInfo", "Smarttag", "Start", "Report"]
ACTIVITIES = [
    "AudioGroup",
    "Censor",
    "FpShot",
    "GenerateMasterPlayList",
    "PackageConfig",
    "Screenshot",
    "SubtitleGroup",
    "UploadVerify",
    "VideoGroup",
]
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
    "AIComplete",
    "LiveRecordFileCreated",
    "LiveRecordTaskStatus",
    "LiveSnapshotFileCreated",
    "MediaAiAnalysisComplete",
    "RestoreMediaComplete",
    "SubmitMediaRefreshComplete",
    "UpdateMediaStorageClassComplete",
]


def delivered(body: Any) -> list[Any]:
    """Deliver a body in a message, and as the bare message of a topic; both say the same."""
    in_message = items([{"messageBody": json.dumps(body)}])
    assert [type(item) for item in in_message] == [type(item) for item in items(body)]
    return in_message


@pytest.mark.parametrize("spell", [str, str.lower, str.upper])
@pytest.mark.parametrize("kind", TYPES + ACTIVITIES)
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
    assert delivered({"eventType": event_type, "userId": 1, "messageBody": {"jobId": ID}}) == []


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


@pytest.mark.parametrize(
    "body",
    [
        {"EventType": "AIProduceComplete", "MessageBody": {}},
        {"EventType": "AIProduceComplete", "EventTime": "t", "MediaId": "m"},
        {"eventType": "aiproducecomplete", "eventTime": "t"},
    ],
)
def test_an_event_about_production_without_a_job_is_kept(body: dict[str, Any]) -> None:
    """It concerns a production job, and somebody must look which one."""
    [piece] = delivered(body)
    assert isinstance(piece, Unusable)


def test_an_event_of_a_new_type_that_names_no_job_leads_to_nothing() -> None:
    """There is nothing to ask for, and a new event of VOD must ring no alarm."""
    body = {"EventType": "NobodyHasHeardOf", "EventTime": "t", "Status": "success", "VideoId": "v"}
    assert delivered(body) == []
    [request] = delivered(body | {"JobId": ID})
    assert isinstance(request, JobRequest)


INSIDE: list[dict[str, Any]] = [
    {"Data": {"JobId": ID, "Status": "Success"}},
    {"Data": {"Jobs": [{"job_id": ID}]}},
    {"Result": [{"Output": {"jobId": ID}}]},
    {"Data": {"JobId": ID, "UserData": {"JobId": OTHER}}, "UserData": {"jobId": OTHER}},
    {"Data": {"JobId": ID}, "Parent": {"JobId": ""}, "Source": {"JobId": None}},
]


@pytest.mark.parametrize("inside", INSIDE, ids=json.dumps)
@pytest.mark.parametrize("kind", ["IProductionComplete", "AIProduceComplete", "NobodyHasHeardOf"])
def test_an_event_of_a_new_type_may_name_its_job_further_down(
    kind: str, inside: dict[str, Any]
) -> None:
    """A type that nobody has heard of may be ours, wherever it has its job."""
    body = {"EventType": kind, "EventTime": "2024-01-01T00:00:00Z", **inside}
    [request] = delivered(body)
    assert (request.job_id, request.on_pending, request.event_time) == (ID, "park", 1704067200)
    assert request.api == ("ims" if kind == "AIProduceComplete" else None)
    assert f" {kind}" in request.origin


@pytest.mark.parametrize("more", [{}, {"EventTime": "2024-01-01T00:00:00Z"}, {"Status": "Success"}])
@pytest.mark.parametrize("kind", ["AIProduceComplete", "aiproducecomplete "])
def test_a_flat_event_of_a_type_of_ims_is_asked_of_ims(kind: str, more: dict[str, Any]) -> None:
    """The other API does not know the job, which would be rejected."""
    [request] = delivered({"EventType": kind, "JobId": ID, **more})
    assert (request.job_id, request.api) == (ID, "ims")


def test_what_names_a_job_by_no_id_is_kept() -> None:
    """Somebody must look which job it is about."""
    body = {"EventType": "NobodyHasHeardOf", "EventTime": "t", "Data": {"JobId": "no ID"}}
    [piece] = delivered(body)
    assert isinstance(piece, Unusable)
    assert piece.reason == "JobId 'no ID' is invalid"


@pytest.mark.parametrize(
    "deep", [{"UserData": {"JobId": ID}}, {"a": [{"user_data": {"jobId": ID}}]}]
)
@pytest.mark.parametrize("shape", ["EventTime", "MessageBody"])
def test_what_the_customer_wrote_names_no_job(shape: str, deep: dict[str, Any]) -> None:
    """The data that goes with a job is its submitter's, with IDs of whatever there."""
    body = {"EventType": "NobodyHasHeardOf", "EventTime": "t", "VideoId": "v"}
    assert delivered({**body, "Data": deep}) == []
    named = {"JobId": OTHER, **deep}
    [request] = delivered(
        {**body, shape: named} if shape == "MessageBody" else {**body, "d": named}
    )
    assert request.job_id == OTHER


def recorded(call: str, **more: Any) -> dict[str, Any]:
    """Make an event of ActionTrail, as EventBridge has it."""
    data = {
        "eventId": "e",
        "eventVersion": 1,
        "eventType": "ApiCall",
        "eventTime": "2024-01-01T00:00:00Z",
        "eventName": call,
        "serviceName": "Mts",
        **more,
    }
    kind = "mts:ActionTrail:ApiCall"
    return {"specversion": "1.0", "id": "1", "source": "acs.mts", "type": kind, "data": data}


def test_a_submit_call_that_was_recorded_names_its_job() -> None:
    """It is the only event that EventBridge has of MPS."""
    answer = {"JobId": ID, "RequestId": "r"}
    event = recorded("SubmitIProductionJob", responseElements=answer)
    for form in (event, event["data"]):
        [request] = delivered(form)
        assert (request.job_id, request.api) == (ID, None)
    [request] = delivered({**event, "source": "acs.ice"})
    assert (request.job_id, request.api) == (ID, "ims")


@pytest.mark.parametrize(
    "call", ["QueryIProductionJob", "SubmitJobs", "SubmitTranscodeJob", "NobodyHasHeardOf", None]
)
def test_other_calls_that_were_recorded_lead_to_nothing(call: Any) -> None:
    """The function's own queries would come back to it, each with another query."""
    event = recorded(call, requestParameters={"JobId": ID}, responseElements={"JobId": ID})
    assert delivered(event) == []
    assert delivered(event["data"]) == []
    failed = recorded("SubmitIProductionJob", errorCode="Forbidden", requestParameters={"x": 1})
    assert delivered(failed) == []


def test_an_event_of_ims_is_read_in_whatever_spelling() -> None:
    """Whoever passes it on may have named its keys anew."""
    body = {"event_type": "AIProduceComplete", "messageBody": json.dumps({"job_id": ID})}
    [request] = delivered(body)
    assert (request.job_id, request.api) == (ID, "ims")


@pytest.mark.parametrize("kind", ["Cover", "Summary"])
def test_an_activity_that_may_be_a_production_job_is_asked_for(kind: str) -> None:
    """Algorithms of production have the same names."""
    [request] = delivered({"Type": kind, "JobId": ID, "State": "Success"})
    assert isinstance(request, JobRequest)


ACTIVITY = {"Type": "IProduction", "JobId": ID}
OTHERS = [{"Type": kind, "JobId": OTHER} for kind in TYPES + ACTIVITIES]
REPORTS: dict[str, Any] = {
    "as pushed": {"MediaWorkflowExecution": {"ActivityList": [*OTHERS, ACTIVITY]}},
    "as queried": {"MediaWorkflowExecution": {"ActivityList": {"Activity": [*OTHERS, ACTIVITY]}}},
    "one activity": {"MediaWorkflowExecution": {"ActivityList": {"Activity": ACTIVITY}}},
    "in lower case": {
        "mediaWorkflowExecution": {"activityList": [{"type": "IProduction", "jobId": ID}]}
    },
    "as text": {
        "MediaWorkflowExecution": json.dumps({"ActivityList": json.dumps([*OTHERS, ACTIVITY])})
    },
}


@pytest.mark.parametrize("form", REPORTS)
def test_a_report_names_its_production_jobs_and_no_others(form: str) -> None:
    """A job that is overlooked in a report is lost without a word."""
    report = {"RunId": "r", "Name": "n", "Type": "Report", "State": "Success", **REPORTS[form]}
    assert [item.job_id for item in delivered(report)] == [ID]


@pytest.mark.parametrize(
    "execution", [{}, "", "x", {"ActivityList": None}, {"ActivityList": "x"}, {"ActivityList": {}}]
)
def test_a_report_without_activities_leads_to_nothing(execution: object) -> None:
    """Its start is reported, too."""
    assert delivered({"RunId": "r", "Type": "Start", "MediaWorkflowExecution": execution}) == []


@pytest.mark.parametrize("key", ["jobs/", "jobs/2026-11/", "jobs/a/b/", "jobs/2026%2F", "other/"])
def test_a_folder_is_no_ticket(key: str) -> None:
    """Consoles make an object for a new folder, and it fires the trigger of uploads."""
    world = World()
    oss = {"bucket": {"name": "home-bucket"}, "object": {"key": key, "size": 0}}
    event = {"events": [{"eventName": "ObjectCreated:PutObject", "oss": oss}]}
    assert world.give(event)["status"] == "empty"
    assert world.store.calls == []


LEFT = ["jobs/.DS_Store", "jobs/a/._ids.txt", "jobs/Thumbs.db", "desktop.ini", "jobs/a_$folder$"]


@pytest.mark.parametrize("key", [*LEFT, "jobs/a_%24folder%24", "jobs%2F.DS_Store"])
def test_what_tools_leave_beside_tickets_is_no_ticket(key: str) -> None:
    """Whoever uploads a folder of tickets uploads it as well, and it must ring no alarm."""
    oss = {"bucket": {"name": "home-bucket"}, "object": {"key": key, "size": 6148}}
    assert items({"events": [{"eventName": "ObjectCreated:PutObject", "oss": oss}]}) == []


@pytest.mark.parametrize("key", ["jobs/DS_Store", "jobs/_ids.txt", "jobs/.ids", "jobs/my$folder$"])
def test_a_ticket_may_have_an_odd_name(key: str) -> None:
    """Only names that no person gives are passed over."""
    oss = {"bucket": {"name": "home-bucket"}, "object": {"key": key, "size": 32}}
    [ticket] = items({"events": [{"eventName": "ObjectCreated:PutObject", "oss": oss}]})
    assert isinstance(ticket, Ticket)


@pytest.mark.parametrize("key", LEFT)
def test_an_object_that_carries_a_job_id_is_a_ticket_whatever_its_name(key: str) -> None:
    """Somebody has put the ID there, and waits for the manifest."""
    meta = {"userMeta": {"x-oss-meta-job-id": ID}}
    oss = {"bucket": {"name": "home-bucket"}, "object": {"key": key, "objectMeta": meta}}
    [ticket] = items({"events": [{"eventName": "ObjectCreated:PutObject", "oss": oss}]})
    assert isinstance(ticket, Ticket)
    assert ticket.job_id == ID


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


def test_what_the_function_says_itself_leads_to_nothing() -> None:
    """Announced on the topic of the jobs, each manifest would have its job asked about again."""
    document = {"$schema": "s", "status": "complete", "job": {"jobId": ID, "api": "mps"}}
    where = {"bucket": "b", "key": "k", "etag": "e"}
    text = announcement(json.dumps(document).encode(), where, Origin("r", "1", "f"), 0)
    assert delivered(json.loads(text)) == []
    assert items({"TopicName": "t", "Message": text}) == []
    assert items({**json.loads(text), "type": "mps:Job:Finished"}) != []
