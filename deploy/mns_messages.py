"""Messages of MNS: sends them to topics and queues, and takes one back.

MNS's OpenAPI has no call for messages; these are of its own HTTP interface, whose signature is in
https://www.alibabacloud.com/help/en/mns/sign-requests.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from typing import NamedTuple
from xml.sax.saxutils import escape, unescape

import requests

from deploy.errors import DeployError
from deploy.service_errors import explain, unreachable
from deploy.settings import Keys, Settings

_VERSION = "2015-06-06"
_TYPE = "text/xml;charset=utf-8"
_SECONDS = 30
_BATCH = 16
_ROUNDS = 10
_BACK_SECONDS = 1
_NONE = "MessageNotExist"


class _Received(NamedTuple):
    id: str
    handle: str


class Messages:
    """The messages of an account in one region."""

    def __init__(self, settings: Settings, account: str) -> None:
        self._settings = settings
        endpoint = settings.endpoints.get("SMQ", "")
        self._url = endpoint or f"https://{account}.mns.{settings.region}.aliyuncs.com"

    def publish(self, topic: str, body: str) -> str:
        """Send a message to a topic, and return its ID. Raises DeployError."""
        return self._send(f"/topics/{topic}/messages", body, "mns:PublishMessage")

    def send(self, queue: str, body: str) -> str:
        """Send a message to a queue, and return its ID. Raises DeployError.

        The body is sent as Base64, as the manual of SendMessage asks for.
        """
        encoded = base64.b64encode(body.encode()).decode()
        return self._send(f"/queues/{queue}/messages", encoded, "mns:SendMessage")

    def take_back(self, queue: str, message_id: str) -> bool:
        """Delete a message that nobody has received; returns whether it was there.

        Others that are received on the way are visible again after a second. Raises DeployError.
        """
        path = f"/queues/{queue}/messages"
        for _ in range(_ROUNDS):
            received = list(self._receive(path))
            if not received:
                return False
            found = [each for each in received if each.id == message_id]
            for each in received:
                if each not in found:
                    query = {"receiptHandle": each.handle, "visibilityTimeout": str(_BACK_SECONDS)}
                    self._request("PUT", path, query, "mns:ChangeMessageVisibility")
            for each in found:
                self._request("DELETE", path, {"ReceiptHandle": each.handle}, "mns:DeleteMessage")
            if found:
                return True
        return False

    def _send(self, path: str, body: str, action: str) -> str:
        document = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<Message xmlns="http://mns.aliyuncs.com/doc/v1/">'
            f"<MessageBody>{escape(body)}</MessageBody></Message>"
        )
        return _first("MessageId", self._request("POST", path, {}, action, document))

    def _receive(self, path: str) -> Iterator[_Received]:
        query = {"numOfMessages": str(_BATCH), "waitseconds": "0"}
        try:
            answer = self._request("GET", path, query, "mns:ReceiveMessage")
        except DeployError as error:
            if error.code == _NONE:
                return
            raise
        for message in re.findall(r"<Message>(.*?)</Message>", answer, re.DOTALL):
            yield _Received(_first("MessageId", message), _first("ReceiptHandle", message))

    def _request(
        self, method: str, path: str, query: Mapping[str, str], action: str, document: str = ""
    ) -> str:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        resource = f"{path}?{asked}" if asked else path  # as in MNS's SDKs nothing is encoded
        headers = signed(method, resource, self._settings.keys)
        try:
            answer = requests.request(
                method,
                f"{self._url}{resource}",
                data=document.encode(),
                headers=headers,
                timeout=_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException:
            raise unreachable(action) from None
        if answer.status_code >= 300:
            code, text = _first("Code", answer.text), _first("Message", answer.text)
            raise explain(code, text, action, self._settings.keys)
        return answer.text


def signed(method: str, resource: str, keys: Keys) -> dict[str, str]:
    """Return the headers of a signed request; `resource` is its path and query."""
    date = formatdate(usegmt=True)
    lines = (method, "", _TYPE, date, f"x-mns-version:{_VERSION}", resource)
    signature = hmac.new(keys.access_key_secret.encode(), "\n".join(lines).encode(), hashlib.sha1)
    token = {"security-token": keys.security_token} if keys.security_token else {}
    return {
        "Content-Type": _TYPE,
        "Date": date,
        "x-mns-version": _VERSION,
        "Authorization": (
            f"MNS {keys.access_key_id}:{base64.b64encode(signature.digest()).decode()}"
        ),
        **token,
    }


def _first(name: str, document: str) -> str:
    """Return the text of the first element with a name; empty if there is none."""
    found = re.search(rf"<{name}>([^<]*)</{name}>", document)
    return unescape(found[1]) if found else ""
