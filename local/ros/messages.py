"""MNS's own HTTP interface, as far as messages are sent, received and deleted by it."""

import base64
import hashlib
import hmac
import itertools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape, unescape

from local.identity import Identity, KeyRing, NotAuthenticatedError
from local.jobs.errors import ApiError
from local.jobs.rpc import LARGEST_SKEW
from local.reply import Reply
from local.signed_request import SignedRequest

_SIGNED = ("content-md5", "content-type", "date")
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
        path, _, query = sent.target.partition("?")
        name = unquote(path.split("/")[2])
        asked = {key.lower(): value for key, value in parse_qsl(query)}
        if action in {"SendMessage", "PublishMessage"}:
            return self._take(action, name, sent.body.decode())
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
        return _document("ChangeVisibility", f"<ReceiptHandle>{message.handle}</ReceiptHandle>")

    def _take(self, action: str, name: str, document: str) -> Reply:
        found = re.search("<MessageBody>(.*)</MessageBody>", document, re.DOTALL)
        if found is None:
            raise ApiError(400, "MalformedXML", "The XML you provided was not well-formed.")
        body, number = unescape(found[1]), next(self._numbers)
        message = Message(f"5F290C926D472878-2-14D9529A8FA-{number:09d}", body)
        if action == "PublishMessage":
            self.on_published(name, message)
        elif not self.on_sent(name, message):
            self.queues.setdefault(name, []).append(message)
        digest = hashlib.md5(body.encode()).hexdigest().upper()
        return _document(
            "Message",
            f"<MessageId>{message.id}</MessageId><MessageBodyMD5>{digest}</MessageBodyMD5>",
            201,
        )

    def _give(self, messages: list[Message], most: int) -> Reply:
        now = time.time()
        given = [message for message in messages if message.visible <= now][:most]
        if not given:
            raise ApiError(404, "MessageNotExist", "Message not exist.")
        for message in given:
            message.handle, message.visible = f"1-{next(self._numbers)}", now + _VISIBILITY
        listed = "".join(
            f"<Message><MessageId>{one.id}</MessageId><ReceiptHandle>{one.handle}</ReceiptHandle>"
            f"<MessageBody>{escape(one.body)}</MessageBody></Message>"
            for one in given
        )
        return _document("Messages", listed)


def action_of(sent: SignedRequest) -> str:
    """Return MNS's name of the action of a request."""
    kind = sent.target.split("/")[1]
    return _ACTIONS.get((sent.method, kind), "Unknown")


def identify(sent: SignedRequest, keys: KeyRing, now: float) -> Identity:
    """Return the signer, raising ApiError if key, clock, body or signature are wrong."""
    headers = sent.headers
    word, _, rest = headers.get("authorization", "").partition(" ")
    key, _, signature = rest.partition(":")
    if word != "MNS" or not signature:
        raise ApiError(403, "AccessDenied", "The request is not signed.")
    try:
        identity = keys.find(key, headers.get("security-token", ""), now)
    except NotAuthenticatedError:
        raise ApiError(403, "InvalidAccessKeyId", "The AccessKeyId does not exist.") from None
    if abs(parsedate_to_datetime(headers["date"]).timestamp() - now) > LARGEST_SKEW:
        raise ApiError(408, "TimeExpired", "The http request you sent is expired.")
    own = [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-mns-")]
    lines = (sent.method, *(headers.get(name, "") for name in _SIGNED), *own, sent.target)
    digest = hmac.new(identity.access_key_secret.encode(), "\n".join(lines).encode(), hashlib.sha1)
    if not hmac.compare_digest(base64.b64encode(digest.digest()), signature.encode()):
        raise ApiError(403, "SignatureDoesNotMatch", "The signature is not matched.")
    return identity


def refusal(error: ApiError) -> Reply:
    """Return an error in MNS's form."""
    return Reply(
        error.status,
        {"Content-Type": "text/xml"},
        _xml("Error", f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"),
        error.code,
    )


def _document(name: str, content: str, status: int = 200) -> Reply:
    return Reply(status, {"Content-Type": "text/xml"}, _xml(name, content))


def _xml(name: str, content: str) -> bytes:
    space = "http://mns.aliyuncs.com/doc/v1/"
    return f'<?xml version="1.0"?><{name} xmlns="{space}">{content}</{name}>'.encode()
