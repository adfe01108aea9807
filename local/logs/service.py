"""The port of the log service."""

from __future__ import annotations

import os
import time

from aiohttp import web

from local.faults import FaultRule
from local.identity import ACCOUNT, Identity, KeyRing, NotAuthorizedError, Policy, Resource
from local.jobs.errors import ApiError, reply
from local.journal import Call, Entry
from local.logs import signing
from local.logs.query import LogPlace, get_logs, is_query
from local.logs.store import LogStores
from local.reply import Reply
from local.request_pipeline import RequestPipeline
from local.signed_request import SignedRequest


class LogService:
    """The log service as one HTTP handler."""

    def __init__(
        self,
        pipeline: RequestPipeline,
        stores: LogStores,
        keys: KeyRing,
        policy: Policy,
        region: str,
    ) -> None:
        self._pipeline = pipeline
        self._stores = stores
        self._keys = keys
        self._policy = policy
        self._region = region

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        sent = await SignedRequest.receive(request)
        call = Call("log", "GetLogStoreLogs" if is_query(sent) else "Unknown")

        async def work(entry: Entry, skew: float) -> Reply:
            entry.bytes_in = len(sent.body)
            try:
                identity = signing.identify(sent, self._keys, time.time() + skew)
                entry.identity = identity.access_key_id
                return self._answer(sent, identity)
            except NotAuthorizedError:
                message = "denied by sts or ram, action: log:GetLogStoreLogs"
                return refused(ApiError(401, "Unauthorized", message))
            except ApiError as error:
                return refused(error)

        def refuse(rule: FaultRule) -> Reply:
            if rule.effect == "throttle":
                return refused(ApiError(403, "ReadQuotaExceed", "read quota is exceeded"))
            return refused(ApiError(rule.status, rule.code, rule.message, dict(rule.headers)))

        return await self._pipeline.run(request, call, work, refuse)

    def _answer(self, sent: SignedRequest, identity: Identity) -> Reply:
        if not is_query(sent):
            message = "Only GetLogs (GET) is supported by the local cloud."
            raise ApiError(400, "NotSupported", message)
        place = LogPlace.of(sent)
        path = f"project/{place.project}/logstore/{place.store}"
        resource = Resource(f"acs:log:{self._region}:{ACCOUNT}:{path}")
        self._policy.authorize(identity, "log:GetLogStoreLogs", resource)
        return get_logs(sent, self._stores.read)


def refused(error: ApiError) -> Reply:
    """Return an error in the form of the log service."""
    document = {"errorCode": error.code, "errorMessage": error.message}
    headers = {**error.headers, "x-log-requestid": os.urandom(12).hex().upper()}
    return reply(document, error.status, error.code, headers)
