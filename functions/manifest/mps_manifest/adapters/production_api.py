"""Call the APIs of MPS, IMS and CloudFlow.

The core SDK builds and signs the requests, but does not send them: its client has a second copy of
requests and urllib3 (docs/decisions, 3).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode

from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.auth.signers.access_key_signer import AccessKeySigner
from aliyunsdkcore.auth.signers.sts_token_signer import StsTokenSigner
from aliyunsdkcore.request import RpcRequest

from mps_manifest import __version__
from mps_manifest.adapters.connections import NETWORK_ERRORS, Connections, read_body
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.errors import (
    NotFound,
    Refused,
    ServiceError,
    Throttled,
    TooLong,
    Unauthorized,
    Unreachable,
)
from mps_manifest.job_limits import LONGEST_ANSWER
from mps_manifest.parsing.foreign_text import shown
from mps_manifest.parsing.json_text import decode_answer
from mps_manifest.parsing.spelling import by_plain_key
from mps_manifest.settings import Api, Settings

_PRODUCTS: dict[Api, tuple[Literal["mts", "ice"], str]] = {
    "mps": ("mts", "2014-06-18"),
    "ims": ("ice", "2020-11-09"),
}
# codes that name the ID; all others say something of the account, the deployment or the moment
_NO_SUCH_JOB = re.compile(
    r"job(not|isnot|doesnot)(found|exist)|resource(not|isnot|doesnot)(found|exists?)$"
    r"|(notfound|notexists?)job|jobid|uuidformat|nullvalue|emptyvalue|nosuchjob"
)
# a task that nobody waits for any more; TaskAlreadyCompleted is documented, the rest are its like
_NO_SUCH_TASK = re.compile(
    r"task(token)?(already|not|isnot|has)?(completed|found|exist|expired|timedout)"
    r"|tasktoken|execution(not|isnot)(found|exist)|executionalready"
)
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
_PASSING = ("InternalError", "ServiceUnavailable", "SignatureNonceUsed")
_NO_ERROR = {"", "0", "200", "ok", "success"}
_CODES = ("code", "errorcode", "errcode")
_MAX_MESSAGE = 300
_MAX_CODE = 128
_A_LENGTH = re.compile("[0-9]{1,15}")
_XML_FIELD = re.compile(rb"<(Code|Message)>([^<]*)</")
_MAX_XML_ERROR = 64 * 1024
_USER_AGENT = f"mps-manifest/{__version__}"


# the core SDK's logger has its own handler, and logs strings to sign
logging.getLogger("aliyunsdkcore").setLevel(logging.CRITICAL + 1)


def api_error(
    answer: Mapping[str, Any],
    status: int,
    credentials: Credentials,
    names_what_is_gone: re.Pattern[str] = _NO_SUCH_JOB,
) -> ServiceError:
    """Map an error answer, by its code first, since statuses vary (facts/mps.md section 1).

    NotFound is for codes that name the job or task; whatever nobody has heard of is Refused.
    """
    fields = by_plain_key(answer)
    code = shown(credentials.redact(_code(fields)), _MAX_CODE)
    kind: type[ServiceError] = Refused
    if code.startswith("Throttling") or status == 429:
        kind = Throttled
    elif code.startswith(_PASSING):
        kind = Unreachable
    elif code.startswith(_KEYS_OR_RIGHTS):
        kind = Unauthorized
    elif names_what_is_gone.search(re.sub("[^a-z]", "", code.lower())):
        kind = NotFound
    elif status >= 500:
        kind = Unreachable
    elif status in {401, 403}:
        kind = Unauthorized
    message = "" if "Signature" in code else str(fields.get("message") or "")
    message = shown(credentials.redact(message), _MAX_MESSAGE) or f"the API answered {status}"
    return kind(message, code=code, status=status)


def is_refusal(answer: Mapping[str, Any]) -> bool:
    """Return whether an answer is an error, as gateways may send one with a status of success."""
    fields = by_plain_key(answer)
    if any(fields.get(name) for name in ("state", "status", "functionname")):
        return False
    return fields.get("success") is False or _code(fields).lower() not in _NO_ERROR


def _code(fields: Mapping[str, Any]) -> str:
    """Return the code of an error; empty where there is none."""
    values = (fields.get(name) for name in _CODES)
    codes = (each for each in values if isinstance(each, str | int) and not isinstance(each, bool))
    return next(map(str, codes), "")


class ProductionApi:
    """The JobsApi and TaskCallbacks ports; safe to use from several threads."""

    def __init__(
        self, settings: Settings, credentials: Credentials, connections: Connections
    ) -> None:
        self._settings = settings
        self._credentials = credentials
        self._connections = connections
        self._signer = _signer(credentials)

    def query(self, api: Api, job_id: str, limit: int = LONGEST_ANSWER) -> Mapping[str, Any]:
        """Return the answer about one job."""
        product, version = _PRODUCTS[api]
        request = self._request(product, version, "QueryIProductionJob")
        request.add_query_param("JobId", job_id)
        return self._send(request, limit=limit)

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
        self._send(request, _NO_SUCH_TASK)

    def _request(
        self, product: Literal["mts", "ice", "fnf"], version: str, action: str
    ) -> RpcRequest:
        request = RpcRequest(product, version, action)
        request.set_accept_format("JSON")
        request.set_endpoint(self._settings.endpoint_of(product))
        return request

    def _send(
        self,
        request: RpcRequest,
        names_what_is_gone: re.Pattern[str] = _NO_SUCH_JOB,
        limit: int = LONGEST_ANSWER,
    ) -> Mapping[str, Any]:
        status, body = self._exchange(request, limit)
        try:
            answer = decode_answer(body)
        except ValueError:
            answer = None
        if isinstance(answer, dict) and status < 300 and not is_refusal(answer):
            return answer
        if not isinstance(answer, dict):
            answer = fields_of_xml(body) if status >= 300 else {}
        if is_refusal(answer) or _code(by_plain_key(answer)):
            raise api_error(answer, status, self._credentials, names_what_is_gone)
        kind = Throttled if status == 429 else Unreachable
        raise kind(f"the API answered {status} without a valid JSON body", status=status)

    def _exchange(self, request: RpcRequest, limit: int) -> tuple[int, bytes]:
        """Sign and send a request; return status and body.

        It is never sent twice, since each call needs its own permit of the rate limiter.
        """
        parameters = request.get_body_params()
        if parameters:  # so that the signature covers them
            request.set_content_type("application/x-www-form-urlencoded")
        _, target = self._signer.sign(self._settings.region, request)
        headers = {"User-Agent": _USER_AGENT, **request.get_headers()}
        url, body = f"{request.endpoint}{target}", urlencode(parameters) if parameters else None
        try:
            answer = self._connections.send(
                request.get_method(), url, headers, body, repeatable=False
            )
            content = read_body(answer, limit)
        except NETWORK_ERRORS as error:  # its text may contain the signed URL
            raise Unreachable(f"no answer from the API ({type(error).__name__})") from None
        if len(content) > limit:
            said = answer.headers.get("Content-Length", "")
            raise TooLong(limit, int(said) if _A_LENGTH.fullmatch(said) else 0)
        return answer.status, content


def fields_of_xml(body: bytes) -> dict[str, str]:
    """Return code and message of an error in XML, which gateways write unless asked for JSON."""
    from xml.sax.saxutils import unescape  # noqa: PLC0415 - such an error is rare

    found = _XML_FIELD.findall(body[:_MAX_XML_ERROR])
    return {name.decode(): unescape(text.decode("utf-8", "replace")) for name, text in found}


def _signer(credentials: Credentials) -> AccessKeySigner | StsTokenSigner:
    key = credentials.access_key_id, credentials.access_key_secret
    if credentials.security_token:
        return StsTokenSigner(StsTokenCredential(*key, credentials.security_token))
    return AccessKeySigner(AccessKeyCredential(*key))
