"""Errors of the RPC-style APIs and their JSON."""

import json

from local.identity import Refusal
from local.reply import Reply

_REFUSALS = {
    Refusal.UNKNOWN_KEY: (404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."),
    Refusal.TOKEN_MISSING: (
        404,
        "InvalidAccessKeyId.NotFound",
        "Specified access key is not found.",
    ),
    Refusal.TOKEN_INVALID: (
        400,
        "InvalidSecurityToken.MismatchWithAccessKey",
        "Specified SecurityToken mismatch with the AccessKey.",
    ),
    Refusal.TOKEN_EXPIRED: (
        400,
        "InvalidSecurityToken.Expired",
        "Specified SecurityToken is expired.",
    ),
}


class ApiError(Exception):
    """An error answer of an API."""

    def __init__(
        self, status: int, code: str, message: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def key_refused(refusal: Refusal) -> ApiError:
    """Return the error of a key or token that is not accepted."""
    return ApiError(*_REFUSALS[refusal])


def render(error: ApiError, request_id: str, host_id: str) -> Reply:
    """Return the answer of an error."""
    document = {
        "RequestId": request_id,
        "HostId": host_id,
        "Code": error.code,
        "Message": error.message,
        "Recommend": f"https://api.aliyun.com/troubleshoot?q={error.code}&requestId={request_id}",
    }
    return reply(document, error.status, error.code, error.headers)


def reply(
    document: object, status: int = 200, code: str = "", headers: dict[str, str] | None = None
) -> Reply:
    """Return an answer of JSON."""
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return Reply(status, {**(headers or {}), "Content-Type": "application/json"}, body, code)


def throttled() -> ApiError:
    """Return the error of a call that exceeds the quota."""
    message = "Request was denied due to user flow control."
    return ApiError(400, "Throttling.User", message)
