"""Who may do what: permissions for versions and tags, access control lists, web pages."""

from collections.abc import Callable
from functools import partial
from typing import Any

import oss2
import pytest
import requests

from local.client import LocalCloud
from local.identity import Statement
from tests.local.conftest import BUCKET, Connect

VERSIONED = "versioned-bucket"
CONTENT = b"body"

Use = Callable[[Any, str], object]


def copy(bucket: Any, version: str, **headers: str) -> object:
    source = f"/{VERSIONED}/key?versionId={version}" if version else f"/{VERSIONED}/tagged"
    sent = {"x-oss-copy-source": source, **headers}
    return bucket._do("PUT", VERSIONED, "copy", headers=sent).read()


def put_tagged(bucket: Any, _version: str) -> object:
    return bucket.put_object("new", CONTENT, headers={"x-oss-tagging": "a=1"})


def part_of_copy(bucket: Any, _version: str) -> object:
    upload = bucket.init_multipart_upload("parts").upload_id
    return bucket.upload_part_copy(VERSIONED, "key", None, "parts", upload, 1)


def delete_versions(bucket: Any, version: str) -> object:
    wanted = oss2.models.BatchDeleteObjectVersionList()
    wanted.append(oss2.models.BatchDeleteObjectVersion("key", version))
    return bucket.delete_object_versions(wanted)


def of_version(version: str) -> dict[str, str]:
    return {"versionId": version}


TAGGING = oss2.models.Tagging(oss2.models.TaggingRule())
# What is done, and all that RAM must allow for it. Sources: the pages of the actions in
# https://www.alibabacloud.com/help/en/oss/developer-reference/
USES: dict[str, tuple[Use, set[str]]] = {
    "get": (lambda b, _: b.get_object("key").read(), {"GetObject"}),
    "head": (lambda b, _: b.head_object("key"), {"GetObject"}),
    "meta": (lambda b, _: b.get_object_meta("key"), {"GetObject"}),
    "get version": (
        lambda b, v: b.get_object("key", params=of_version(v)).read(),
        {"GetObjectVersion"},
    ),
    "head version": (
        lambda b, v: b.head_object("key", params=of_version(v)),
        {"GetObjectVersion"},
    ),
    "put": (lambda b, _: b.put_object("new", CONTENT), {"PutObject"}),
    "put with tags": (put_tagged, {"PutObject", "PutObjectTagging"}),
    "delete": (lambda b, _: b.delete_object("key"), {"DeleteObject"}),
    "delete version": (
        lambda b, v: b.delete_object("key", params=of_version(v)),
        {"DeleteObjectVersion"},
    ),
    "delete many": (lambda b, _: b.batch_delete_objects(["key"]), {"DeleteObject"}),
    "delete many versions": (delete_versions, {"DeleteObjectVersion"}),
    "copy version": (copy, {"GetObject", "GetObjectVersion", "PutObject"}),
    "copy with tags": (
        lambda b, _: copy(b, ""),
        {"GetObject", "PutObject", "GetObjectTagging", "PutObjectTagging"},
    ),
    "copy part": (part_of_copy, {"GetObject", "PutObject"}),
    "get tags": (lambda b, _: b.get_object_tagging("key"), {"GetObjectTagging"}),
    "get tags of version": (
        lambda b, v: b.get_object_tagging("key", params=of_version(v)),
        {"GetObjectVersionTagging"},
    ),
    "put tags": (lambda b, _: b.put_object_tagging("key", TAGGING), {"PutObjectTagging"}),
    "delete tags of version": (
        lambda b, v: b.delete_object_tagging("key", params=of_version(v)),
        {"DeleteObjectVersionTagging"},
    ),
    "get acl": (lambda b, _: b.get_object_acl("key"), {"GetObjectAcl"}),
    "put acl": (lambda b, _: b.put_object_acl("key", "private"), {"PutObjectAcl"}),
    "list": (lambda b, _: b.list_objects(), {"ListObjects"}),
    "list v2": (lambda b, _: b.list_objects_v2(), {"ListObjects"}),
    "list versions": (lambda b, _: b.list_object_versions(), {"ListObjectVersions"}),
    "list uploads": (lambda b, _: b.list_multipart_uploads(), {"ListMultipartUploads"}),
    "symlink": (lambda b, _: b.put_symlink("key", "link"), {"PutObject"}),
}
ALL = frozenset[str]().union(*(needed for _, needed in USES.values()))


@pytest.mark.parametrize("name", USES)
def test_each_use_needs_its_permissions_and_no_others(
    cloud: LocalCloud, connect: Connect, name: str
) -> None:
    """A role that works on the laptop and not in the cloud is the costliest kind of mistake."""
    use, needed = USES[name]
    cloud.create_bucket(VERSIONED, versioning=True)
    owner = connect(cloud.owner, bucket=VERSIONED)
    owner.put_object("tagged", CONTENT, headers={"x-oss-tagging": "a=1"})

    def with_rights(rights: set[str]) -> None:
        version = owner.put_object("key", CONTENT).versionid
        allowed = [Statement("Allow", tuple(f"oss:{right}" for right in sorted(rights)))]
        use(connect(cloud.issue_token(statements=allowed), bucket=VERSIONED), version)

    with_rights(needed)
    for right in sorted(needed):
        with pytest.raises(oss2.exceptions.AccessDenied):
            with_rights(set(ALL) - {right})


def anonymous(cloud: LocalCloud, key: str, method: str = "GET", **how: Any) -> int:
    url = f"{cloud.oss_endpoint}/{BUCKET}/{key}"
    return requests.request(method, url, timeout=10, **how).status_code


