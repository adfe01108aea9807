"""Result XML as oss2 parses it (without a namespace), and request XML read."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from local.exchange import Reply
from local.oss.errors import OssError

Child = str
"""A piece of XML that is escaped already."""


def element(name: str, *children: Child) -> Child:
    """Make an element of children."""
    return f"<{name}>{''.join(children)}</{name}>"


def text(name: str, value: object) -> Child:
    """Make an element of text."""
    return f"<{name}>{escape(str(value))}</{name}>"


def flag(name: str, *, value: bool) -> Child:
    """Make an element that says true or false."""
    return text(name, "true" if value else "false")


def document(name: str, children: Iterable[Child]) -> Reply:
    """Answer with an XML document."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{element(name, *children)}'
    headers = {"Content-Type": "application/xml"}
    return Reply(200, headers, body.encode("utf-8", "surrogateescape"))


def parse(body: bytes) -> ET.Element:
    """Read request XML; its namespaces don't matter."""
    lowered = body[:2048].lower()
    if b"<!doctype" in lowered or b"<!entity" in lowered:
        raise _malformed()
    try:
        root = ET.fromstring(body)  # noqa: S314 (no entities, see above)
    except ET.ParseError:
        raise _malformed() from None
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
    return root


def _malformed() -> OssError:
    message = "The XML you provided was not well-formed or did not validate."
    return OssError(400, "MalformedXML", message)
