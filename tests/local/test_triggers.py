from __future__ import annotations

import json
from base64 import b64decode
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local import triggers
from local.triggers import Origin, OssRecord

if TYPE_CHECKING:
    from local.triggers.oss import Schema

EVENTS = Path(__file__).parents[1] / "samples/events"
NOTIFY = Path(__file__).parents[1] / "samples/mps/notify"
JOB_ID = "8a8753a54e6a4a0f9128ccecbefe9948"

RECORD = OssRecord(
    bucket="results",
    key="jobs/副歌 a+b%20~.json",
    size=12,
    etag="59CA0EFA9F5633CB0371BBC0355478D8",
    content_type="application/json",
    metadata={"x-oss-meta-job-id": JOB_ID},
)


def shape(value: Any) -> Any:
    """Reduce a payload to its keys and the types of its values; a list to its first element."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def sample(name: str) -> Any:
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


def open_parts(value: Any, *paths: str) -> Any:
    """Blank out the parts of a payload that its author chooses."""
    for path in paths:
        inner = value
        *parents, last = path.split(".")
        for name in parents:
            inner = inner[int(name)] if name.isdigit() else inner[name]
        inner[last] = "open"
    return value


TEXT = "副歌"
WITH_TEXT = {
    "oss_native": triggers.oss_native([RECORD]),
    "oss_eventbridge": triggers.oss_eventbridge(RECORD),
    "mns_topic_json": triggers.mns_topic_json(TEXT),
    "mns_topic_stream": triggers.mns_topic_stream(TEXT),
    "mns_queue_stream": triggers.mns_queue_stream([TEXT]),
    "mns_queue_event": triggers.mns_queue_event(TEXT),
    "eventbridge": triggers.eventbridge({"text": TEXT}, "acs.ecs", "ecs:Disk:Detached"),
    "timer": triggers.timer(TEXT),
    "http_post": triggers.http_post(TEXT),
    "http_get": triggers.http_get({"text": TEXT}),
    "cloudflow": triggers.cloudflow({"text": TEXT}),
    "async_destination": triggers.async_destination(TEXT),
    "async_destination_eventbridge": triggers.async_destination_eventbridge(TEXT),
}


def test_every_builder_gives_utf8_json_that_is_not_escaped() -> None:
    """Escaped text would never test how the raw UTF-8 of the service is decoded."""
    returned = {
        name: getattr(triggers, name).__annotations__.get("return") for name in triggers.__all__
    }
    assert WITH_TEXT.keys() == {name for name, kind in returned.items() if kind == "bytes"}
    assert [name for name, event in WITH_TEXT.items() if TEXT.encode() not in event] == []


USER_META = "events.0.oss.object.objectMeta.userMeta"
BODY = '{"message": "Hello"}'


@pytest.mark.parametrize(
    ("event", "name", "open_paths"),
    [
        (triggers.oss_native([RECORD, RECORD]), "oss_native.json", [USER_META]),
        (triggers.oss_eventbridge(RECORD), "oss_eventbridge_cloudevents.json", []),
        (triggers.mns_topic_json("hello topic"), "mns_topic_json.json", []),
        (
            triggers.mns_topic_json("hello topic", {"key": "value"}),
            "mns_topic_json_attributes.json",
            [],
        ),
        (
            triggers.mns_topic_stream(triggers.mps_job_legacy(JOB_ID)),
            "mns_topic_stream_mps_job.json",
            [],
        ),
        (triggers.mns_queue_stream(["TEST", "TEST"]), "mns_queue_cloudevents_batch.json", []),
        (
            triggers.mns_queue_stream([triggers.mps_job_legacy(JOB_ID)], base64=True),
            "mns_queue_mps_job_batch.json",
            [],
        ),
        (
            triggers.mns_queue_stream(["TEST", "TEST"], "RawData"),
            "mns_queue_rawdata_batch.json",
            [],
        ),
        (
            triggers.mns_queue_event("TEST", base64=True),
            "mns_queue_cloudevents_single_base64.json",
            [],
        ),
        (
            triggers.eventbridge({"diskId": "d-1"}, "acs.ecs", "ecs:Disk:Detached"),
            "eventbridge_generic.json",
            ["data"],
        ),
        (triggers.timer("awesome-fc", "timer-trigger"), "timer.json", []),
        (triggers.timer('{"jobIds":[]}'), "timer_json_payload.json", []),
        (triggers.http_post(BODY), "http_post.json", []),
        (
            triggers.http_get({"parameter1": "value1", "parameter2": "value2"}),
            "http_get.json",
            [],
        ),
        (
            triggers.cloudflow({"jobIds": [JOB_ID], "outputPrefix": "manifests/"}),
            "cloudflow_invoke.json",
            [],
        ),
        (triggers.async_destination("{}"), "async_destination.json", []),
        (triggers.async_destination_eventbridge("{}"), "async_destination_eventbridge.json", []),
    ],
    ids=lambda value: value.removesuffix(".json") if isinstance(value, str) else "",
)
def test_events_have_the_keys_and_types_of_the_published_ones(
    event: bytes, name: str, open_paths: list[str]
) -> None:
    """Events invented for tests must not drift away from the vendor's documentation."""
    ours = open_parts(json.loads(event), *open_paths)
    theirs = open_parts(sample(name), *open_paths)
    assert shape(ours) == shape(theirs)


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (triggers.mps_job_legacy(JOB_ID), "events/messages/mps_job_legacy.json"),
        (triggers.mps_job_notification(JOB_ID), "events/messages/mps_job.json"),
        (
            triggers.mps_job_notification(
                JOB_ID, state="Fail", error=("InvalidParameter.ResourceContentBad", "is bad")
            ),
            "events/messages/mps_job_failed.json",
        ),
        (
            triggers.smart_production_callback(JOB_ID),
            "events/messages/mps_smart_production_callback.json",
        ),
        (triggers.workflow_report([JOB_ID]), "events/messages/mps_workflow_report.json"),
        (triggers.iproduction_notification(JOB_ID, "Cover"), "mps/notify/iproduction/Cover.json"),
    ],
    ids=lambda value: Path(value).stem if value.endswith(".json") else "",
)
def test_messages_have_the_keys_and_types_of_the_published_ones(message: str, name: str) -> None:
    """Messages invented for tests must not drift away from the vendor's documentation."""
    published = json.loads((EVENTS.parent / name).read_text(encoding="utf-8"))
    assert shape(json.loads(message)) == shape(published)


