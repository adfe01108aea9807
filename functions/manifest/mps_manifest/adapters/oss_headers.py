"""Read the headers of OSS's answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from mps_manifest.errors import Unreachable
from mps_manifest.ports import ObjectFacts

META = "x-oss-meta-"
_SIZE = re.compile(r"[0-9]{1,15}")  # OSS's largest object has 48.8 TB


def object_facts(headers: Mapping[str, str]) -> ObjectFacts:
    """Return what the headers say of an object. Raises Unreachable where its size is none."""
    return ObjectFacts(
        bytes=size_of(headers),
        etag=entity_tag(headers),
        content_type=headers.get("Content-Type"),
        last_modified=_iso(headers.get("Last-Modified")),
        crc64ecma=headers.get("x-oss-hash-crc64ecma"),
        version_id=version_of(headers),
        metadata=user_metadata(headers),
        content_encoding=headers.get("Content-Encoding"),
    )


def entity_tag(headers: Mapping[str, str]) -> str:
    """Return the entity tag without its quotes."""
    return headers.get("ETag", "").strip('"')


def size_of(headers: Mapping[str, str]) -> int:
    """Return what an answer says its size is. Raises Unreachable where that is no size."""
    text = headers.get("Content-Length", "0")
    if not _SIZE.fullmatch(text):
        raise Unreachable("OSS answered with an impossible size")
    return int(text)


def user_metadata(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the user metadata; names are in lower case and lack `x-oss-meta-`."""
    names = ((name.lower(), value) for name, value in headers.items())
    return {name.removeprefix(META): value for name, value in names if name.startswith(META)}


def version_of(headers: Mapping[str, str]) -> str | None:
    """Return the version that was read or written; None on a bucket that keeps none."""
    found = headers.get("x-oss-version-id")
    return found if found and found != "null" else None


def moment_of(http_date: str | None) -> datetime | None:
    """Return the moment that a date of HTTP names, in UTC; None where it is no date."""
    try:
        return parsedate_to_datetime(http_date or "").astimezone(timezone.utc)
    except (ValueError, TypeError, OverflowError):
        return None


def _iso(http_date: str | None) -> str | None:
    moment = moment_of(http_date)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
