"""OSS errors and their XML."""

import base64
from xml.sax.saxutils import escape

from local.reply import Reply

HOST_ID = "oss.laptop"


# Finer codes, as listed under https://www.alibabacloud.com/help/en/oss/support/ ; others get zeros.
_EC = {
    "InvalidAccessKeyId": "0002-00000902",
    "InvalidSecurityToken": "0002-00000006",
    "SecurityTokenExpired": "0002-00000007",
    "SignatureDoesNotMatch": "0002-00000040",
    "AccessDenied": "0003-00000001",
    "NoSuchBucket": "0015-00000101",
    "NoSuchKey": "0026-00000001",
}


class OssError(Exception):
    """An error answer; `details` are elements of its XML, `headers` are sent with it.

    `ec` is OSS's finer code, where the code alone does not tell it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        ec: str = "",
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details or {}
        self.headers = headers or {}
        self.ec = ec or _EC.get(code, "0000-00000000")


def render(error: OssError, request_id: str, *, head: bool = False) -> Reply:
    """Return the answer of an error; for HEAD its XML is in the header `x-oss-err`."""
    if error.status == 304:
        return Reply(304, {**error.headers, "x-oss-request-id": request_id})
    fields = {
        "Code": error.code,
        "Message": error.message,
        "RequestId": request_id,
        "HostId": HOST_ID,
        **error.details,
        "EC": error.ec,
    }
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>\n'
    document = text.encode("utf-8", "replace")  # a header may have had bytes that are no UTF-8
    headers = {
        **error.headers,
        "x-oss-request-id": request_id,
        "x-oss-ec": error.ec,
        "Content-Type": "application/xml",
    }
    if head:
        headers["x-oss-err"] = base64.b64encode(document).decode()
        return Reply(error.status, headers, b"", error.code)
    return Reply(error.status, headers, document, error.code)


def internal_error() -> OssError:
    """Return the error of a defect of the local cloud; its log has the cause."""
    message = "We encountered an internal error. Please try again."
    return OssError(500, "InternalError", message)


def no_such_key(key: str) -> OssError:
    """Return the error of a key without an object."""
    message = "The specified key does not exist."
    return OssError(404, "NoSuchKey", message, details={"Key": key})


def no_such_bucket(bucket: str) -> OssError:
    """Return the error of a bucket that does not exist."""
    message = "The specified bucket does not exist."
    return OssError(404, "NoSuchBucket", message, details={"BucketName": bucket})


def invalid_argument(name: str, value: str) -> OssError:
    """Return the error of an invalid argument."""
    return OssError(
        400,
        "InvalidArgument",
        f"The value of {name} is invalid.",
        details={"ArgumentName": name, "ArgumentValue": value},
    )


def not_implemented(what: str = "") -> OssError:
    """Return the error of what OSS has and the local cloud lacks: a header, a parameter."""
    message = "A header you provided implies functionality that is not implemented."
    details = {"Header": what} if what else {}
    return OssError(501, "NotImplemented", message, details=details)


def method_not_allowed() -> OssError:
    """Return the error of a method that a resource does not have."""
    message = "The specified method is not allowed against this resource."
    return OssError(405, "MethodNotAllowed", message)
