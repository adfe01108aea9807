"""XML of answers, as oss2 parses it (without a namespace), and XML of requests."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from local import strict_xml
from local.oss.errors import OssError, not_implemented
from local.reply import Reply

Child = str
"""A piece of escaped XML."""


def element(name: str, *children: Child) -> Child:
    """Return an element with children."""
    return f"<{name}>{''.join(children)}</{name}>"


def text(name: str, value: object) -> Child:
    """Return an element with text."""
    return f"<{name}>{escape(str(value))}</{name}>"


def flag(name: str, *, value: bool) -> Child:
    """Return an element with the text true or false."""
    return text(name, "true" if value else "false")


def document(name: str, children: Iterable[Child]) -> Reply:
    """Return an answer of XML."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{element(name, *children)}'
    headers = {"Content-Type": "application/xml"}
    return Reply(200, headers, body.encode("utf-8", "surrogateescape"))


def parse(body: bytes) -> ET.Element:
    """Parse a request's XML without its namespaces, raising MalformedXML."""
    try:
        return strict_xml.parse(body)
    except strict_xml.MalformedXmlError:
        message = "The XML you provided was not well-formed or did not validate."
        raise OssError(400, "MalformedXML", message) from None


def parse_known(body: bytes, *paths: str) -> ET.Element:
    """Parse a request's XML that may have elements at these paths below its root, and no others.

    Raises MalformedXML, and NotImplemented for what would be ignored.
    """
    root = parse(body)
    known = {tuple(path.split("/")) for path in paths}
    known |= {path[:length] for path in known for length in range(1, len(path))}
    rest: list[tuple[tuple[str, ...], ET.Element]] = [((child.tag,), child) for child in root]
    while rest:
        path, node = rest.pop()
        if path not in known:
            raise not_implemented(node.tag)
        rest += [((*path, child.tag), child) for child in node]
    return root
