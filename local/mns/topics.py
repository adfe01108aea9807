"""Topics with what was published on them, and pushes to HTTP endpoints that have subscribed.

https://www.alibabacloud.com/help/en/mns/developer-reference/notifycontentformat
"""

import asyncio
import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import aiohttp

from local.identity import ACCOUNT
from local.jobs.errors import ApiError
from local.mns.documents import document, elements

Form = Literal["JSON", "XML", "SIMPLIFIED"]

_ATTEMPTS = 3
_PAUSE = 0.1
"""Seconds between two attempts; those of MNS's BACKOFF_RETRY are 10 to 20."""
_PUSH_SECONDS = 5.0


@dataclass(frozen=True)
class Subscription:
    """An HTTP endpoint that gets every message of a topic, in one of three forms."""

    url: str
    form: Form


@dataclass
class Topic:
    """A topic; a message larger than its limit is refused."""

    name: str
    max_message_size: int = 65536
    messages: list[str] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)


class Topics:
    """All topics, in memory; `settle` waits for the pushes that are under way."""

    def __init__(self) -> None:
        self._topics: dict[str, Topic] = {}
        self._pushes: set[asyncio.Task[None]] = set()

    def reset(self) -> None:
        """Delete all topics."""
        self._topics.clear()

    def create(self, name: str, max_message_size: int) -> None:
        """Create a topic; one that exists stays as it is."""
        self._topics.setdefault(name, Topic(name, max_message_size))

    def topic(self, name: str) -> Topic:
        """Return a topic. Raises ApiError where there is none."""
        if name not in self._topics:
            message = "The topic you provided does not exist."
            raise ApiError(404, "TopicNotExist", message)
        return self._topics[name]

    def publish(self, name: str, body: str) -> str:
        """Keep a message and push it to those who have subscribed; return its ID."""
        topic = self.topic(name)
        size = len(body.encode())
        if not 1 <= size <= topic.max_message_size:
            message = (
                f"The value of MessageBody should between 1 and {topic.max_message_size} bytes."
            )
            raise ApiError(400, "InvalidArgument", message)
        topic.messages.append(body)
        message_id = uuid.uuid4().hex.upper()
        for subscription in topic.subscriptions:
            push = asyncio.create_task(_push(subscription, topic.name, body, message_id))
            self._pushes.add(push)
            push.add_done_callback(self._pushes.discard)
        return message_id

    async def settle(self) -> None:
        """Wait for the pushes that are under way."""
        await asyncio.gather(*self._pushes, return_exceptions=True)


def digest(body: str) -> str:
    """Return the MD5 of a message as MNS writes it."""
    return hashlib.md5(body.encode()).hexdigest().upper()


async def _push(subscription: Subscription, topic: str, body: str, message_id: str) -> None:
    """Push a message until the endpoint takes it, a few times at most."""
    fields: dict[str, str | int] = {
        "TopicOwner": ACCOUNT,
        "TopicName": topic,
        "Subscriber": ACCOUNT,
        "SubscriptionName": "local",
        "MessageId": message_id,
        "MessageMD5": digest(body),
        "Message": body,
        "PublishTime": int(time.time() * 1000),
    }
    kind, content = _CONTENTS[subscription.form](fields)
    headers = {
        "Content-Type": kind,
        "x-mns-version": "2015-06-06",
        "x-mns-request-id": message_id,
        "x-mns-message-type": "Notification",
    }
    timeout = aiohttp.ClientTimeout(total=_PUSH_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for _ in range(_ATTEMPTS):
            try:
                async with session.post(subscription.url, data=content, headers=headers) as answer:
                    if 200 <= answer.status < 300:
                        return
            except (aiohttp.ClientError, TimeoutError, asyncio.TimeoutError):
                pass
            await asyncio.sleep(_PAUSE)


def _as_json(fields: Mapping[str, str | int]) -> tuple[str, bytes]:
    return "application/json", json.dumps(fields, ensure_ascii=False).encode()


def _as_xml(fields: Mapping[str, str | int]) -> tuple[str, bytes]:
    return "text/xml;charset=utf-8", document("Notification", elements(fields))


def _as_it_is(fields: Mapping[str, str | int]) -> tuple[str, bytes]:
    return "text/plain;charset=utf-8", str(fields["Message"]).encode()


_CONTENTS = {"JSON": _as_json, "XML": _as_xml, "SIMPLIFIED": _as_it_is}
