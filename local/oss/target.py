"""The bucket, key and query of a request to OSS, from its request target (path style)."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus, unquote_to_bytes

from local.oss.errors import OssError


@dataclass(frozen=True)
class Target:
    """The decoded bucket, key and query of a request; missing parts are empty."""

    method: str
    bucket: str = ""
    key: str = ""
    query: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, method: str, raw: str) -> "Target":
        """Parse a raw request target; `%2F` is part of the key, like `/`."""
        path, _, query = raw.partition("?")
        if not path.startswith("/"):
            path = "/" + path.partition("://")[2].partition("/")[2]
        bucket, _, key = path[1:].partition("/")
        return cls(method, _decode(bucket), _decode(key), _query(query))


def _decode(text: str) -> str:
    try:
        return unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode()
    except UnicodeDecodeError:
        raise OssError(400, "InvalidURI", "Couldn't parse the specified URI.") from None


def _query(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split("&") if part)
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}


def new_request_id() -> str:
    """Return a new request ID in OSS's form: 24 hexadecimal digits, upper case."""
    return os.urandom(12).hex().upper()


def part_etag(digests: list[bytes]) -> str:
    """Return the ETag of an object of several parts, without quotes."""
    digest = hashlib.md5(b"".join(digests), usedforsecurity=False).hexdigest()
    return f"{digest.upper()}-{len(digests)}"
