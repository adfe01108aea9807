"""Triggers: call functions when objects are created, messages are sent, or a timer fires."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Protocol

from local.fc.invocation import Invocation
from local.oss.model import ObjectCreated
from local.triggers.direct_events import timer
from local.triggers.mns import mns_queue_event, mns_queue_stream, mns_topic_json, mns_topic_stream
from local.triggers.origin import Origin
from local.triggers.oss import OssRecord, oss_eventbridge, oss_native

WHOLE_OBJECTS = (
    "ObjectCreated:PutObject",
    "ObjectCreated:PostObject",
    "ObjectCreated:CopyObject",
    "ObjectCreated:CompleteMultipartUpload",
)

MessageShape = Callable[[str, Origin], bytes]
MESSAGE_SHAPES: Mapping[str, MessageShape] = {
    "topic-stream": lambda message, _: mns_topic_stream(message),
    "topic-json": lambda message, origin: mns_topic_json(message, origin=origin),
    "queue-stream": lambda message, origin: mns_queue_stream([message], origin=origin),
    "queue-raw": lambda message, origin: mns_queue_stream([message], "RawData", origin=origin),
    "queue-event": lambda message, origin: mns_queue_event(message, origin=origin),
}
OBJECT_SHAPES: Mapping[str, Callable[[OssRecord], bytes]] = {
    "native": lambda record: oss_native([record]),
    "eventbridge": oss_eventbridge,
    "eventbridge-raw": lambda record: oss_eventbridge(record, "RawData"),
}


class Invocable(Protocol):
    """A function that can be called asynchronously, such as a FunctionHost."""

    def invoke_async(self, event: bytes) -> Future[Invocation]:
        """Queue a call."""


@dataclass(frozen=True)
class ObjectRule:
    """Which objects cause an event, and in which form; an empty bucket means any.

    Prefix and suffix are literal. The default events exclude parts of multipart uploads.
    """

    prefix: str
    suffix: str = ""
    bucket: str = ""
    events: tuple[str, ...] = WHOLE_OBJECTS
    shape: str = "native"

    def matches(self, record: OssRecord) -> bool:
        """Return whether an object's event matches this rule."""
        return (
            record.event_name in self.events
            and self.bucket in ("", record.bucket)
            and record.key.startswith(self.prefix)
            and record.key.endswith(self.suffix)
        )


class Dispatcher:
    """The triggers of one function; each event is delivered as an asynchronous call.

    Timer events go to `sweeper`, if the timer calls a second function of the same code.
    """

    def __init__(
        self,
        host: Invocable,
        rules: Sequence[ObjectRule] = (),
        *,
        sweeper: Invocable | None = None,
        origin: Origin | None = None,
    ) -> None:
        self._host = host
        self._rules = tuple(rules)
        self._sweeper = sweeper or host
        self._origin = origin or Origin()

    def object_created(self, created: ObjectCreated) -> list[Future[Invocation]]:
        """Deliver a new object's event once for each matching rule."""
        return self.deliver(self._record(created))

    def deliver(self, record: OssRecord) -> list[Future[Invocation]]:
        """Deliver an object's event once for each matching rule."""
        return [
            self._host.invoke_async(OBJECT_SHAPES[rule.shape](record))
            for rule in self._rules
            if rule.matches(record)
        ]

    async def on_created(self, created: ObjectCreated) -> None:
        """Deliver a new object's event without waiting, as a watcher of the object store."""
        self.object_created(created)

    def send_message(self, message: str, shape: str = "topic-stream") -> Future[Invocation]:
        """Deliver a message, sent now, in one of the forms of MESSAGE_SHAPES."""
        return self._host.invoke_async(MESSAGE_SHAPES[shape](message, self._now()))

    def tick(self, payload: str = "", name: str = "sweep") -> Future[Invocation]:
        """Deliver the timer's event now."""
        return self._sweeper.invoke_async(timer(payload, name, self._now()))

    def _now(self) -> Origin:
        return self._at(datetime.now(timezone.utc))

    def _at(self, moment: datetime) -> Origin:
        return Origin(self._origin.region, self._origin.account_id, moment)

    def _record(self, created: ObjectCreated) -> OssRecord:
        moment = datetime.fromtimestamp(created.time, timezone.utc)
        return OssRecord(
            bucket=created.bucket,
            key=created.key,
            size=created.size,
            etag=created.etag.strip('"'),
            event_name=created.event_name,
            content_type=created.content_type,
            metadata=created.metadata,
            request_id=created.request_id,
            origin=Origin(created.region, self._origin.account_id, moment),
        )
