"""Write JSON pointers (RFC 6901)."""

from __future__ import annotations


def pointer(*parts: str | int) -> str:
    """Return the JSON pointer of a path of keys and indexes."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
