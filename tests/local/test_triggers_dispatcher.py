from __future__ import annotations

import asyncio
import json
from concurrent.futures import Future
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from local.cloud import Cloud
from local.fc import AsyncPolicy, FunctionHost, Invocation
from local.oss.model import Attributes, Bucket, ObjectCreated
from local.services import CloudConfig
from local.trigger_dispatcher import MESSAGE_SHAPES, OBJECT_SHAPES, Dispatcher, ObjectRule
from local.triggers.origin import Origin
from tests.local.functions import write_function
from tests.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

MESSAGE = '{"jobId":"8a8753a54e6a4a0f9128ccecbefe9948"}'


class RecordingHost:
    """Remembers what it was called with."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def invoke_async(self, event: bytes) -> Future[Invocation]:
        self.events.append(json.loads(event))
        future: Future[Invocation] = Future()
        future.set_result(Invocation("r-1", b""))
        return future


def created(key: str, **changes: Any) -> ObjectCreated:
    values: dict[str, Any] = {
        "bucket": "results",
        "key": key,
        "size": 5,
        "etag": "59CA0EFA9F5633CB0371BBC0355478D8",
        "content_type": "text/plain",
        "metadata": {"x-oss-meta-job-id": "1"},
        "event_name": "ObjectCreated:PutObject",
        "time": 1770091506.789,
        "request_id": "6364D216511B143733C5A67B",
        "region": "cn-beijing",
    }
    return ObjectCreated(**{**values, **changes})


@pytest.mark.parametrize(
    ("rule", "news", "calls"),
    [
        (ObjectRule("jobs/"), created("jobs/a"), 1),
        (ObjectRule("jobs/"), created("other/jobs/a"), 0),
        (ObjectRule("jobs/", suffix=".json"), created("jobs/a.txt"), 0),
        (ObjectRule("jobs/", suffix=".json"), created("jobs/a.json"), 1),
        (ObjectRule("jobs/", bucket="results"), created("jobs/a"), 1),
        (ObjectRule("jobs/", bucket="uploads"), created("jobs/a"), 0),
        (ObjectRule("jobs/"), created("jobs/a", event_name="ObjectCreated:UploadPart"), 0),
        (
            ObjectRule("jobs/", events=("ObjectCreated:UploadPart",)),
            created("jobs/a", event_name="ObjectCreated:UploadPart"),
            1,
        ),
        (ObjectRule(""), created("任何/a"), 1),
    ],
)
def test_only_objects_a_rule_watches_wake_the_function(
    rule: ObjectRule, news: ObjectCreated, calls: int
) -> None:
    """A trigger that fires for other objects would cost calls, or loop on its own output."""
    host = RecordingHost()
    Dispatcher(host, [rule]).object_created(news)
    assert len(host.events) == calls


def test_the_event_tells_what_the_store_told() -> None:
    """The function learns of an object from this event only, so nothing may be altered."""
    host = RecordingHost()
    Dispatcher(host, [ObjectRule("jobs/")]).object_created(created("jobs/副歌 a+b%20"))
    (record,) = host.events[0]["events"]
    assert record["eventTime"] == "2026-02-03T04:05:06.789Z"
    assert record["region"] == "cn-beijing"
    assert record["responseElements"] == {"requestId": "6364D216511B143733C5A67B"}
    assert record["oss"]["bucket"]["name"] == "results"
    assert record["oss"]["object"]["key"] == "jobs/副歌 a+b%20"
    assert record["oss"]["object"]["objectMeta"]["userMeta"] == {"x-oss-meta-job-id": "1"}


def test_every_matching_rule_delivers_in_its_own_form() -> None:
    """Several triggers may watch one prefix, each of which sends events of its own form."""
    host = RecordingHost()
    rules = [ObjectRule("jobs/", shape=shape) for shape in OBJECT_SHAPES]
    Dispatcher(host, rules).object_created(created("jobs/a"))
    native, cloud_event, raw = host.events
    assert native["events"][0]["oss"]["object"]["key"] == "jobs/a"
    assert cloud_event["type"] == "oss:ObjectCreated:PutObject"
    assert raw == cloud_event["data"]


class Unanswered(Future[Invocation]):
    """A call whose answer nobody must wait for."""

    def result(self, timeout: float | None = None) -> Invocation:
        raise AssertionError(f"waited {timeout} for the answer")


class SilentHost(RecordingHost):
    """Answers nothing."""

    def invoke_async(self, event: bytes) -> Future[Invocation]:
        super().invoke_async(event)
        return Unanswered()


def test_the_store_calls_back_without_waiting() -> None:
    """The store announces objects in its event loop, where waiting would stop all requests."""
    host = SilentHost()
    called_back = Dispatcher(host, [ObjectRule("jobs/")]).on_created(created("jobs/a"))
    with pytest.raises(StopIteration):  # it has ended, and given way to nobody before
        called_back.send(None)
    assert len(host.events) == 1


@pytest.mark.parametrize("shape", sorted(MESSAGE_SHAPES))
def test_messages_arrive_in_every_shape(shape: str) -> None:
    """Each connection to a topic or queue wraps messages differently, and none may lose the ID."""
    host = RecordingHost()
    Dispatcher(host).send_message(MESSAGE, shape)
    (event,) = host.events
    assert "8a8753a54e6a4a0f9128ccecbefe9948" in json.dumps(event)
    assert isinstance(event, list) == (shape in ("queue-stream", "queue-raw"))


@pytest.mark.parametrize("shape", ["topic-json", "queue-stream", "queue-event"])
def test_a_message_says_the_present_time(shape: str) -> None:
    """Whoever looks for late messages must not find all of them late."""
    host = RecordingHost()
    before = datetime.now(timezone.utc).replace(microsecond=0)
    Dispatcher(host, origin=Origin("cn-beijing", "42")).send_message(MESSAGE, shape)
    event = host.events[0][0] if shape == "queue-stream" else host.events[0]
    if shape == "topic-json":
        moment = datetime.fromtimestamp(event["PublishTime"] / 1000, timezone.utc)
        account = event["TopicOwner"]
    else:
        moment = datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%S%z")
        account = event["aliyunaccountid"]
    assert before <= moment <= datetime.now(timezone.utc)
    assert account == "42"


def test_a_tick_says_the_present_time_and_goes_to_the_sweeper() -> None:
    """A tick that went to the other function would leave the backlog unattended."""
    host, sweeper = RecordingHost(), RecordingHost()
    before = datetime.now(timezone.utc).replace(microsecond=0)
    Dispatcher(host, sweeper=sweeper).tick("payload", "every-minute")
    (event,) = sweeper.events
    moment = datetime.strptime(event["triggerTime"], "%Y-%m-%dT%H:%M:%S%z")
    assert before <= moment <= datetime.now(timezone.utc)
    assert (event["triggerName"], event["payload"]) == ("every-minute", "payload")
    assert host.events == []


def test_without_a_sweeper_the_function_gets_the_tick() -> None:
    """One function alone must be able to work off its backlog."""
    host = RecordingHost()
    Dispatcher(host).tick()
    assert host.events[0]["triggerName"] == "sweep"


def test_an_object_reaches_a_real_function(tmp_path: Path) -> None:
    """Dispatcher and host must fit together, which a recording stand-in cannot show."""
    source = """
        import json
        def handler(event, context):
            return json.loads(event)["events"][0]["oss"]["object"]["key"]
    """
    with FunctionHost(write_function(tmp_path, source)) as host:
        dispatcher = Dispatcher(host, [ObjectRule("jobs/")])
        (call,) = dispatcher.object_created(created("jobs/a"))
        assert call.result().payload == b"jobs/a"


async def put_directly(cloud: Cloud, key: str) -> None:
    await cloud.start()
    try:
        cloud.services.oss.put_directly(("results", key), b"1", Attributes())
        await cloud.services.oss.settle()
    finally:
        await cloud.stop()


def test_an_object_put_into_the_cloud_wakes_the_function(tmp_path: Path) -> None:
    """The whole way: store, rule, event, process."""
    answers: list[bytes] = []
    source = """
        import json
        def handler(event, context):
            return json.loads(event)["events"][0]["oss"]["object"]["key"]
    """
    cloud = Cloud(CloudConfig(data=tmp_path / "data"))
    cloud.services.store.create_bucket(Bucket("results", 0.0))
    policy = AsyncPolicy(on_success=answers.append)
    with FunctionHost(write_function(tmp_path / "code", source), policy=policy) as host:
        dispatcher = Dispatcher(host, [ObjectRule("jobs/")])
        cloud.services.oss.on_created.append(dispatcher.on_created)
        asyncio.run(put_directly(cloud, "jobs/副歌"))
        wait_until(lambda: bool(answers), "the function has answered")
    assert json.loads(answers[0])["responsePayload"] == "jobs/副歌"
