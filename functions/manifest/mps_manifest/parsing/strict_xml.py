"""XML of strangers, without what it may be made to cost: no document type, so no entities."""

from __future__ import annotations

from typing import NoReturn, Protocol
from xml.parsers import expat


class ForbiddenXml(Exception):
    """A document type, entities, or what a reader refuses, such as elements nested too deeply."""


class XmlReader(Protocol):
    """What is told of each element, in order. Its methods may raise ForbiddenXml."""

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        """Begin an element."""

    def text(self, text: str, /) -> None:
        """Read text of the element that is open, all of it or a part."""

    def end(self, name: str, /) -> None:
        """End an element."""


def strict_parser(reader: XmlReader) -> expat.XMLParserType:
    """Return a parser of UTF-8 that tells a reader what it finds.

    Its `Parse` raises ForbiddenXml, and ExpatError where the text is not well-formed.
    """
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = _forbid
    parser.EntityDeclHandler = _forbid
    return parser


def _forbid(*_declaration: object) -> NoReturn:
    raise ForbiddenXml
