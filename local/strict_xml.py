"""XML of requests, read without what it may be made to cost."""

from xml.etree import ElementTree as ET
from xml.parsers import expat

MAX_DEPTH = 16
"""Elements within elements; no request of OSS or MNS has more than six."""
MAX_ELEMENTS = 100_000
"""10,000 parts of an upload have 20,000 elements, and as many again with what some SDKs add."""


class MalformedXmlError(Exception):
    """Not well-formed, with a document type, or too deep or too many elements."""


class _Builder:
    """Builds the tree, without namespaces, as far as it is bounded."""

    def __init__(self) -> None:
        self._tree = ET.TreeBuilder()
        self._depth = 0
        self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise MalformedXmlError
        self._tree.start(_local(name), attributes)

    def text(self, text: str) -> None:
        self._tree.data(text)

    def end(self, name: str) -> None:
        self._depth -= 1
        self._tree.end(_local(name))

    def forbid(self, *_declaration: object) -> None:
        raise MalformedXmlError

    def close(self) -> ET.Element:
        return self._tree.close()


def parse(body: bytes) -> ET.Element:
    """Return the root of a document whose elements have names without namespaces.

    Raises MalformedXmlError, also for any document type, wherever it stands.
    """
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.CharacterDataHandler = builder.text
    parser.EndElementHandler = builder.end
    parser.StartDoctypeDeclHandler = builder.forbid
    parser.EntityDeclHandler = builder.forbid
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat has no keyword for it
    except (expat.ExpatError, LookupError, ValueError):  # the latter two for odd encodings
        raise MalformedXmlError from None
    return builder.close()


def _local(name: str) -> str:
    return name.rpartition("}")[2]
