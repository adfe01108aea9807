"""RFC 6901 pointers into an answer."""

from __future__ import annotations


def pointer(*parts: str | int) -> str:
    """Write an RFC 6901 pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
