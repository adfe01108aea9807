"""Parse the paths in an answer: which object each names, and which are no paths.

Paths are untrusted data (docs/decisions, 2).
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from mps_manifest.parsing.redaction import has_secret, has_signed_query

MAX_KEY_BYTES = 1023
_LONGEST_URL = 16 * 1024
"""Characters of a URL with an encoded key and a signed query; of anything longer none is read."""
_MOST_WORDS = 5

# of the Internet, the intranet and, with vpc100-, of a VPC
_OSS_HOST = re.compile(
    r"(?P<bucket>[a-z0-9][a-z0-9-]{1,61}[a-z0-9])"
    r"(?i:\.(?:vpc100-)?oss-(?P<region>[a-z0-9-]+?)(-internal)?\.aliyuncs\.com)"
)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_WEB_URL = re.compile("https?://", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[0-9A-Za-z]{1,8}$")
_DOTS = re.compile(r"(?:^|/)\.{1,2}(?:/|\Z)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Location(NamedTuple):
    """An object, or a template of objects; `region` only if the URL had one."""

    bucket: str
    key: str
    region: str | None = None

    def url(self, region: str) -> str:
        """Return the unsigned, percent-encoded https URL of the object."""
        host = f"{self.bucket}.oss-{self.region or region}.aliyuncs.com"
        return f"https://{host}/{quote(self.key, safe='/~')}"


class InvalidPath(ValueError):
    """A value that is not a valid path; the message says why."""


def resolve_location(value: object, output_location: Location | None) -> Location:
    """Return the object that a listed path names; bare keys are in the bucket of the output.

    Raises InvalidPath for anything that names no object; nothing is fetched for those.
    """
    if not isinstance(value, str):
        raise InvalidPath(f"the path must be a string, not {type(value).__name__}")
    if not value.strip():
        raise InvalidPath("the path is empty")
    _check_length(value)
    if _WEB_URL.match(value):  # what stands behind its path is no part of the object's key
        return _of_url(value)
    if has_signed_query(value):
        raise InvalidPath("the value is a signed path, not an object key")
    if _URL.match(value):
        return _of_url(value)
    _check_key(value)
    _check_secrets(value)
    if "://" in value:
        raise InvalidPath("the path contains a URL")
    if _is_sentence(value):
        raise InvalidPath("the value is a sentence, not an object key")
    if output_location is None:
        raise InvalidPath("the answer does not name the bucket of this key")
    return Location(output_location.bucket, value, output_location.region)


def decoded_location(location: Location) -> Location:
    """Return a location with its key percent-decoded once. Raises InvalidPath."""
    try:
        key = unquote(location.key, errors="strict")
    except UnicodeDecodeError:
        raise InvalidPath("the key is not percent-encoded UTF-8") from None
    _check_key(key)
    _check_secrets(key)
    return location._replace(key=key)


def parse_location(text: str) -> Location | None:
    """Parse an `Input` or `Output` that names an object or a template.

    Accepts `oss://<bucket>.oss-<region>.aliyuncs.com/<key>`, `oss://<bucket>/<key>` and http(s)
    URLs of the first form; returns None for anything else.
    """
    try:
        return _of_url(text, schemes=("oss", "https", "http"), template=True)
    except InvalidPath:
        return None


def _of_url(
    text: str, schemes: tuple[str, ...] = ("oss", "https"), *, template: bool = False
) -> Location:
    _check_length(text)
    scheme = text.split("://", 1)[0].lower()
    if scheme not in schemes:
        raise InvalidPath(f"{scheme}:// URLs are not supported, only oss:// and https://")
    host, key = _split_oss(text) if scheme == "oss" else _split_http(text)
    named = _OSS_HOST.fullmatch(host)
    if named:
        bucket, region = named["bucket"], named["region"].lower()
    elif scheme == "oss" and _BUCKET.fullmatch(host):
        bucket, region = host, None
    else:
        raise InvalidPath("the URL does not name an OSS object")
    if not key and not template:
        raise InvalidPath("the URL has no object key")
    if key:
        _check_key(key)
    if not template:
        _check_secrets(key)
    return Location(bucket, key, None if (region or "").startswith("accelerate") else region)


def _split_oss(text: str) -> tuple[str, str]:
    """Split host and key; the key is not a URL path, so '?', '#' and '%' stand for themselves."""
    host, _, key = text.split("://", 1)[1].partition("/")
    return host, key


def _split_http(text: str) -> tuple[str, str]:
    if _CONTROL.search(text):  # urlsplit would silently drop them
        raise InvalidPath("the URL contains control characters")
    try:
        parts = urlsplit(text)
        return parts.netloc.lower(), unquote(parts.path.removeprefix("/"), errors="strict")
    except ValueError as error:
        raise InvalidPath("the URL is malformed") from error


def _check_length(path: str) -> None:
    if len(path) > _LONGEST_URL:
        raise InvalidPath(f"the path is longer than {_LONGEST_URL} characters")


def _check_key(key: str) -> None:
    if key.startswith(("/", "\\")):
        raise InvalidPath("an object key must not start with a slash or backslash")
    if _DOTS.search(key):
        raise InvalidPath("the path contains '.' or '..' as a folder")
    if _CONTROL.search(key):
        raise InvalidPath("the path contains control characters")
    if len(key.encode("utf-8", "replace")) > MAX_KEY_BYTES:
        raise InvalidPath(f"the object key is longer than {MAX_KEY_BYTES} bytes")


def _check_secrets(key: str) -> None:
    """Refuse a key that must not be shown: a manifest has its keys and addresses as they are."""
    if has_secret(key):
        raise InvalidPath("the path contains what looks like a secret")


def _is_sentence(text: str) -> bool:
    """Return whether a text with spaces is an error sentence rather than a key.

    Observed: 'oss fail to save the image in the given bucket' in place of a path (facts/mps.md
    section 1). A key with spaces has a file extension, or a folder and at most five words.
    """
    words = len(text.split())
    return words > 1 and ("/" not in text or words > _MOST_WORDS) and not _EXTENSION.search(text)