def test_object_can_be_open_to_everybody(cloud: LocalCloud, bucket: Any) -> None:
    """Covers and previews are shown without signatures, and nothing else may be."""
    bucket.put_object("open", CONTENT, headers={"x-oss-object-acl": "public-read"})
    bucket.put_object("closed", CONTENT)
    assert (anonymous(cloud, "open"), anonymous(cloud, "closed")) == (200, 403)
    assert anonymous(cloud, "open", "HEAD") == 200
    for method in ("PUT", "DELETE"):
        assert anonymous(cloud, "open", method, data=b"x") == 403
    assert anonymous(cloud, "open", params={"tagging": ""}) == 403
    bucket.put_object_acl("open", "private")
    assert anonymous(cloud, "open") == 403
    assert bucket.get_object_acl("open").acl == "private"
    assert "x-oss-object-acl" not in bucket.head_object("open").headers


def test_bucket_can_be_open_to_everybody(cloud: LocalCloud, connect: Connect) -> None:
    """An object's own list comes first; the bucket's is for those that have none."""
    bucket = connect(cloud.owner)
    bucket.put_bucket_acl("public-read")
    assert bucket.get_bucket_acl().acl == bucket.get_bucket_info().acl.grant == "public-read"
    bucket.put_object("key", CONTENT)
    bucket.put_object("closed", CONTENT, headers={"x-oss-object-acl": "private"})
    assert (anonymous(cloud, "key"), anonymous(cloud, "closed")) == (200, 403)
    assert anonymous(cloud, "new", "PUT", data=b"x") == 403
    assert anonymous(cloud, "") == 403
    bucket.put_bucket_acl("public-read-write")
    assert anonymous(cloud, "new", "PUT", data=b"x") == 200
    assert cloud.get_object(BUCKET, "new") == b"x"
    cloud.deny(BUCKET, "", ["GetObject"])
    assert anonymous(cloud, "key") == 403


RULE = partial(
    oss2.models.CorsRule,
    allowed_origins=["https://play.example.com", "http://*.example.org"],
    allowed_methods=["GET", "HEAD"],
    allowed_headers=["X-Oss-*", "Range"],
    expose_headers=["ETag", "x-oss-meta-a"],
    max_age_seconds=600,
)
ORIGIN = "https://play.example.com"


@pytest.fixture
def shared(cloud: LocalCloud, connect: Connect) -> Any:
    """Return a bucket that pages of two sites may read."""
    bucket = connect(cloud.owner)
    bucket.put_bucket_cors(oss2.models.BucketCors([RULE()]))
    bucket.put_object("key", CONTENT, headers={"x-oss-object-acl": "public-read"})
    return bucket


@pytest.mark.parametrize(
    ("origin", "method", "headers", "status"),
    [
        (ORIGIN, "GET", "Range, x-oss-meta-b", 200),
        ("http://a.example.org", "HEAD", "", 200),
        ("https://other.example.com", "GET", "", 403),
        (ORIGIN, "PUT", "", 403),
        (ORIGIN, "GET", "x-custom", 403),
        (ORIGIN, "", "", 400),
    ],
)
def test_browser_is_told_what_a_page_may_do(
    *, cloud: LocalCloud, shared: Any, origin: str, method: str, headers: str, status: int
) -> None:
    """A preflight is not signed, and decides whether the page's request is ever sent."""
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    asked |= {"Access-Control-Request-Headers": headers} if headers else {}
    url = f"{cloud.oss_endpoint}/{shared.bucket_name}/key"
    answer = requests.options(url, headers=asked, timeout=10)
    assert answer.status_code == status
    allowed = answer.headers.get("Access-Control-Allow-Origin")
    assert allowed == (origin if status == 200 else None)
    if status == 200:
        assert answer.headers["Access-Control-Max-Age"] == "600"


def test_page_sees_the_answer(cloud: LocalCloud, shared: Any) -> None:
    """The answer itself must allow the page, too, and so must an error that it is to read."""
    url = f"{cloud.oss_endpoint}/{BUCKET}/"
    for key, status in (("key", 200), ("nothing", 403)):
        answer = requests.get(url + key, headers={"Origin": ORIGIN}, timeout=10)
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert answer.headers["Access-Control-Expose-Headers"] == "ETag, x-oss-meta-a"
    other = requests.get(url + "key", headers={"Origin": "https://else.example.com"}, timeout=10)
    assert "Access-Control-Allow-Origin" not in other.headers
    assert "Access-Control-Allow-Origin" not in shared.get_object("key").headers


def test_rules_for_pages_come_and_go(cloud: LocalCloud, shared: Any) -> None:
    """What was set is told back, and without rules no page may do anything."""
    (rule,) = shared.get_bucket_cors().rules
    assert (rule.allowed_origins, rule.allowed_methods, rule.max_age_seconds) == (
        ["https://play.example.com", "http://*.example.org"],
        ["GET", "HEAD"],
        600,
    )
    assert rule.allowed_headers == ["x-oss-*", "range"]
    shared.delete_bucket_cors()
    with pytest.raises(oss2.exceptions.NoSuchCors):
        shared.get_bucket_cors()
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    assert anonymous(cloud, "key", "OPTIONS", headers=asked) == 403
    wrong = RULE(allowed_methods=["PATCH"])
    with pytest.raises(oss2.exceptions.InvalidArgument):
        shared.put_bucket_cors(oss2.models.BucketCors([wrong]))
