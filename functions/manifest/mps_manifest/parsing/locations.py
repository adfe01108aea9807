"""Paths in an answer are data, not orders: what names an object, and what names none."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

MAX_KEY_BYTES = 1023
_MOST_WORDS = 5

_OSS_HOST = re.compile(
    r"(?P<bucket>[a-z0-9][a-z0-9-]{1,61}[a-z0-9])"
    r"\.oss-(?P<region>[a-z0-9-]+?)(-internal)?\.aliyuncs\.com"
)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_EXTENSION = re.compile(r"\.[0-9A-Za-z]{1,8}$")


class Location(NamedTuple):
    """An object, or a template of objects; `region` where the host that named it told."""

    bucket: str
    key: str
    region: str | None = None

    def url(self, region: str) -> str:
        """Unsigned https URL of the object, percent-encoded."""
        host = f"{self.bucket}.oss-{self.region or region}.aliyuncs.com"
        return f"https://{host}/{quote(self.key, safe='/~')}"


class InvalidPath(ValueError):
    """A text that stands where a path should and is none; the message says why."""


def resolve_location(value: object, output_location: Location | None) -> Location:
    """Find out which object a listed path names; `home` gives the bucket of bare keys.

    Raises InvalidPath for anything that names no object: nothing is fetched for those.
    """
    if not isinstance(value, str):
        raise InvalidPath(f"a path must be a text, not {type(value).__name__}")
    if not value.strip():
        raise InvalidPath("an empty text")
    if _URL.match(value):
        return _of_url(value)
    _check_key(value)
    if "://" in value:
        raise InvalidPath("a text with a URL inside")
    if _is_sentence(value):
        raise InvalidPath("a sentence, not an object key")
    if output_location is None:
        raise InvalidPath("the answer does not tell which bucket this key is in")
    return Location(output_location.bucket, value, output_location.region)


def parse_location(text: str) -> Location | None:
    """Read an `Input` or `Output` that names an object or a template.

    `oss://<bucket>.oss-<region>.aliyuncs.com/<key>`, `oss://<bucket>/<key>` or an http(s) URL of
    the first kind; None for anything else.
    """
    try:
        return _of_url(text, schemes=("oss", "https", "http"), template=True)
    except InvalidPath:
        return None


def _of_url(
    text: str, schemes: tuple[str, ...] = ("oss", "https"), *, template: bool = False
) -> Location:
    scheme = text.split("://", 1)[0].lower()
    if scheme not in schemes:
        raise InvalidPath(f"a {scheme} URL; only oss:// and https:// URLs name objects")
    host, key = _split_oss(text) if scheme == "oss" else _split_http(text)
    named = _OSS_HOST.fullmatch(host)
    if named:
        bucket, region = named["bucket"], named["region"]
    elif scheme == "oss" and _BUCKET.fullmatch(host):
        bucket, region = host, None
    else:
        raise InvalidPath("a URL that names no OSS object")
    if not key and not template:
        raise InvalidPath("a URL without an object key")
    if key:
        _check_key(key)
    return Location(bucket, key, None if (region or "").startswith("accelerate") else region)


def _split_oss(text: str) -> tuple[str, str]:
    """Split what is a key, not a URL path: '?' and '#' belong to it, and '%' is a '%'."""
    host, _, key = text.split("://", 1)[1].partition("/")
    return host, key


def _split_http(text: str) -> tuple[str, str]:
    if any(ord(char) < 32 for char in text):  # urlsplit would silently drop them
        raise InvalidPath("a URL with control characters")
    try:
        parts = urlsplit(text)
        return parts.netloc.lower(), unquote(parts.path.removeprefix("/"), errors="strict")
    except ValueError as error:
        raise InvalidPath("a broken URL") from error


def _check_key(key: str) -> None:
    if key.startswith(("/", "\\")):
        raise InvalidPath("an object key does not start with a slash")
    if any(part in {".", ".."} for part in key.split("/")):
        raise InvalidPath("a path with '.' or '..' as a folder")
    if any(ord(char) < 32 or ord(char) == 127 for char in key):
        raise InvalidPath("a text with control characters")
    if len(key.encode("utf-8", "replace")) > MAX_KEY_BYTES:
        raise InvalidPath(f"longer than the {MAX_KEY_BYTES} bytes an object key may have")


def _is_sentence(text: str) -> bool:
    """Tell an error sentence from a key with blanks.

    Observed: 'oss fail to save the image in the given bucket' in place of a path (facts/mps.md
    section 1). A key with blanks has a folder and few of them, or ends like a file.
    """
    words = len(text.split())
    return words > 1 and ("/" not in text or words > _MOST_WORDS) and not _EXTENSION.search(text)
