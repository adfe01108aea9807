"""Conditional requests and byte ranges, by the rules of OSS."""

import re
from collections.abc import Mapping

from local.numbers import http_time
from local.oss.errors import OssError
from local.oss.model import StoredObject, http_date

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_SEVERAL = re.compile(r"bytes=[0-9]*-[0-9]*(?:,[0-9]*-[0-9]*)+")


def check_conditions(headers: Mapping[str, str], stored: StoredObject) -> None:
    """Raise 304 or 412 if the request's conditions are not met; dates have whole seconds."""
    modified = int(stored.modified)
    since = _moment(headers.get("if-modified-since"))
    until = _moment(headers.get("if-unmodified-since"))
    wanted = headers.get("if-match")
    unwanted = headers.get("if-none-match")
    if wanted is not None and wanted.strip('"') != stored.content.etag:
        raise _precondition_failed("If-Match")
    if until is not None and modified > until:
        raise _precondition_failed("If-Unmodified-Since")
    if unwanted is not None and unwanted.strip('"') == stored.content.etag:
        raise _not_modified(stored)
    if unwanted is None and since is not None and modified <= since:
        raise _not_modified(stored)


def byte_range(headers: Mapping[str, str], size: int) -> tuple[int, int] | None:
    """Return offset and length of the requested range, or None for the whole object.

    A range that is not within the object is ignored, unless `x-oss-range-behavior` is
    `standard`: https://help.aliyun.com/document_detail/39571.htm . Several ranges are refused.
    """
    if _SEVERAL.fullmatch(headers.get("range", "").replace(" ", "")):
        raise _invalid_range()
    match = _RANGE.fullmatch(headers.get("range", "").replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    start = int(first) if first else size - int(last)
    end = int(last) if first and last else size - 1
    if 0 <= start <= end < size:
        return start, end - start + 1
    if headers.get("x-oss-range-behavior") != "standard" or (start > end >= 0 and start < size):
        return None
    if start >= size:
        raise _invalid_range()
    start, end = max(start, 0), min(end, size - 1)
    return start, end - start + 1


def _invalid_range() -> OssError:
    return OssError(416, "InvalidRange", "The requested range cannot be satisfied.")


def _moment(text: str | None) -> float | None:
    return None if text is None else http_time(text)


def _precondition_failed(name: str) -> OssError:
    message = "At least one of the pre-conditions you specified did not hold."
    return OssError(412, "PreconditionFailed", message, details={"Condition": name})


def _not_modified(stored: StoredObject) -> OssError:
    headers = {"ETag": stored.quoted_etag, "Last-Modified": http_date(stored.modified)}
    return OssError(304, "NotModified", "Not Modified", headers=headers)
