"""An answer of a service, before it is written to the connection."""

import sys
from collections.abc import Generator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class BodyStream:
    """A body that is read from disk while it is sent; it can be read once.

    One whose length is not known beforehand (None) is sent in chunks.
    """

    length: int | None
    chunks: Generator[bytes, None, None]


@dataclass(frozen=True)
class Reply:
    """An answer; `code` is the error code, for the journal."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | BodyStream = b""
    code: str = ""

    def close(self) -> None:
        """Close what the body is read from."""
        if isinstance(self.body, BodyStream):
            self.body.chunks.close()

    @property
    def length(self) -> int:
        """The size of the body in bytes; more than any has where it is not known."""
        length = self.body.length if isinstance(self.body, BodyStream) else len(self.body)
        return sys.maxsize if length is None else length
