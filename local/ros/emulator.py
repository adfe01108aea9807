"""The emulator: one loopback port for ROS, Function Compute, logs, MNS, and what else is read."""

import asyncio
import json
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future

from aiohttp import web

from local.client import CloudClient, ControlError
from local.faults import FaultRule, Faults
from local.identity import ACCOUNT, Identity, KeyRing, NotAuthorizedError, Policy, Resource
from local.jobs.call import ApiCall
from local.jobs.errors import ApiError, reply, throttled
from local.jobs.errors import render as render_error
from local.jobs.rpc import Nonces
from local.journal import Call, Entry, Journal, RequestRecord
from local.logs import signing
from local.logs.query import LogPlace, Period, get_logs, is_query
from local.logs.service import refused
from local.mns import documents
from local.mns import signing as mns_signing
from local.reply import Reply
from local.request_pipeline import RequestPipeline
from local.ros import functions, messages
from local.ros.account import VERSIONS, Account
from local.ros.actions import RosActions, render_answer
from local.ros.functions import Functions
from local.ros.messages import MessageService
from local.ros.template import Resource as TemplateResource
from local.signed_request import SignedRequest

_HOST = "127.0.0.1"
_SECONDS = 10.0
_LARGEST_BODY = 64 * 1024**2  # a call of a function has 32 MiB at most

Function = Callable[[str, bytes], tuple[bytes, str] | tuple[bytes, str, str]]


class RosEmulator:
    """Serves in a thread of its own, as a context manager; tests may set its attributes.

    `fail_at` maps logical IDs to the reason why they cannot be created. `function` answers calls:
    it receives name and body, and returns the answer, the error type (empty for none), and perhaps
    the ID of the request.
    `account`, `functions` and `messages` are what there is beside the stacks.
    """

    def __init__(self, region: str = "cn-shanghai", cloud: CloudClient | None = None) -> None:
        self.fail_at: dict[str, str] = {}
        self.function: Function = lambda _, body: (body, "")
        self.log_lines: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.faults = Faults()
        self.keys = KeyRing()
        self.policy = Policy()
        self._cloud = cloud
        self._region = region
        self._journal = Journal(10_000)
        self._pipeline = RequestPipeline(self._journal, self.faults)
        self._nonces = Nonces()
        self.ros = RosActions(region, self._failure)
        self.account = Account(self.ros.stacks)
        self.functions = Functions(region, self.ros.stacks)
        self.messages = MessageService()
        self._runners: list[web.ServerRunner] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ros", daemon=True)
        self.endpoint = ""

    def __enter__(self) -> "RosEmulator":  # noqa: PYI034 (typing has Self from 3.11 on)
        self._thread.start()
        self.endpoint = self._wait(asyncio.run_coroutine_threadsafe(self._open(), self._loop))
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()

    def requests(self) -> list[RequestRecord]:
        """Return the requests, in order of arrival."""
        return self._journal.records()

    def reset_requests(self) -> None:
        """Delete the journal of requests."""
        self._journal.reset()

    @staticmethod
    def _wait(opening: "Future[str]") -> str:
        return opening.result(_SECONDS)

    async def _open(self) -> str:
        runner = web.ServerRunner(web.Server(self._handle, access_log=None))
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, _HOST, 0).start()
        return f"http://{_HOST}:{runner.addresses[0][1]}"

    async def _close(self) -> None:
        for runner in self._runners:
            await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        sent = await SignedRequest.receive(request, _LARGEST_BODY)
        service, action = _service_and_action(sent)
        request_id = str(uuid.uuid4()).upper()
        call = Call(service, action)

        async def work(entry: Entry, skew: float) -> Reply:
            entry.bytes_in = len(sent.body)
            try:
                identity = self._identify(sent, service, time.time() + skew)
                entry.identity = identity.access_key_id
                return self._answer(sent, call, identity, request_id)
            except ApiError as error:
                return _refusal(error, sent, service, request_id)

        def refuse(rule: FaultRule) -> Reply:
            busy = throttled() if rule.effect == "throttle" else None
            error = busy or ApiError(rule.status, rule.code, rule.message, dict(rule.headers))
            return _refusal(error, sent, service, request_id)

        return await self._pipeline.run(request, call, work, refuse)

    def _identify(self, sent: SignedRequest, service: str, now: float) -> Identity:
        if service == "log":
            return signing.identify(sent, self.keys, now)
        if _is_message(sent):
            return mns_signing.identify(sent, self.keys, now)
        return ApiCall.of(sent).identify(self.keys, self._nonces, now)

    def _answer(
        self, sent: SignedRequest, call: Call, identity: Identity, request_id: str
    ) -> Reply:
        service, action = call.service, call.action
        try:
            resource = Resource(f"acs:{service}:{self._region}:{ACCOUNT}:{_called(sent)}")
            self.policy.authorize(identity, f"{service}:{action}", resource)
        except NotAuthorizedError:
            message = f"You are not authorized to do this action: {service}:{action}."
            raise ApiError(403, "NoPermission", message) from None
        if service == "log":
            return self._of_logs(sent, action)
        if service == "fc":
            return self._of_functions(sent, action)
        if _is_message(sent):
            return self.messages.answer(sent, action)
        of_account = self.account.actions.get((service, action))
        known = self.ros.actions.get(action) if service == "ros" else of_account
        if known is None:
            raise ApiError(404, "InvalidAction.NotFound", "Specified api is not found.")
        body = render_answer(known(sent.parameters()), request_id)
        return Reply(200, {"Content-Type": "application/json"}, body)

    def _log_lines(self, place: LogPlace, period: Period) -> list[dict[str, str]] | None:
        lines = self.log_lines.get((place.project, place.store))
        if lines is None:
            return None
        found = [one for one in lines if period.since <= int(one["__time__"]) < period.until]
        return found[::-1] if period.newest_first else found

    def _of_logs(self, sent: SignedRequest, action: str) -> Reply:
        if action == "ListProject":
            return reply(_list_projects({project for project, _ in self.log_lines}))
        return get_logs(sent, self._log_lines)

    def _of_functions(self, sent: SignedRequest, action: str) -> Reply:
        found = self.functions.answer(sent, action)
        if action == "InvokeFunction":
            return self._invoke(sent)
        return self._limit(sent) if action.endswith("ConcurrencyConfig") else reply(found)

    def _invoke(self, sent: SignedRequest) -> Reply:
        body, error, *ids = self.function(functions.function_of(sent), sent.body)
        kind = {"X-Fc-Error-Type": error} if error else {}
        if ids:
            kind["X-Fc-Request-Id"] = str(ids[0])
        return Reply(200, {"Content-Type": "application/json", **kind}, body)

    def _limit(self, sent: SignedRequest) -> Reply:
        """Return or set the limit of a function's instances."""
        name, limits = functions.function_of(sent), self.ros.stacks.limits
        if sent.method == "PUT":
            limits[name] = int(json.loads(sent.body)["reservedConcurrency"])
        if name not in limits:
            raise ApiError(404, "ConcurrencyConfigNotFound", f"function '{name}' has no limit")
        return reply({"functionArn": self.functions.arn(name), "reservedConcurrency": limits[name]})

    def _failure(self, resource: TemplateResource) -> str:
        """Return why a resource cannot be created: `fail_at`, or a zip that does not exist."""
        code = resource.properties.get("Code") or {}
        bucket, key = code.get("OssBucketName", ""), code.get("OssObjectName", "")
        if self._cloud is None or not key or resource.name in self.fail_at:
            return self.fail_at.get(resource.name, "")
        try:
            there = key in self._cloud.list_keys(bucket, key)
        except ControlError:
            there = False
        return "" if there else f"InvalidArgument: object {key} of bucket {bucket} is not found"


