"""Publishing on topics as an HTTP handler.

https://www.alibabacloud.com/help/en/mns/developer-reference/message-management-publishmessage
"""

import re
import time
import uuid

from aiohttp import web

from local.faults import FaultRule
from local.identity import ACCOUNT, Identity, KeyRing, NotAuthorizedError, Policy, Resource
from local.journal import Call, Entry
from local.mns.errors import MnsError, document, render
from local.mns.signing import identify
from local.mns.topics import Topics, digest
from local.oss.errors import OssError
from local.oss.xmldoc import parse
from local.reply import Reply
from local.request_pipeline import RequestPipeline

PATH = re.compile(r"/topics/([^/?]+)/messages")
_LARGEST_BODY = 1024 * 1024


class TopicService:
    """The topics of the account as one HTTP handler."""

    def __init__(
        self, pipeline: RequestPipeline, topics: Topics, keys: KeyRing, policy: Policy, region: str
    ) -> None:
        self._pipeline = pipeline
        self._topics = topics
        self._keys = keys
        self._policy = policy
        self._region = region

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request whose path is that of a topic's messages."""
        path = request.raw_path.partition("?")[0]
        found = PATH.fullmatch(path)
        topic = found[1] if found else ""
        body = await _body(request)
        request_id = uuid.uuid4().hex[:24].upper()
        host_id = f"{ACCOUNT}.mns.{self._region}.aliyuncs.com"

        async def work(entry: Entry, skew: float) -> Reply:
            entry.bytes_in = len(body)
            try:
                now = time.time() + skew
                identity = identify(request.method, path, request.headers, self._keys, now)
                entry.identity = identity.access_key_id
                self._authorize(identity, topic)
                return self._publish(request.method, topic, body, request_id)
            except MnsError as error:
                return render(error, request_id, host_id)

        def refuse(rule: FaultRule) -> Reply:
            return render(_injected_error(rule), request_id, host_id)

        call = Call("mns", "PublishMessage", key=topic)
        return await self._pipeline.run(request, call, work, refuse)

    def _authorize(self, identity: Identity, topic: str) -> None:
        arn = f"acs:mns:{self._region}:{ACCOUNT}:/topics/{topic}/messages"
        try:
            self._policy.authorize(identity, "mns:PublishMessage", Resource(arn))
        except NotAuthorizedError:
            message = (
                "The OwnerId that your Access Key Id associated to is forbidden for this operation."
            )
            raise MnsError(403, "AccessDenied", message) from None

    def _publish(self, method: str, topic: str, body: bytes, request_id: str) -> Reply:
        if method != "POST":
            raise MnsError(400, "InvalidRequestURL", "Http request URL format invalid.")
        try:
            root = parse(body)
        except OssError as error:
            raise MnsError(400, "MalformedXML", error.message) from None
        if root.tag != "Message" or b"http://mns.aliyuncs.com/doc/v1/" not in body[:500]:
            message = "The XML you provided did not validate against our published schema."
            raise MnsError(400, "InvalidArgument", message)
        text = root.findtext("MessageBody") or ""
        fields = {"MessageId": self._topics.publish(topic, text), "MessageBodyMD5": digest(text)}
        return document("Message", fields, request_id, 201)


async def _body(request: web.BaseRequest) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        if len(body) < _LARGEST_BODY:
            body += chunk
    return bytes(body)


def _injected_error(rule: FaultRule) -> MnsError:
    if rule.effect == "throttle":
        return MnsError(429, "QpsLimitExceeded", "The request rate exceeds the limit.")
    return MnsError(rule.status, rule.code, rule.message)
