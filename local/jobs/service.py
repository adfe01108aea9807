"""The API port: MPS, IMS and CloudFlow's task reports, distinguished by version and action."""

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from local.faults import FaultRule
from local.identity import ACCOUNT, Identity, KeyRing, NotAuthorizedError, Policy, Resource
from local.jobs.call import ApiCall
from local.jobs.errors import ApiError, render, reply, throttled
from local.jobs.quota import Quota
from local.jobs.rpc import Nonces
from local.jobs.store import JobStore, TaskReport
from local.journal import Call, Entry
from local.reply import Reply
from local.request_pipeline import RequestPipeline
from local.signed_request import SignedRequest

_UUID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class _Product:
    """An API: its name here, its prefix in RAM, its host, its actions."""

    service: str
    ram: str
    host: str
    actions: frozenset[str]


_PRODUCTS = {
    "2014-06-18": _Product("mps", "mts", "mts.{}.aliyuncs.com", frozenset({"QueryIProductionJob"})),
    "2020-11-09": _Product("ims", "ice", "ice.{}.aliyuncs.com", frozenset({"QueryIProductionJob"})),
    "2019-03-15": _Product(
        "fnf",
        "fnf",
        "{}.fnf.aliyuncs.com",
        frozenset({"ReportTaskSucceeded", "ReportTaskFailed"}),
    ),
}
_UNKNOWN_PRODUCT = _Product("api", "api", "api.{}.aliyuncs.com", frozenset())


class JobService:
    """The APIs as one HTTP handler.

    The error code for a task token that was already used is not documented, so it can be set.
    """

    def __init__(
        self, pipeline: RequestPipeline, store: JobStore, keys: KeyRing, policy: Policy, region: str
    ) -> None:
        self.quota = Quota(100)
        self.nonces = Nonces()
        self.used_token_code = "TaskAlreadyCompleted"
        self._pipeline = pipeline
        self._store = store
        self._keys = keys
        self._policy = policy
        self._region = region

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        asked = ApiCall.of(await SignedRequest.receive(request))
        product = _PRODUCTS.get(asked.version, _UNKNOWN_PRODUCT)
        job_id = asked.parameters.get("JobId", "")
        request_id = str(uuid.uuid4()).upper()
        host_id = product.host.format(self._region)

        async def work(entry: Entry, skew: float) -> Reply:
            entry.bytes_in = len(asked.sent.body)
            try:
                _check_product(product, asked)
                identity = asked.identify(self._keys, self.nonces, time.time() + skew)
                entry.identity = identity.access_key_id
                self._authorize(identity, f"{product.ram}:{asked.action}")
                if product.service == "fnf":
                    return self._report(asked.action, asked.parameters, request_id)
                return self._query(product.service, job_id, request_id)
            except ApiError as error:
                return render(error, request_id, host_id)

        def refuse(rule: FaultRule) -> Reply:
            return render(_injected_error(rule), request_id, host_id)

        call = Call(product.service, asked.action or "Unknown", job_id=job_id)
        return await self._pipeline.run(request, call, work, refuse)

    def _authorize(self, identity: Identity, action: str) -> None:
        product = action.partition(":")[0]
        resource = Resource(f"acs:{product}:{self._region}:{ACCOUNT}:*")
        try:
            self._policy.authorize(identity, action, resource)
        except NotAuthorizedError:
            message = (
                "User not authorized to operate on the specified resource,"
                " or this API doesn't support RAM."
            )
            raise ApiError(403, "Forbidden.RAM", message) from None

    def _query(self, api: str, job_id: str, request_id: str) -> Reply:
        if not self.quota.admits(time.monotonic()):
            raise throttled()
        if not job_id:
            message = 'The specified parameter "JobId" cannot be null.'
            raise ApiError(400, "InvalidParameter.NullValue", message)
        if api == "mps" and not _UUID.fullmatch(job_id):
            message = (
                'The parameter "JobId" is invalid.A uuid must:1)be comprised of'
                " chracters[a-f],numbers[0-9];2)be 32 characters long."
            )
            raise ApiError(400, "InvalidParameter.UUIDFormatInvalid", message)
        job = self._store.query(api, job_id)
        if job is None and api == "ims":
            raise ApiError(400, "InvalidParameter.JobNotFound", "The specified job not found")
        if job is None:  # documented: 200 without anything about the job
            return reply({"RequestId": request_id, "JobId": job_id})
        if job.plan.error_code:
            raise ApiError(job.plan.status or 400, job.plan.error_code, job.plan.error_message)
        if job.plan.raw is not None:
            headers = {"Content-Type": "application/json"}
            return Reply(job.plan.status or 200, headers, job.plan.raw.encode())
        return reply(job.answer_at(time.time(), request_id))

    def _report(self, action: str, parameters: Mapping[str, str], request_id: str) -> Reply:
        needed = ("TaskToken", "Output" if action == "ReportTaskSucceeded" else "Error")
        for name in needed:
            if name not in parameters:
                raise ApiError(400, f"Missing{name}", f"{name} is mandatory for this action.")
        report = TaskReport(
            action,
            parameters["TaskToken"],
            parameters.get("Output", ""),
            parameters.get("Error", ""),
            parameters.get("Cause", ""),
        )
        if report.refusal:
            raise ApiError(400, "InvalidArgument", report.refusal)
        if not self._store.report(report):
            message = "The task of this token has been reported already."
            raise ApiError(400, self.used_token_code, message)
        return reply({"RequestId": request_id})


def _check_product(product: _Product, asked: ApiCall) -> None:
    for name, value in (("Action", asked.action), ("Version", asked.version)):
        if not value:
            raise ApiError(400, f"Missing{name}", f"{name} is mandatory for this action.")
    if product is _UNKNOWN_PRODUCT:
        raise ApiError(400, "InvalidVersion", "Specified parameter Version is not valid.")
    if asked.action not in product.actions:
        message = "Specified api is not found, please check your url and method."
        raise ApiError(404, "InvalidAction.NotFound", message)


def _injected_error(rule: FaultRule) -> ApiError:
    if rule.effect == "throttle":
        error = throttled()
        return ApiError(error.status, error.code, error.message, dict(rule.headers))
    return ApiError(rule.status, rule.code, rule.message, dict(rule.headers))
