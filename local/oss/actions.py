"""The actions of OSS that the local cloud has, and all that a request for one of them may say.

A request that says more (a sub-resource, a parameter, an `x-oss-` header, a condition) asks for
something that is not there. It is refused as a whole: doing the rest of it would look like success.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local.oss.errors import OssError, invalid_argument
from local.oss.target import Target


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OF_SIGNED_URLS = _names(
    """
    OSSAccessKeyId Expires Signature security-token x-oss-signature-version x-oss-credential
    x-oss-date x-oss-expires x-oss-signature x-oss-security-token x-oss-additional-headers
    """
)
# The payer of a request is its sender here in any case; the other ones say who asks.
_HEADERS_EVERYWHERE = _names(
    "x-oss-date x-oss-security-token x-oss-content-sha256 x-oss-user-agent x-oss-request-payer"
)
_CONDITIONS = _names("if-match if-none-match if-modified-since if-unmodified-since")
_OVERRIDES = """
    response-content-type response-content-language response-expires response-cache-control
    response-content-disposition response-content-encoding
"""
_ATTRIBUTES = "x-oss-storage-class x-oss-tagging x-oss-object-acl x-oss-forbid-overwrite"
# The SDKs send the headers of an upload with its parts as well, where OSS ignores them.
_OF_UPLOADS = f"{_ATTRIBUTES} x-oss-complete-all"
_OF_SOURCE = "x-oss-copy-source-"
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
        _names(parameters),
        _names(headers),
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
    ("PUT", "acl"): _action("PutBucketAcl", "acl", "x-oss-acl"),
    ("PUT", "cors"): _action("PutBucketCors", "cors"),
    ("PUT", "versioning"): _action("PutBucketVersioning", "versioning"),
    ("PUT", ""): _action("PutBucket", "", "x-oss-acl"),
    ("DELETE", "cors"): _action("DeleteBucketCors", "cors"),
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
_METHODS = _names("GET HEAD PUT POST DELETE")

# The values that a header or parameter may have, and those of them that may be in any case.
_VALUES = {
    "x-oss-forbid-overwrite": "TRUE FALSE",
    "x-oss-storage-class": "Standard IA Archive ColdArchive DeepColdArchive",
    "x-oss-object-acl": "default private public-read public-read-write",
    "x-oss-acl": "private public-read public-read-write",
    "x-oss-request-payer": "requester",
    "x-oss-metadata-directive": "COPY REPLACE",
    "x-oss-tagging-directive": "COPY REPLACE",
    "x-oss-range-behavior": "standard",
    "x-oss-complete-all": "yes",
    "list-type": "2",
    "fetch-owner": "TRUE FALSE",
    "encoding-type": "url",
}
_IN_ANY_CASE = _names(
    "x-oss-forbid-overwrite fetch-owner x-oss-metadata-directive x-oss-tagging-directive"
)


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


def check_supported(action: Action | None, target: Target, headers: Mapping[str, str]) -> Action:
    """Return the action of a request; raise NotImplemented where it asks for anything beyond it.

    Raises InvalidArgument for a value that OSS does not have either.
    """
    if action is None:
        raise not_implemented(next(iter(target.query))) if target.query else method_not_allowed()
    signature = _names("") if "authorization" in headers else _OF_SIGNED_URLS
    beyond = [
        *sorted(target.query.keys() - action.parameters - signature),
        *(name for name in headers if not _takes(action, name, headers)),
    ]
    if beyond:
        raise not_implemented(beyond[0])
    for name, value in (*target.query.items(), *headers.items()):
        _check_value(name, value)
    return action


def permissions(
    action: Action, query: Mapping[str, str], headers: Mapping[str, str]
) -> Iterator[str]:
    """Yield RAM's names of what a request does to its own bucket or object.

    Whoever names a version needs the right for versions, whoever sets tags the one for tags:
    https://www.alibabacloud.com/help/en/oss/developer-reference/putobject
    """
    names_version = "versionId" in query and action.of_version
    yield action.of_version if names_version else action.permission
    if action.writes and "x-oss-tagging" in headers:
        yield "PutObjectTagging"


def _takes(action: Action, header: str, headers: Mapping[str, str]) -> bool:
    if action.name == "CopyObject" and _is_said_twice(header, headers):
        return True
    if header in _CONDITIONS:
        return action.reads
    if not header.startswith("x-oss-"):
        return True
    if header.startswith("x-oss-meta-"):
        return action.writes or action.carries
    return header in action.headers or header in _HEADERS_EVERYWHERE


def _is_said_twice(header: str, headers: Mapping[str, str]) -> bool:
    """Return whether the same stands under a name that is read, as ali-oss sends it with copies.

    It has each header of a copy once more with `x-oss-copy-source-` before its name; of the two,
    conditions are read under the long name, and all others under the short one.
    """
    if header in _CONDITIONS:
        return headers.get(_OF_SOURCE + header) == headers[header]
    twin = header.removeprefix(_OF_SOURCE)
    return twin not in {header, *_CONDITIONS} and headers.get(twin) == headers[header]


def _check_value(name: str, value: str) -> None:
    known = _VALUES.get(name)
    if name in _IN_ANY_CASE:
        value = value.upper()
    if known is not None and value not in known.split():
        raise invalid_argument(name, value)


def not_implemented(what: str = "") -> OssError:
    """Return the error of what OSS has and the local cloud lacks: a header, a parameter."""
    message = "A header you provided implies functionality that is not implemented."
    details = {"Header": what} if what else {}
    return OssError(501, "NotImplemented", message, details=details)


def method_not_allowed() -> OssError:
    """Return the error of a method that a resource does not have."""
    message = "The specified method is not allowed against this resource."
    return OssError(405, "MethodNotAllowed", message)
