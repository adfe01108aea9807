"""The XML of MNS: messages in requests, answers, and errors.

https://www.alibabacloud.com/help/en/mns/developer-reference/syntax-of-error-responses
"""

from collections.abc import Mapping
from xml.sax.saxutils import escape

from local import strict_xml
from local.jobs.errors import ApiError
from local.reply import Reply

NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"


def read_message(body: bytes) -> str:
    """Return the text of the message that a request sends. Raises ApiError."""
    try:
        root = strict_xml.parse(body)
    except strict_xml.MalformedXmlError:
        raise ApiError(400, "MalformedXML", "The XML you provided was not well-formed.") from None
    if root.tag != "Message" or NAMESPACE.encode() not in body[:500]:
        message = "The XML you provided did not validate against our published schema."
        raise ApiError(400, "InvalidArgument", message)
    return root.findtext("MessageBody") or ""


def elements(fields: Mapping[str, object]) -> str:
    """Return one element for each field."""
    return "".join(f"<{name}>{escape(str(text))}</{name}>" for name, text in fields.items())


def document(name: str, content: str) -> bytes:
    """Return a document with the content, which is XML, in its root."""
    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    return f'{head}<{name} xmlns="{NAMESPACE}">{content}</{name}>'.encode("utf-8", "replace")


def answer(name: str, content: str, request_id: str, status: int = 200, code: str = "") -> Reply:
    """Return an answer with a document."""
    headers = {"Content-Type": "text/xml;charset=utf-8", "x-mns-request-id": request_id}
    return Reply(status, headers, document(name, content), code)


def render(error: ApiError, request_id: str, host_id: str) -> Reply:
    """Return the answer of an error."""
    fields = {
        "Code": error.code,
        "Message": error.message,
        "RequestId": request_id,
        "HostId": host_id,
    }
    return answer("Error", elements(fields), request_id, error.status, error.code)
