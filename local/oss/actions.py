"""The actions of OSS that the local cloud has, and all that a request for one of them may say.

A request that says more (a sub-resource, a parameter, an `x-oss-` header, a condition) asks for
something that is not there. It is refused as a whole: doing the rest of it would look like success.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from local.oss.errors import method_not_allowed
from local.oss.target import Target


def names(text: str) -> frozenset[str]:
    """Return the names in a text."""
    return frozenset(text.split())


_OVERRIDES = """
    response-content-type response-content-language response-expires response-cache-control
    response-content-disposition response-content-encoding
"""
_ATTRIBUTES = "x-oss-storage-class x-oss-tagging x-oss-object-acl x-oss-forbid-overwrite"
# The SDKs send the headers of an upload with its parts as well, where OSS ignores them.
_OF_UPLOADS = f"{_ATTRIBUTES} x-oss-complete-all"
_SOURCE = """
    x-oss-copy-source x-oss-copy-source-if-match x-oss-copy-source-if-none-match
    x-oss-copy-source-if-modified-since x-oss-copy-source-if-unmodified-since
"""
_PAGE = "prefix delimiter max-keys encoding-type"


@dataclass(frozen=True)
class Action:
    """An action: its names of sub-resource and parameters, and its headers.

    `permission` is RAM's action without `oss:`, `of_version` the one for a request that names a
    version. With `writes`, user metadata and tags may be given; with `carries` they may be there,
    and are ignored; with `reads`, conditions may be given.
    """

    name: str
    permission: str
    parameters: frozenset[str]
    headers: frozenset[str]
    of_version: str = ""
    writes: bool = False
    carries: bool = False
    reads: bool = False


def _action(
    name: str,
    parameters: str = "",
    headers: str = "",
    *,
    permission: str = "",
    of_version: str = "",
    writes: bool = False,
    carries: bool = False,
    reads: bool = False,
) -> Action:
    return Action(
        name,
        permission or name,
        names(parameters),
        names(headers),
        of_version,
        writes,
        carries,
        reads,
    )


# The first sub-resource of a method that is present decides; an empty one means none.
_SERVICE = {("GET", ""): _action("ListBuckets", "prefix marker max-keys")}
_BUCKET = {
    ("GET", "acl"): _action("GetBucketAcl", "acl"),
    ("GET", "location"): _action("GetBucketLocation", "location"),
    ("GET", "bucketInfo"): _action("GetBucketInfo", "bucketInfo"),
    ("GET", "stat"): _action("GetBucketStat", "stat"),
    ("GET", "versioning"): _action("GetBucketVersioning", "versioning"),
    ("GET", "versions"): _action(
        "ListObjectVersions", f"versions key-marker version-id-marker {_PAGE}"
    ),
    ("GET", "uploads"): _action(
        "ListMultipartUploads",
        "uploads prefix delimiter max-uploads key-marker upload-id-marker encoding-type",
    ),
    ("GET", "live"): _action("ListLiveChannel", "live prefix marker max-keys"),
    ("GET", ""): _action(
        "ListObjects", f"list-type marker start-after continuation-token fetch-owner {_PAGE}"
    ),
    ("GET", "cors"): _action("GetBucketCors", "cors"),
    ("GET", "lifecycle"): _action("GetBucketLifecycle", "lifecycle"),
    ("GET", "worm"): _action("GetBucketWorm", "worm"),
    ("PUT", "acl"): _action("PutBucketAcl", "acl", "x-oss-acl"),
    ("PUT", "cors"): _action("PutBucketCors", "cors"),
    ("PUT", "lifecycle"): _action(
        "PutBucketLifecycle", "lifecycle", "x-oss-allow-same-action-overlap"
    ),
    ("PUT", "versioning"): _action("PutBucketVersioning", "versioning"),
    ("PUT", ""): _action("PutBucket", "", "x-oss-acl"),
    ("DELETE", "cors"): _action("DeleteBucketCors", "cors"),
    ("DELETE", "lifecycle"): _action("DeleteBucketLifecycle", "lifecycle"),
    ("DELETE", ""): _action("DeleteBucket"),
    ("POST", "delete"): _action(
        "DeleteMultipleObjects", "delete encoding-type", permission="DeleteObject"
    ),
}
_OBJECT = {
    ("GET", "acl"): _action("GetObjectAcl", "acl versionId", of_version="GetObjectVersionAcl"),
    ("GET", "symlink"): _action(
        "GetSymlink",
        "symlink versionId",
        permission="GetObject",
        of_version="GetObjectVersion",
    ),
    ("GET", "uploadId"): _action(
        "ListParts",
        "uploadId part-number-marker max-parts encoding-type",
        _OF_UPLOADS,
        carries=True,
    ),
    ("GET", "tagging"): _action(
        "GetObjectTagging", "tagging versionId", of_version="GetObjectVersionTagging"
    ),
    ("GET", "objectMeta"): _action(
        "GetObjectMeta",
        "objectMeta versionId",
        permission="GetObject",
        of_version="GetObjectVersion",
    ),
    ("GET", ""): _action(
        "GetObject",
        f"versionId {_OVERRIDES}",
        "x-oss-range-behavior",
        of_version="GetObjectVersion",
        reads=True,
    ),
    ("HEAD", "objectMeta"): _action(
        "GetObjectMeta",
        "objectMeta versionId",
        permission="GetObject",
        of_version="GetObjectVersion",
    ),
    ("HEAD", ""): _action(
        "HeadObject",
        "versionId",
        permission="GetObject",
        of_version="GetObjectVersion",
        reads=True,
    ),
    ("PUT", "acl"): _action(
        "PutObjectAcl", "acl versionId", "x-oss-object-acl", of_version="PutObjectVersionAcl"
    ),
    ("PUT", "symlink"): _action(
        "PutSymlink",
        "symlink",
        f"{_ATTRIBUTES} x-oss-symlink-target",
        permission="PutObject",
        writes=True,
    ),
    ("PUT", "tagging"): _action(
        "PutObjectTagging", "tagging versionId", of_version="PutObjectVersionTagging"
    ),
    ("PUT", "uploadId"): _action(
        "UploadPart", "uploadId partNumber", _OF_UPLOADS, permission="PutObject", carries=True
    ),
    ("PUT", ""): _action("PutObject", "", _ATTRIBUTES, writes=True),
    ("POST", "uploads"): _action(
        "InitiateMultipartUpload",
        "uploads encoding-type",
        _ATTRIBUTES,
        permission="PutObject",
        writes=True,
    ),
    ("POST", "uploadId"): _action(
        "CompleteMultipartUpload",
        "uploadId encoding-type",
        _OF_UPLOADS,
        permission="PutObject",
        carries=True,
    ),
    ("POST", "append"): _action(
        "AppendObject", "append position", _ATTRIBUTES, permission="PutObject", writes=True
    ),
    ("POST", "restore"): _action(
        "RestoreObject", "restore versionId", of_version="RestoreObjectVersion"
    ),
    ("DELETE", "uploadId"): _action("AbortMultipartUpload", "uploadId"),
    ("DELETE", "tagging"): _action(
        "DeleteObjectTagging", "tagging versionId", of_version="DeleteObjectVersionTagging"
    ),
    ("DELETE", ""): _action("DeleteObject", "versionId", of_version="DeleteObjectVersion"),
}
# What a PUT is instead, where it names a source; oss2 names the source's version twice.
_COPIES = {
    "PutObject": _action(
        "CopyObject",
        "versionId",
        f"{_ATTRIBUTES} {_SOURCE} x-oss-metadata-directive x-oss-tagging-directive",
        permission="PutObject",
        writes=True,
    ),
    "UploadPart": _action(
        "UploadPartCopy",
        "uploadId partNumber versionId",
        f"{_SOURCE} x-oss-copy-source-range",
        permission="PutObject",
    ),
}
PREFLIGHT = _action("OptionObject")
"""What a browser asks before it lets a page write; it is not signed."""
_METHODS = names("GET HEAD PUT POST DELETE")


def action_of(target: Target, headers: Mapping[str, str]) -> Action | None:
    """Return the action of a request; None where the local cloud has none.

    Raises MethodNotAllowed for a method that OSS has for nothing at all.
    """
    if target.method == "OPTIONS" and target.bucket:
        return PREFLIGHT
    if target.method not in _METHODS:
        raise method_not_allowed()
    table = _OBJECT if target.key else _BUCKET if target.bucket else _SERVICE
    known = [name for method, name in table if method == target.method and name]
    chosen = next((name for name in known if name in target.query), "")
    action = table.get((target.method, chosen))
    if action is not None and "x-oss-copy-source" in headers:
        return _COPIES.get(action.name, action)
    return action
