"""MNS's own HTTP interface, as far as messages are sent, received and deleted by it."""

import itertools
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from local.jobs.errors import ApiError
from local.mns.documents import answer, elements, read_message
from local.mns.topics import digest
from local.reply import Reply
from local.signed_request import SignedRequest

_VISIBILITY = 30.0
_ACTIONS = {
    ("POST", "queues"): "SendMessage",
    ("POST", "topics"): "PublishMessage",
    ("GET", "queues"): "ReceiveMessage",
    ("PUT", "queues"): "ChangeMessageVisibility",
    ("DELETE", "queues"): "DeleteMessage",
}


@dataclass
class Message:
    """A message in a queue; `visible` is when it can be received."""

    id: str
    body: str
    handle: str = ""
    visible: float = 0.0


@dataclass
class MessageService:
    """The queues and topics of the account.

    Each message that is sent or published is passed to a listener with the name of its queue or
    topic; one of a queue is taken out of it where the listener returns True.
    """

    queues: dict[str, list[Message]] = field(default_factory=dict)
    on_published: Callable[[str, Message], None] = lambda _topic, _message: None
    on_sent: Callable[[str, Message], bool] = lambda _queue, _message: False
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def answer(self, sent: SignedRequest, action: str) -> Reply:
        """Answer a request, raising ApiError."""
        name = unquote(sent.path.split("/")[2])
        asked = {key.lower(): value for key, value in parse_qsl(sent.query)}
        if action in {"SendMessage", "PublishMessage"}:
            return self._take(action, name, read_message(sent.body))
        messages = self.queues.setdefault(name, [])
        if action == "ReceiveMessage":
            return self._give(messages, int(asked.get("numofmessages", "1")))
        message = next((one for one in messages if one.handle == asked.get("receipthandle")), None)
        if message is None or message.visible <= time.time():
            text = "The receipt handle you provide is not valid."
            raise ApiError(400, "ReceiptHandleError", text)
        if action == "DeleteMessage":
            messages.remove(message)
            return Reply(204)
        message.visible = time.time() + int(asked["visibilitytimeout"])
        return _told("ChangeVisibility", elements({"ReceiptHandle": message.handle}))

    def _take(self, action: str, name: str, body: str) -> Reply:
        number = next(self._numbers)
        message = Message(f"5F290C926D472878-2-14D9529A8FA-{number:09d}", body)
        if action == "PublishMessage":
            self.on_published(name, message)
        elif not self.on_sent(name, message):
            self.queues.setdefault(name, []).append(message)
        fields = {"MessageId": message.id, "MessageBodyMD5": digest(body)}
        return _told("Message", elements(fields), 201)

    def _give(self, messages: list[Message], most: int) -> Reply:
        now = time.time()
        given = [message for message in messages if message.visible <= now][:most]
        if not given:
            raise ApiError(404, "MessageNotExist", "Message not exist.")
        for message in given:
            message.handle, message.visible = f"1-{next(self._numbers)}", now + _VISIBILITY
        listed = "".join(f"<Message>{elements(_described(one))}</Message>" for one in given)
        return _told("Messages", listed)


def _described(message: Message) -> dict[str, str]:
    return {
        "MessageId": message.id,
        "ReceiptHandle": message.handle,
        "MessageBody": message.body,
    }


def _told(name: str, content: str, status: int = 200) -> Reply:
    return answer(name, content, uuid.uuid4().hex[:24].upper(), status)


def action_of(sent: SignedRequest) -> str:
    """Return MNS's name of the action of a request."""
    kind = sent.target.split("/")[1]
    return _ACTIONS.get((sent.method, kind), "Unknown")