def test_fixed_words_of_the_envelopes_are_the_published_ones() -> None:
    """Keys alone do not tell events apart; these values do."""
    pairs = [
        (triggers.oss_eventbridge(RECORD), "oss_eventbridge_cloudevents.json"),
        (triggers.mns_queue_event("x"), "mns_queue_cloudevents_single_base64.json"),
        (triggers.async_destination_eventbridge("x"), "async_destination_eventbridge.json"),
    ]
    for event, name in pairs:
        ours, theirs = json.loads(event), sample(name)
        assert (ours["type"], ours["specversion"]) == (theirs["type"], theirs["specversion"])
    assert json.loads(pairs[0][0])["source"] == "acs.oss"
    assert json.loads(pairs[2][0])["source"] == "acs:fc"


def test_an_oss_record_says_what_was_given() -> None:
    """Key and metadata decide which job is meant, so none of them may get lost."""
    record = json.loads(triggers.oss_native([RECORD]))["events"][0]
    assert record["oss"]["object"] == {
        "deltaSize": 12,
        "eTag": RECORD.etag,
        "key": RECORD.key,
        "objectMeta": {
            "mimeType": "application/json",
            "userMeta": {"x-oss-meta-job-id": JOB_ID},
        },
        "size": 12,
    }
    assert record["eventName"] == "ObjectCreated:PutObject"
    assert record["oss"]["bucket"]["name"] == "results"


def test_raw_data_is_the_record_alone() -> None:
    """EventBridge can leave its envelope out, and the content must remain the same."""
    whole = json.loads(triggers.oss_eventbridge(RECORD))
    assert json.loads(triggers.oss_eventbridge(RECORD, "RawData")) == whole["data"]


def test_an_oss_notification_is_base64_with_the_circumstances_inside() -> None:
    """OSS encodes what it sends to MNS, and the decoded form must be the published one."""
    decoded = json.loads(b64decode(triggers.oss_notification_in_mns([RECORD])))
    ours, theirs = decoded["events"][0], sample("oss_notification_decoded.json")["events"][0]
    # The published one is about a download, which also says what range was read.
    del theirs["oss"]["object"]["readFrom"], theirs["oss"]["object"]["readTo"]
    ours["oss"]["xVars"] = theirs["oss"]["xVars"]
    assert shape(ours) == shape(theirs)


def test_a_message_without_attributes_is_streamed_as_it_is() -> None:
    """In this format there is no envelope, so the function gets nothing but the text."""
    raw = (EVENTS / "mns_topic_stream_raw.txt").read_bytes()
    assert triggers.mns_topic_stream("hello topic") == raw


