"""What the local cloud does not have changes nothing and says so: 501 NotImplemented."""

from collections.abc import Mapping
from typing import Any

import oss2
import pytest
import requests

from local.client import LocalCloud
from local.identity import Identity
from tests.local.conftest import BUCKET, Connect

SUB_RESOURCES = sorted(oss2.ProviderAuth._subresource_key_set)
"""The vendor's own list: all names that its SDK signs."""

OVERRIDES = {name for name in SUB_RESOURCES if name.startswith("response-")}
# What is there, by method, on a bucket and on an object. All else must be refused.
ON_BUCKETS: dict[str, set[str]] = {
    "GET": {
        *("acl", "bucketInfo", "cors", "location", "stat", "versioning", "versions", "uploads"),
        *("live", "continuation-token", "lifecycle", "worm"),
    },
    "PUT": {"acl", "cors", "lifecycle", "versioning"},
    "POST": {"delete"},
    "DELETE": {"cors", "lifecycle"},
}
ON_OBJECTS: dict[str, set[str]] = {
    "GET": {"acl", "objectMeta", "symlink", "tagging", "uploadId", "versionId", *OVERRIDES},
    "PUT": {"acl", "symlink", "tagging", "uploadId"},
    "POST": {"append", "restore", "uploads", "uploadId"},
    "DELETE": {"tagging", "uploadId", "versionId"},
}
# Of other SDKs, of the manual, and one that nobody has heard of.
OTHER_NAMES = (
    *("comp", "retention", "legalHold", "rename", "seal", "objectWorm", "overwriteConfig", "rtc"),
    *("cleanRestoredObject", "metadataConfiguration", "policyStatus", "x-oss-new-one", "newOne"),
)
BODY = b"<Anything><Status>Enabled</Status></Anything>"


def state(cloud: LocalCloud, bucket: Any) -> object:
    """Return all that a request could have changed."""
    head = dict(bucket.head_object("key").headers)
    for of_the_answer in ("x-oss-request-id", "x-oss-server-time", "Date"):
        del head[of_the_answer]
    return (
        [
            each.name
            for each in oss2.Service(bucket.auth, cloud.oss_endpoint).list_buckets().buckets
        ],
        cloud.list_keys(BUCKET),
        cloud.get_object(BUCKET, "key"),
        head,
        bucket.get_object_tagging("key").tag_set.tagging_rule,
        [each.upload_id for each in bucket.list_multipart_uploads().upload_list],
        bucket.get_bucket_versioning().status,
    )


