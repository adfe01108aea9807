"""Errors of MNS and their XML.

https://www.alibabacloud.com/help/en/mns/developer-reference/syntax-of-error-responses
"""

from xml.sax.saxutils import escape

from local.reply import Reply

NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"


class MnsError(Exception):
    """An error answer of MNS."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


def render(error: MnsError, request_id: str, host_id: str) -> Reply:
    """Return the answer of an error."""
    fields = {
        "Code": error.code,
        "Message": error.message,
        "RequestId": request_id,
        "HostId": host_id,
    }
    return document("Error", fields, request_id, error.status, error.code)


def document(
    name: str, fields: dict[str, str], request_id: str, status: int, code: str = ""
) -> Reply:
    """Return an answer of XML."""
    inner = "".join(f"<{key}>{escape(text)}</{key}>" for key, text in fields.items())
    body = f'<?xml version="1.0" encoding="utf-8"?>\n<{name} xmlns="{NAMESPACE}">{inner}</{name}>'
    headers = {"Content-Type": "text/xml;charset=utf-8", "x-mns-request-id": request_id}
    return Reply(status, headers, body.encode(), code)