def test_a_streamed_message_with_attributes_is_wrapped() -> None:
    """Attributes change the form of a streamed message, and both forms must be played."""
    event = json.loads(triggers.mns_topic_stream("hello", {"job": "1"}))
    assert event == {"body": "hello", "attrs": {"Extend": '{"job":"1"}'}}


def test_md5_of_a_topic_message_is_that_of_its_text() -> None:
    """A consumer may check the digest, so it must fit the message."""
    event = json.loads(triggers.mns_topic_json("hello topic"))
    assert event["MessageMD5"] == "D6206122A430035E4EC1463CDD704B59"


def test_queue_elements_can_be_json_texts() -> None:
    """A batch may hold texts instead of objects, and must then say the same."""
    plain = json.loads(triggers.mns_queue_stream(["a", "b"]))
    texts = json.loads(triggers.mns_queue_stream(["a", "b"], elements_as_text=True))
    assert [json.loads(text) for text in texts] == plain


@pytest.mark.parametrize("schema", ["CloudEvents", "RawData"])
def test_queue_bodies_can_be_base64(schema: Schema) -> None:
    """A queue may deliver encoded bodies, in which non-ASCII text must survive."""
    (element,) = json.loads(triggers.mns_queue_stream(["副歌"], schema, base64=True))
    data = element["data"] if schema == "CloudEvents" else element
    assert b64decode(data["messageBody"]).decode() == "副歌"


def test_equal_messages_of_a_batch_keep_ids_of_their_own() -> None:
    """With equal IDs two deliveries would look like one."""
    first, second = json.loads(triggers.mns_queue_stream(["same", "same"]))
    assert first["id"] != second["id"]
    assert first["data"]["messageId"] != second["data"]["messageId"]


def test_a_binary_http_body_is_base64() -> None:
    """Bytes that are no text cannot stand in JSON, and their length must be the real one."""
    event = json.loads(triggers.http_post(b"\x00\xff", "application/octet-stream"))
    assert event["isBase64Encoded"] is True
    assert b64decode(event["body"]) == b"\x00\xff"
    assert event["headers"]["Content-Length"] == "2"


def test_a_cloudflow_body_has_no_envelope() -> None:
    """The body of a flow's step reaches the function as written, with nothing around it."""
    assert triggers.cloudflow("bare text") == b"bare text"


def test_a_destination_record_carries_the_request_as_text() -> None:
    """Whoever handles a failed call needs its request exactly as it was sent."""
    record = json.loads(triggers.async_destination('{"jobId":"x"}'))
    assert record["requestPayload"] == '{"jobId":"x"}'


def test_a_workflow_report_names_every_job_once() -> None:
    """A report mixes activities with and without a job, and must not lose or repeat any."""
    ids = [JOB_ID, "f34b6d1429dd491faa7a6c1c8f905285"]
    activities = json.loads(triggers.workflow_report(ids))["MediaWorkflowExecution"]["ActivityList"]
    assert [activity.get("JobId") for activity in activities] == [None, *ids, None]


def test_an_ims_event_has_the_published_envelope() -> None:
    """An IMS event can only be recognized by its envelope, so ours must have the same keys."""
    published = json.loads((NOTIFY / "ims/event-envelope-FileUploadComplete.json").read_text())
    event = json.loads(triggers.ims_event(JOB_ID))
    assert event.keys() == published.keys()
    assert type(event["UserId"]) is type(published["UserId"])
    assert event["MessageBody"]["JobId"] == JOB_ID


def test_times_are_those_of_the_origin() -> None:
    """Events of any day, account and region must be possible, each in its own format."""
    moment = datetime(2026, 2, 3, 4, 5, 6, 789000, tzinfo=timezone.utc)
    origin = Origin("cn-beijing", "42", moment)
    assert json.loads(triggers.timer(origin=origin))["triggerTime"] == "2026-02-03T04:05:06Z"
    topic = json.loads(triggers.mns_topic_json("x", origin=origin))
    assert (topic["PublishTime"], topic["TopicOwner"]) == (1770091506789, "42")
    record = OssRecord("b", "k", origin=origin)
    event = json.loads(triggers.oss_native([record]))["events"][0]
    assert (event["eventTime"], event["region"]) == ("2026-02-03T04:05:06.789Z", "cn-beijing")


def test_every_form_of_the_time_leaves_out_what_is_finer() -> None:
    """A message that is rounded up would come from the future."""
    moment = datetime(2026, 5, 1, 10, 0, 0, 239_933, tzinfo=timezone.utc)
    origin = Origin(time=moment)
    assert origin.seconds == "2026-05-01T10:00:00Z"
    assert origin.milliseconds == "2026-05-01T10:00:00.239Z"
    assert origin.epoch_milliseconds % 1000 == 239