def _list_projects(projects: set[str]) -> dict[str, object]:
    """Return the names of all log projects."""
    listed = [{"projectName": name} for name in sorted(projects)]
    return {"total": len(listed), "count": len(listed), "projects": listed}


def _is_message(sent: SignedRequest) -> bool:
    return "x-mns-version" in sent.headers


def _service_and_action(sent: SignedRequest) -> tuple[str, str]:
    if sent.target.startswith(functions.BASE):
        return "fc", functions.action_of(sent)
    if _is_message(sent):
        return "mns", messages.action_of(sent)
    if "x-log-apiversion" in sent.headers:
        return "log", "GetLogStoreLogs" if is_query(sent) else "ListProject"
    asked = ApiCall.of(sent)
    return VERSIONS.get(asked.version, "unknown"), asked.action or "Unknown"


def _called(sent: SignedRequest) -> str:
    """Return the last part of the ARN of what is called: a function, a Logstore or a stack."""
    if sent.target.startswith(functions.BASE):
        return f"functions/{functions.function_of(sent)}"
    if _is_message(sent):
        return sent.path
    if is_query(sent):
        place = LogPlace.of(sent)
        return f"project/{place.project}/logstore/{place.store}"
    return "stack/*"


def _refusal(error: ApiError, sent: SignedRequest, service: str, request_id: str) -> Reply:
    """Return an error in the form of the service."""
    if service == "log":
        return refused(error)
    if _is_message(sent):
        return documents.render(error, request_id, f"{ACCOUNT}.mns.aliyuncs.com")
    return render_error(error, request_id, f"{service}.aliyuncs.com")
