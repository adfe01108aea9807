"""The APIs of MPS, IMS and CloudFlow, through the core SDK that oss2 brings along anyway."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Literal

import orjson
from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import RpcRequest

from mps_manifest.adapters.credentials import Credentials
from mps_manifest.errors import (
    NotFound,
    Refused,
    ServiceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from mps_manifest.settings import Api, Settings

_PRODUCTS: dict[Api, tuple[Literal["mts", "ice"], str]] = {
    "mps": ("mts", "2014-06-18"),
    "ims": ("ice", "2020-11-09"),
}
_NOT_FOUND = {"InvalidParameter.JobNotFound", "InvalidParameter.ResourceNotFound"}
_KEYS_OR_RIGHTS = (
    "Forbidden",
    "IncompleteSignature",
    "InvalidAccessKey",
    "InvalidIdentity",
    "InvalidSecurityToken",
    "InvalidTimeStamp",
    "MissingSecurityToken",
    "NoPermission",
    "PermissionDenied",
    "SignatureDoesNotMatch",
)
_PASSING = ("InternalError", "ServiceUnavailable", "SignatureNonceUsed", "SDK.UnknownServerError")
_MAX_MESSAGE = 300


def silence_the_sdk() -> None:
    """Take the core SDK's loggers out of service.

    It adds a handler of its own and logs URLs with signature and token: on network errors always,
    and whole requests when the variable DEBUG says `sdk`.
    """
    names = [name for name in logging.root.manager.loggerDict if name.startswith("aliyunsdkcore")]
    for name in ["aliyunsdkcore", *names]:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = False
        logger.setLevel(logging.CRITICAL + 1)


silence_the_sdk()


def error_of(fault: ServerException | ClientException, credentials: Credentials) -> ServiceError:
    """Map an error of the core SDK, by code first: classes and statuses vary (facts/mps.md 1)."""
    if isinstance(fault, ClientException):  # its message holds the signed URL
        return Unreachable("no answer from the API", code=str(fault.get_error_code()))
    code, status = str(fault.get_error_code()), int(fault.get_http_status() or 0)
    kind: type[ServiceError] = Refused
    if code.startswith("Throttling") or status == 429:
        kind = Throttled
    elif code.startswith(_PASSING) or status >= 500:
        kind = Unreachable
    elif code.startswith(_KEYS_OR_RIGHTS) or status in {401, 403}:
        kind = Unauthorized
    elif code in _NOT_FOUND:
        kind = NotFound
    message = "" if "Signature" in code else str(fault.get_error_msg())
    message = credentials.redact(message)[:_MAX_MESSAGE] or f"the API answered {status}"
    return kind(message, code=code, status=status)


class ProductionApi:
    """The JobsApi and TaskCallbacks ports over the core SDK; safe to use from several threads."""

    def __init__(self, settings: Settings, credentials: Credentials, *, timeout: float) -> None:
        self._settings = settings
        self._credentials = credentials
        self._timeout = timeout
        key = credentials.access_key_id, credentials.access_key_secret
        self._client = AcsClient(
            region_id=settings.region,
            credential=StsTokenCredential(*key, credentials.security_token)
            if credentials.security_token
            else AccessKeyCredential(*key),
            auto_retry=False,  # retries are the use case's: they count against the budget
            pool_size=settings.concurrency,
        )

    def limit_time(self, seconds: float) -> None:
        """Let no later call wait longer than this for a connection or for data."""
        self._timeout = seconds

    def query(self, api: Api, job_id: str) -> Mapping[str, Any]:
        """Ask for one job."""
        product, version = _PRODUCTS[api]
        request = self._request(product, version, "QueryIProductionJob")
        request.add_query_param("JobId", job_id)
        return self._send(request)

    def succeed(self, token: str, output: str) -> None:
        """Report success to the CloudFlow step that waits with this token."""
        self._report("ReportTaskSucceeded", token, Output=output)

    def fail(self, token: str, error: str, cause: str) -> None:
        """Report failure to the CloudFlow step that waits with this token."""
        self._report("ReportTaskFailed", token, Error=error, Cause=cause)

    def _report(self, action: str, token: str, **body: str) -> None:
        request = self._request("fnf", "2019-03-15", action)
        request.set_method("POST")
        request.add_query_param("TaskToken", token)
        for name, value in body.items():
            request.add_body_params(name, value)
        self._send(request)

    def _request(
        self, product: Literal["mts", "ice", "fnf"], version: str, action: str
    ) -> RpcRequest:
        request = RpcRequest(product, version, action)
        scheme, host = self._settings.endpoint_of(product).split("://")
        request.set_endpoint(host)
        request.set_protocol_type(scheme)
        request.set_connect_timeout(self._timeout)
        request.set_read_timeout(self._timeout)
        return request

    def _send(self, request: RpcRequest) -> Mapping[str, Any]:
        try:
            answer = orjson.loads(self._client.do_action_with_exception(request))
        except (ServerException, ClientException) as fault:
            raise error_of(fault, self._credentials) from None
        except (ValueError, IndexError):  # the SDK trips over answers that are no JSON, too
            raise Unreachable("the API answered something that is no JSON") from None
        if not isinstance(answer, dict):
            raise Unreachable("the API answered JSON that is no object")
        return answer
