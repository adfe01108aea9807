"""Whether the local cloud has all that a request asks for, and what RAM must allow for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from local.oss.actions import Action, names
from local.oss.errors import invalid_argument, method_not_allowed, not_implemented
from local.oss.target import Target

_OF_SIGNED_URLS = names(
    """
    OSSAccessKeyId Expires Signature security-token x-oss-signature-version x-oss-credential
    x-oss-date x-oss-expires x-oss-signature x-oss-security-token x-oss-additional-headers
    """
)
# The payer of a request is its sender here in any case; the other ones say who asks.
_HEADERS_EVERYWHERE = names(
    "x-oss-date x-oss-security-token x-oss-content-sha256 x-oss-user-agent x-oss-request-payer"
)
_CONDITIONS = names("if-match if-none-match if-modified-since if-unmodified-since")
_OF_SOURCE = "x-oss-copy-source-"
# The values that a header or parameter may have, and those of them that may be in any case.
_VALUES = {
    "x-oss-forbid-overwrite": "TRUE FALSE",
    "x-oss-storage-class": "Standard IA Archive ColdArchive DeepColdArchive",
    "x-oss-object-acl": "default private public-read public-read-write",
    "x-oss-allow-same-action-overlap": "true",
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
_IN_ANY_CASE = names(
    "x-oss-forbid-overwrite fetch-owner x-oss-metadata-directive x-oss-tagging-directive"
)


def check_supported(action: Action | None, target: Target, headers: Mapping[str, str]) -> Action:
    """Return the action of a request; raise NotImplemented where it asks for anything beyond it.

    Raises InvalidArgument for a value that OSS does not have either.
    """
    if action is None:
        raise not_implemented(next(iter(target.query))) if target.query else method_not_allowed()
    signature = names("") if "authorization" in headers else _OF_SIGNED_URLS
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
