"""Publishing on topics as an HTTP handler.

https://www.alibabacloud.com/help/en/mns/developer-reference/message-management-publishmessage
"""

import re
import time
import uuid

from aiohttp import web

from local.faults import FaultRule
from local.identity import ACCOUNT, Identity, KeyRing, NotAuthorizedError, Policy, Resource
from local.jobs.errors import ApiError
from local.journal import Call, Entry
from local.mns.documents import answer, elements, read_message, render
from local.mns.signing import identify
from local.mns.topics import Topics, digest
from local.reply import Reply
from local.request_pipeline import RequestPipeline
from local.signed_request import SignedRequest

PATH = re.compile(r"/topics/([^/?]+)/messages")


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
        sent = await SignedRequest.receive(request)
        found = PATH.fullmatch(sent.path)
        topic = found[1] if found else ""
        request_id = uuid.uuid4().hex[:24].upper()
        host_id = f"{ACCOUNT}.mns.{self._region}.aliyuncs.com"

        async def work(entry: Entry, skew: float) -> Reply:
            entry.bytes_in = len(sent.body)
            try:
                identity = identify(sent, self._keys, time.time() + skew)
                entry.identity = identity.access_key_id
                self._authorize(identity, topic)
                return self._publish(sent, topic, request_id)
            except ApiError as error:
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
            raise ApiError(403, "AccessDenied", message) from None

    def _publish(self, sent: SignedRequest, topic: str, request_id: str) -> Reply:
        if sent.method != "POST":
            raise ApiError(400, "InvalidRequestURL", "Http request URL format invalid.")
        text = read_message(sent.body)
        fields = {"MessageId": self._topics.publish(topic, text), "MessageBodyMD5": digest(text)}
        return answer("Message", elements(fields), request_id, 201)


def _injected_error(rule: FaultRule) -> ApiError:
    if rule.effect == "throttle":
        return ApiError(429, "QpsLimitExceeded", "The request rate exceeds the limit.")
    return ApiError(rule.status, rule.code, rule.message)
