"""Every documented event and message goes through the real handler."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.jobs.plan import JobPlan
from tests.e2e.conftest import BUCKET, Stage
from tests.payloads import EVENTS, MPS, load, unmask

ONE = "8a8753a54e6a4a0f9128ccecbefe9948"
TWO = "f34b6d1429dd491faa7a6c1c8f905285"
NO_JOB = "empty"
# What each event leads to: its jobs, or `empty`, or a payload that is rejected with a reason.
EXPECTED: dict[str, list[str] | str] = {
    "async_destination.json": NO_JOB,
    "async_destination_eventbridge.json": NO_JOB,
    "cloudflow_invoke.json": [ONE],
    "cloudflow_wait_for_custom_callback.json": [ONE],
    "http_get.json": NO_JOB,
    "mns_queue_mps_job_batch.json": NO_JOB,
    "mns_topic_stream_mps_job.json": NO_JOB,
    "oss_eventbridge_cloudevents.json": NO_JOB,
    "oss_native.json": NO_JOB,
    "oss_native_virtualbucket.json": NO_JOB,
    "oss_notification_decoded.json": NO_JOB,
    "timer.json": NO_JOB,
    "timer_json_payload.json": [ONE, TWO],
    "messages/mps_job.json": NO_JOB,
    "messages/mps_job_legacy.json": NO_JOB,
    "messages/mps_job_failed.json": NO_JOB,
    "messages/mps_workflow_report.json": NO_JOB,
    "messages/mps_workflow_report_short.json": NO_JOB,
}
NOT_JSON = "the content is not JSON, MNS XML, job IDs on lines, or Base64 of one of these"
OF_AN_ECS_DISK = json.dumps(
    json.loads((EVENTS / "eventbridge_generic.json").read_bytes()),
    sort_keys=True,
    separators=(",", ":"),
)
REJECTED = {
    "eventbridge_generic.json": (
        OF_AN_ECS_DISK,
        "unrecognized JSON object (keys: diskId, result)",
    ),
    "http_post.json": ('{"message": "Hello"}', "unrecognized JSON object (keys: message)"),
    "mns_queue_cloudevents_batch.json": ("TEST", NOT_JSON),
    "mns_queue_rawdata_batch.json": ("TEST", NOT_JSON),
    "mns_queue_cloudevents_single_base64.json": ("bWVlc2FnZSBmcm9tIE1OUyBjb25zb2xl", NOT_JSON),
    "mns_topic_json.json": ("hello topic", NOT_JSON),
    "mns_topic_json_attributes.json": ("hello topic", NOT_JSON),
    "mns_topic_json_observed.json": ("json meesage from MNS console", NOT_JSON),
    "mns_topic_stream_raw.txt": ("hello topic", NOT_JSON),
}
MESSAGES = ["messages/mps_smart_production_callback.json"]


def seeded(stage: Stage, job_ids: list[str]) -> None:
    """Put jobs that are done and need no file into the service."""
    answer = load(MPS / "query" / "VideoSplit.json")
    stage.cloud.put_jobs([(answer | {"JobId": each}, JobPlan()) for each in job_ids])


def test_no_documented_event_is_forgotten() -> None:
    """A sample that is added without an expectation would never be played."""
    here = {str(path.relative_to(EVENTS)) for path in EVENTS.rglob("*") if path.is_file()}
    known = {*EXPECTED, *REJECTED, *MESSAGES, "SOURCES.md"}
    assert {name for name in here if not name.startswith("responses/")} == known


@pytest.mark.parametrize("name", EXPECTED)
def test_documented_event(stage: Stage, name: str) -> None:
    """Every documented form of event must lead to its jobs and leave no state behind."""
    expected = EXPECTED[name]
    job_ids = [] if isinstance(expected, str) else expected
    seeded(stage, job_ids)
    answer = stage.answer(unmask((EVENTS / name).read_text(encoding="utf-8")))
    answer = json.loads(answer["body"]) if "statusCode" in answer else answer
    assert sorted(job["jobId"] for job in answer["jobs"]) == sorted(job_ids)
    assert answer["status"] == (NO_JOB if expected == NO_JOB else "complete")
    assert stage.list_keys("manifests/") == sorted(f"manifests/{each}.json" for each in job_ids)
    assert stage.state() == []


@pytest.mark.parametrize("name", REJECTED)
def test_documented_event_without_a_job_id_is_quarantined(stage: Stage, name: str) -> None:
    """What names no job is kept with its reason, once however often it comes."""
    event = (EVENTS / name).read_bytes()
    for _ in range(2):
        answer = stage.answer(event)
        answer = json.loads(answer["body"]) if "statusCode" in answer else answer
        assert answer["status"] == "rejected"
    (entry,) = stage.quarantined()
    assert (entry["payload"], entry["reason"]) == REJECTED[name]


@pytest.mark.parametrize("name", MESSAGES)
def test_documented_message_with_its_mask_filled_in(stage: Stage, name: str) -> None:
    """The documentation masks the IDs of these messages, but the service sends real ones."""
    message = unmask((EVENTS / name).read_text(encoding="utf-8"))
    seeded(stage, [json.loads(message)["jobId"]])
    assert stage.answer(message)["status"] == "complete"


@pytest.mark.parametrize(
    "path", sorted((MPS / "notify").rglob("*.json")), ids=lambda path: path.stem
)
def test_documented_notification(stage: Stage, path: Path) -> None:
    """Each of a production job names it; those of other products lead to nothing."""
    message = unmask(path.read_text(encoding="utf-8"))
    named = json.loads(message)["JobId"] if path.parent.name == "iproduction" else None
    seeded(stage, [named] if named else [])
    answer = stage.answer({"TopicName": "mps", "Message": message})
    assert answer["status"] == ("complete" if named else NO_JOB)
    assert [job["jobId"] for job in answer["jobs"]] == ([named] if named else [])


@pytest.mark.parametrize("name", [n for n in EXPECTED if n.startswith("oss_")])
def test_documented_oss_event_of_a_ticket(stage: Stage, name: str) -> None:
    """The same events, for an object under the ticket prefix of an allowed bucket."""
    event = unmask((EVENTS / name).read_text(encoding="utf-8"))
    for bucket in ("testbucket", "event-notification-test-shenzhen"):
        event = event.replace(bucket, BUCKET)
    for key in ("source/a.png", "image/a.jpg", "test"):
        event = event.replace(f'"key": "{key}"', '"key": "jobs/a.txt"')
    stage.cloud.put_object(BUCKET, "jobs/a.txt", ONE.encode())
    seeded(stage, [ONE])
    read_only = "oss_notification_decoded" in name  # it tells of a download
    assert stage.answer(event)["status"] == (NO_JOB if read_only else "complete")
