"""Every documented event and message gives exactly what it holds."""

from pathlib import Path

import pytest

from mps_manifest.events import Item, JobRequest, Ticket, Unusable, decode_event
from tests.payloads import EVENTS, MPS, load, unmask
from tests.unit.samples import ID, OTHER

TOKEN = load(EVENTS / "cloudflow_wait_for_custom_callback.json")["taskToken"]


def facts(item: Item) -> tuple[object, ...]:
    """Return an item's facts, without the words meant for people."""
    if isinstance(item, JobRequest):
        return ("job", item.job_id, item.api, item.on_pending, item.task_token)
    if isinstance(item, Ticket):
        return ("ticket", item.bucket, item.key, item.job_id)
    return ("unusable", item.payload) if isinstance(item, Unusable) else ("tick",)


def job(job_id: str, on_pending: str = "park", token: str | None = None) -> tuple[object, ...]:
    return ("job", job_id, None, on_pending, token)


def ticket(bucket: str, key: str) -> tuple[object, ...]:
    return ("ticket", bucket, key, None)


def read(path: Path) -> list[tuple[object, ...]]:
    event = unmask(path.read_text(encoding="utf-8"), path.stem).encode()
    return [facts(item) for item in decode_event(event).items]


EXPECTED = {
    "async_destination.json": [],
    "async_destination_eventbridge.json": [],
    "cloudflow_invoke.json": [job(ID, "return")],
    "cloudflow_wait_for_custom_callback.json": [job(ID, "park", TOKEN)],
    "http_get.json": [],
    "http_post.json": [("unusable", '{"message": "Hello"}')],
    "mns_queue_cloudevents_batch.json": [("unusable", "TEST")] * 2,
    "mns_queue_cloudevents_single_base64.json": [("unusable", "bWVlc2FnZSBmcm9tIE1OUyBjb25zb2xl")],
    "mns_queue_mps_job_batch.json": [],
    "mns_queue_rawdata_batch.json": [("unusable", "TEST")] * 2,
    "mns_topic_json.json": [("unusable", "hello topic")],
    "mns_topic_json_attributes.json": [("unusable", "hello topic")],
    "mns_topic_json_observed.json": [("unusable", "json meesage from MNS console")],
    "mns_topic_stream_mps_job.json": [],
    "mns_topic_stream_raw.txt": [("unusable", "hello topic")],
    "oss_eventbridge_cloudevents.json": [ticket("media-results", "source/a.png")],
    "oss_native.json": [ticket("testbucket", "source/a.png")],
    "oss_native_virtualbucket.json": [ticket("testbucket", "image/a.jpg")],
    "oss_notification_decoded.json": [],
    "timer.json": [("tick",)],
    "timer_json_payload.json": [job(ID), job(OTHER), ("tick",)],
    "messages/mps_job.json": [],
    "messages/mps_job_failed.json": [],
    "messages/mps_job_legacy.json": [],
    "messages/mps_workflow_report.json": [],
    "messages/mps_workflow_report_short.json": [],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_documented_event_gives_exactly_its_items(name: str) -> None:
    """The samples show what triggers really send, so nothing may be added or lost.

    Transcoding jobs are those of another product.
    """
    assert read(EVENTS / name) == EXPECTED[name]


def test_an_event_of_another_service_is_kept_whole_enough_to_be_found_again() -> None:
    """An EventBridge event without any job is one unusable piece that still shows its data."""
    [(kind, payload)] = read(EVENTS / "eventbridge_generic.json")
    assert kind == "unusable"
    assert "ecs:Disk:ConvertToPostpaidCompleted" in str(payload)
    assert "diskId" in str(payload)


def test_every_event_sample_is_looked_at() -> None:
    """A new sample without an expectation would go untested."""
    files = {p.relative_to(EVENTS).as_posix() for p in EVENTS.rglob("*.*") if p.suffix != ".md"}
    events = {name for name in files if not name.startswith("responses/")}
    masked = {"messages/mps_smart_production_callback.json"}
    assert events == EXPECTED.keys() | masked | {"eventbridge_generic.json"}


NOTIFICATIONS = sorted(
    [
        *(MPS / "notify" / "iproduction").glob("*.json"),
        EVENTS / "messages" / "mps_smart_production_callback.json",
    ]
)


@pytest.mark.parametrize("path", NOTIFICATIONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_notification_gives_its_one_job_to_be_parked_while_it_runs(path: Path) -> None:
    """Both spellings of a key name one job, not two."""
    body = load(path)
    assert read(path) == [job(body.get("JobId") or body["jobId"])]


@pytest.mark.parametrize(
    "path", sorted((MPS / "notify" / "job").glob("*.json")), ids=lambda path: path.stem
)
def test_a_notification_of_another_product_asks_for_nothing(path: Path) -> None:
    """The topic of a pipeline carries them all, and they are no mistake of anybody."""
    assert read(path) == []


def test_an_ims_event_about_a_file_names_no_job() -> None:
    """Such events come through the same trigger and must not fill the quarantine."""
    assert read(MPS / "notify" / "ims" / "event-envelope-FileUploadComplete.json") == []


def test_the_reply_of_a_submit_call_names_its_job() -> None:
    """Whoever calls with the reply of a submit call waits for the answer."""
    path = MPS / "submit" / "SubmitIProductionJob-response.json"
    assert read(path) == [job(load(path)["JobId"], "return")]
