"""Compression on the way: what OSS does for clients that accept gzip.

https://www.alibabacloud.com/help/en/oss/developer-reference/getobject
"""

from __future__ import annotations

import zlib
from collections.abc import Generator, Mapping

from local.oss.model import StoredObject
from local.reply import BodyStream, Reply

_SMALLEST = 1024
_TYPES = frozenset(
    (
        *("text/cache-manifest", "text/xml", "text/plain", "text/css", "text/json"),
        *("application/javascript", "application/x-javascript", "application/rss+xml"),
        "application/json",
    )
)
# What is only true of the bytes that are stored.
_OF_STORED = ("ETag", "Content-MD5", "x-oss-hash-crc64ecma", "Accept-Ranges")


def is_compressed(headers: Mapping[str, str], stored: StoredObject) -> bool:
    """Return whether a whole object is sent compressed to a client with these headers."""
    accepted = headers.get("accept-encoding", "").lower().split(",")
    kind = stored.attributes.content_type.partition(";")[0].strip().lower()
    return (
        "gzip" in {name.partition(";")[0].strip() for name in accepted}
        and stored.content.size >= _SMALLEST
        and kind in _TYPES
        and "content-encoding" not in stored.attributes.headers
    )


def compressed(headers: Mapping[str, str], chunks: Generator[bytes, None, None]) -> Reply:
    """Return the answer with a body that is compressed while it is sent."""
    kept = {name: value for name, value in headers.items() if name not in _OF_STORED}
    packed = _gzipped(chunks)
    next(packed)  # a started generator closes what it reads, however it ends
    return Reply(200, {**kept, "Content-Encoding": "gzip"}, BodyStream(None, packed))


def _gzipped(chunks: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    packer = zlib.compressobj(wbits=31)
    try:
        yield b""
        for chunk in chunks:
            packed = packer.compress(chunk)
            if packed:
                yield packed
        yield packer.flush()
    finally:
        chunks.close()
