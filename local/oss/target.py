"""The bucket, key and action of a request to OSS, from its request target (path style)."""

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


# The action of each sub-resource; the first that is present decides, "" means none.
_SERVICE = {("GET", ""): "ListBuckets"}
_BUCKET = {
    ("GET", "location"): "GetBucketLocation",
    ("GET", "bucketInfo"): "GetBucketInfo",
    ("GET", "stat"): "GetBucketStat",
    ("GET", "lifecycle"): "GetBucketLifecycle",
    ("GET", "worm"): "GetBucketWorm",
    ("GET", "versioning"): "GetBucketVersioning",
    ("GET", "versions"): "ListObjectVersions",
    ("GET", "uploads"): "ListMultipartUploads",
    ("GET", ""): "ListObjects",
    ("PUT", "versioning"): "PutBucketVersioning",
    ("PUT", "lifecycle"): "PutBucketLifecycle",
    ("PUT", ""): "PutBucket",
    ("DELETE", ""): "DeleteBucket",
    ("POST", "delete"): "DeleteMultipleObjects",
}
_OBJECT = {
    ("GET", "uploadId"): "ListParts",
    ("GET", "tagging"): "GetObjectTagging",
    ("GET", "objectMeta"): "GetObjectMeta",
    ("GET", ""): "GetObject",
    ("HEAD", "objectMeta"): "GetObjectMeta",
    ("HEAD", ""): "HeadObject",
    ("PUT", "tagging"): "PutObjectTagging",
    ("PUT", "uploadId"): "UploadPart",
    ("PUT", ""): "PutObject",
    ("POST", "uploads"): "InitiateMultipartUpload",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("POST", "append"): "AppendObject",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("DELETE", "tagging"): "DeleteObjectTagging",
    ("DELETE", ""): "DeleteObject",
}
# Sub-resources that the local cloud lacks: an error is better than another action's answer.
_NOT_IMPLEMENTED_NAMES = """
    acl cors encryption inventory logging policy qos referer replication restore
    resourceGroup style symlink website x-oss-process x-oss-async-process
"""
_NOT_IMPLEMENTED = frozenset(_NOT_IMPLEMENTED_NAMES.split())
# Of these it has some methods, and the others must not be taken for those of the bucket.
_PARTLY_IMPLEMENTED = ("lifecycle", "worm")


def action_of(target: Target, headers: Mapping[str, str]) -> str:
    """Return OSS's name of the action, raising OssError if there is none."""
    table = _OBJECT if target.key else _BUCKET if target.bucket else _SERVICE
    partly = {name for name in _PARTLY_IMPLEMENTED if (target.method, name) not in table}
    if (_NOT_IMPLEMENTED | partly) & target.query.keys():
        message = "A header you provided implies functionality that is not implemented."
        raise OssError(501, "NotImplemented", message)
    known = [name for method, name in table if method == target.method and name]
    chosen = next((name for name in known if name in target.query), "")
    action = table.get((target.method, chosen))
    if action is None:
        message = "The specified method is not allowed against this resource."
        raise OssError(405, "MethodNotAllowed", message)
    if action == "PutObject" and "x-oss-copy-source" in headers:
        return "CopyObject"
    return action


def new_request_id() -> str:
    """Return a new request ID in OSS's form: 24 hexadecimal digits, upper case."""
    return os.urandom(12).hex().upper()


def part_etag(digests: list[bytes]) -> str:
    """Return the ETag of an object of several parts, without quotes."""
    digest = hashlib.md5(b"".join(digests), usedforsecurity=False).hexdigest()
    return f"{digest.upper()}-{len(digests)}"
