"""Read the XML of MNS: what a topic sends unless told otherwise, and a message of a queue."""

from __future__ import annotations

from xml.parsers import expat

from mps_manifest.parsing.strict_xml import ForbiddenXml, strict_parser

_MAX_BYTES = 1024 * 1024
"""MNS's messages have 64 KB; attributes and names take thirty times their length in memory."""
_MAX_DEPTH = 8
_CONTENTS = {"Notification": "Message", "Message": "MessageBody"}
"""What holds the message in what a topic sends, and in what is received from a queue."""
_FIELDS = {"TopicName", "MessageId", "Message", "MessageBody", "PublishTime", "EnqueueTime"}


class _Reader:
    """The texts of the elements right below the root, by name; the first of each name counts."""

    def __init__(self) -> None:
        self.root = ""
        self.fields: dict[str, str] = {}
        self._depth = 0
        self._texts: list[str] | None = None

    def start(self, name: str, _attributes: object) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ForbiddenXml
        name = _local(name)
        if self._depth == 1:
            self.root = name
        elif self._depth == 2 and name in _FIELDS and name not in self.fields:
            self._texts = []

    def text(self, text: str) -> None:
        if self._texts is not None and self._depth == 2:
            self._texts.append(text)

    def end(self, name: str) -> None:
        if self._depth == 2 and self._texts is not None:
            self.fields[_local(name)] = "".join(self._texts)
            self._texts = None
        self._depth -= 1


def read_mns_xml(text: bytes) -> dict[str, str] | None:
    """Return the fields of a `Notification`, or of a queue's `Message`, as their JSON has them.

    None for anything else.

    `text` is UTF-8, whatever its declaration says. No document type is read, so no entities.
    """
    if len(text) > _MAX_BYTES:
        return None
    reader = _Reader()
    parser = strict_parser(reader)
    try:
        parser.Parse(text, True)  # noqa: FBT003 - expat has no keyword for it
    except (expat.ExpatError, ForbiddenXml):
        return None
    if _CONTENTS.get(reader.root) not in reader.fields:
        return None
    name = "TopicName" if reader.root == "Notification" else "MessageId"
    return {name: "", **reader.fields}


def _local(name: str) -> str:
    """Return a name without its prefix."""
    return name.rpartition(":")[2]