def ask(
    bucket: Any,
    method: str,
    key: str,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Send a request that oss2 signs; return status and code."""
    body = {"data": BODY} if method in ("PUT", "POST") else {}
    sent = {"params": dict(params or {}), "headers": dict(headers or {})}
    try:
        answer = bucket._do(method, BUCKET, key, **sent, **body)
        answer.read()
    except oss2.exceptions.ServerError as error:
        return error.status, error.code
    return answer.status, ""


@pytest.fixture
def kept(cloud: LocalCloud, connect: Connect) -> Any:
    """Return a bucket with an object that has tags and metadata, under a permanent key."""
    bucket = connect(cloud.owner)
    headers = {"x-oss-tagging": "a=1", "x-oss-meta-b": "2"}
    bucket.put_object("key", b"as it was", headers=headers)
    return bucket


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_sub_resource_that_is_not_there_changes_nothing(
    cloud: LocalCloud, kept: Any, method: str
) -> None:
    """`DELETE /bucket?tagging` would delete the bucket if the sub-resource were ignored."""
    before = state(cloud, kept)
    answers = {
        (key, name): ask(kept, method, key, {name: ""})
        for key, known in (("", ON_BUCKETS), ("key", ON_OBJECTS))
        for name in (*SUB_RESOURCES, *OTHER_NAMES)
        if name not in known[method]
    }
    assert {what: said for what, said in answers.items() if said != (501, "NotImplemented")} == {}
    assert len(answers) > 150
    assert state(cloud, kept) == before


def test_parameter_beside_a_known_sub_resource_is_refused(cloud: LocalCloud, kept: Any) -> None:
    """A known sub-resource does not excuse what stands beside it."""
    before = state(cloud, kept)
    for method, params in (
        ("PUT", {"tagging": "", "comp": ""}),
        ("DELETE", {"versionId": "null", "restore": ""}),
        ("POST", {"append": "", "position": "0", "x-oss-process": "image/resize"}),
        ("GET", {"response-content-type": "text/plain", "x-oss-traffic-limit": "819200"}),
        ("GET", {"Expires": "1", "security-token": "x"}),  # parts of a signed URL, in no such one
    ):
        assert ask(kept, method, "key", params) == (501, "NotImplemented")
    assert state(cloud, kept) == before


HEADERS = {
    "x-oss-callback": "e30=",
    "x-oss-callback-var": "e30=",
    "x-oss-server-side-encryption": "AES256",
    "x-oss-server-side-encryption-key-id": "9468da86",
    "x-oss-server-side-data-encryption": "SM4",
    "x-oss-traffic-limit": "819200",
    "x-oss-process": "image/resize,w_100",
    "x-oss-persistent-headers": "a:Yg==",
    "x-oss-object-worm-mode": "COMPLIANCE",
    "x-oss-bypass-governance-retention": "true",
    "x-oss-ac-source-ip": "127.0.0.1",
    "x-oss-allow-same-action-overlap": "true",
    "x-oss-new-one": "1",
    "If-Match": '"0"',
    "If-None-Match": "*",
    "If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT",
    "If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT",
}
WRITES: tuple[tuple[str, str, dict[str, str], dict[str, str]], ...] = (
    ("PUT", "key", {}, {}),
    ("PUT", "key", {}, {"x-oss-copy-source": f"/{BUCKET}/key", "x-oss-metadata-directive": "COPY"}),
    ("PUT", "key", {"tagging": ""}, {}),
    ("POST", "key", {"uploads": ""}, {}),
    ("POST", "new", {"append": "", "position": "0"}, {}),
    ("DELETE", "key", {}, {}),
)


def test_header_that_means_nothing_here_stops_the_write(cloud: LocalCloud, kept: Any) -> None:
    """An object that was to be encrypted, locked or conditional must not be written without it."""
    before = state(cloud, kept)
    for name, value in HEADERS.items():
        for method, key, params, headers in WRITES:
            told = ask(kept, method, key, params, headers | {name: value})
            assert told == (501, "NotImplemented"), (name, method, params)
    assert state(cloud, kept) == before


def test_headers_of_the_vendor_s_sdk_are_known_or_refused(cloud: LocalCloud, kept: Any) -> None:
    """A header that the SDK has a name for must not be ignored either."""
    named = {value for value in vars(oss2.headers).values() if isinstance(value, str)}
    taken = {
        *("x-oss-security-token", "x-oss-request-payer"),  # say who asks
        *("x-oss-tagging", "x-oss-object-acl", "x-oss-acl"),  # have tests of their own
        "x-oss-symlink-target",
        *("x-oss-copy-source", "x-oss-copy-source-range", "x-oss-tagging-directive"),
        "x-oss-metadata-directive",
    }
    foreign = {name for name in named if name.startswith("x-oss-")} - taken
    before = state(cloud, kept)
    for name in sorted(foreign):
        if not name.startswith("x-oss-meta-"):
            assert ask(kept, "PUT", "key", headers={name: "1"}) == (501, "NotImplemented"), name
    assert state(cloud, kept) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-oss-forbid-overwrite", "yes"),
        ("x-oss-forbid-overwrite", ""),
        ("x-oss-storage-class", "Cheap"),
        ("x-oss-storage-class", "archive"),
        ("x-oss-storage-class", ""),
        ("x-oss-object-acl", "Private"),
        ("x-oss-object-acl", "everybody"),
        ("x-oss-request-payer", "somebody"),
    ],
)
def test_value_that_oss_does_not_have_is_refused(
    cloud: LocalCloud, kept: Any, name: str, value: str
) -> None:
    """`x-oss-forbid-overwrite: yes` was meant to protect the object."""
    before = state(cloud, kept)
    assert ask(kept, "PUT", "key", headers={name: value}) == (400, "InvalidArgument")
    assert state(cloud, kept) == before


def test_stranger_learns_nothing_of_what_is_missing(cloud: LocalCloud, connect: Connect) -> None:
    """Who is not known is told so first, whatever is asked."""
    where = f"{cloud.oss_endpoint}/{BUCKET}"
    assert requests.delete(where, params={"tagging": ""}, timeout=10).status_code == 403
    stranger = connect(Identity("LTAInobody", "secret"))
    assert ask(stranger, "DELETE", "", {"tagging": ""}) == (403, "InvalidAccessKeyId")


@pytest.mark.parametrize(
    ("method", "key", "name", "document"),
    [
        ("POST", "", "delete", "<Delete><Object><Key>key</Key><ETag>0</ETag></Object></Delete>"),
        ("PUT", "", "versioning", "<V><Status>Enabled</Status><MfaDelete>1</MfaDelete></V>"),
        (
            "PUT",
            "",
            "cors",
            "<C><CORSRule><AllowedOrigin>*</AllowedOrigin><ID>a</ID></CORSRule></C>",
        ),
        (
            *("PUT", "key", "tagging"),
            "<T><TagSet><Tag><Key>a</Key><Value>2</Value><Scope>x</Scope></Tag></TagSet></T>",
        ),
        ("POST", "key", "restore", "<R><Days>1</Days><Select>all</Select></R>"),
    ],
)
def test_element_that_is_not_read_stops_the_change(
    *, cloud: LocalCloud, kept: Any, method: str, key: str, name: str, document: str
) -> None:
    """A delete that was to depend on an ETag must not be done without."""
    before = state(cloud, kept)
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        kept._do(method, BUCKET, key, params={name: ""}, data=document)
    assert (refused.value.status, refused.value.code) == (501, "NotImplemented")
    assert state(cloud, kept) == before
