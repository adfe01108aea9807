from dataclasses import replace
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

import oss2
import pytest
import requests

from local.client import LocalCloud
from local.faults import FaultRule
from local.identity import Identity, Statement
from tests.local.conftest import BUCKET, Connect

VERSIONS = ("v1", "v4")
MINUTE = 60

KEYS = (
    "plain.json",
    "with space/and  two.txt",
    "汉字/片段 1.mp4",
    "a+b=c&d?e#f;g,h",
    "percent%20stays%2Fas%25it-is",
    "tilde~dash-under_dot.(paren)!'*",
    "double//slash/and/trailing/",
    "emoji-\U0001f3ac.mp4",
    'quote"and<angle>',
)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("who", ["owner", "credentials"])
@pytest.mark.parametrize("key", KEYS)
def test_right_signature_is_accepted_whatever_the_key(
    cloud: LocalCloud, connect: Connect, version: str, who: str, key: str
) -> None:
    """Keys are escaped in URLs and signatures, and a mistake in that only shows with odd ones."""
    bucket = connect(getattr(cloud, who), version=version)
    bucket.put_object(key, b"body", headers={"x-oss-meta-job-id": "42"})
    assert bucket.get_object(key).read() == b"body"
    assert cloud.list_keys(BUCKET) == [key]
    assert [found.key for found in bucket.list_objects(prefix=key[:3]).object_list] == [key]
    bucket.delete_object(key)
    assert cloud.list_keys(BUCKET) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_subresources_are_part_of_the_signature(connect: Connect, version: str) -> None:
    """Listings, tagging, uploads and overridden headers all carry signed parameters."""
    bucket = connect(version=version)
    bucket.put_object("a b", b"1")
    found = bucket.get_object("a b", params={"response-content-type": "text/x y+z"})
    assert found.read() == b"1"
    assert found.headers["Content-Type"] == "text/x y+z"
    assert bucket.list_objects_v2(prefix="a b", start_after="a a").object_list[0].key == "a b"
    assert bucket.get_object_tagging("a b").tag_set.tagging_rule == {}
    assert bucket.init_multipart_upload("c d").upload_id


@pytest.mark.parametrize("version", VERSIONS)
def test_wrong_secret_is_told(cloud: LocalCloud, connect: Connect, version: str) -> None:
    """A request signed with a wrong secret must be refused before anything is written."""
    stranger = replace(cloud.owner, access_key_secret="another-secret")
    with pytest.raises(oss2.exceptions.SignatureDoesNotMatch) as refused:
        connect(stranger, version=version).put_object("key", b"body")
    assert refused.value.status == 403
    assert "StringToSign" in refused.value.details
    assert cloud.list_keys(BUCKET) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_unknown_key_is_told(connect: Connect, version: str) -> None:
    """A wrong key ID has a code of its own, which points to the mistake."""
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        connect(Identity("LTAInobody", "secret"), version=version).get_object("key")
    assert (refused.value.status, refused.value.code) == (403, "InvalidAccessKeyId")


def test_anonymous_request_is_denied(cloud: LocalCloud) -> None:
    """A request that was never signed must not pass for one with valid keys."""
    answer = requests.get(f"{cloud.oss_endpoint}/{BUCKET}/key", timeout=10)
    assert answer.status_code == 403
    assert "<Code>AccessDenied</Code>" in answer.text


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("token", "code"), [("", "InvalidAccessKeyId"), ("someone-elses", "InvalidSecurityToken")]
)
def test_sts_key_needs_its_own_token(
    cloud: LocalCloud, connect: Connect, version: str, token: str, code: str
) -> None:
    """A temporary key is worthless without its own token, and must be so locally."""
    session = replace(cloud.issue_token(), security_token=token)
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        connect(session, version=version).get_object("key")
    assert (refused.value.status, refused.value.code) == (403, code)


def test_permanent_key_takes_no_token(cloud: LocalCloud, connect: Connect) -> None:
    """OSS takes a request with a token for one of STS, where this key does not exist."""
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        connect(replace(cloud.owner, security_token="token")).get_object("key")
    assert refused.value.code == "InvalidAccessKeyId"


def test_expired_token_is_told(cloud: LocalCloud, connect: Connect) -> None:
    """The code tells expired keys from wrong ones, which need another remedy."""
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        connect(cloud.issue_token(seconds=-1)).get_object("key")
    assert (refused.value.status, refused.value.code) == (403, "SecurityTokenExpired")
    assert refused.value.ec == "0002-00000007"


def test_revoked_token_stops_working(cloud: LocalCloud, connect: Connect) -> None:
    """A function that goes on using old keys must fail locally as well."""
    session = cloud.issue_token()
    bucket = connect(session)
    bucket.put_object("key", b"body")
    cloud.revoke_token(session.security_token)
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket.get_object("key")
    assert refused.value.code == "InvalidAccessKeyId"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("minutes", [-16, 16])
def test_clock_more_than_fifteen_minutes_off_is_refused(
    cloud: LocalCloud, connect: Connect, version: str, minutes: int
) -> None:
    """OSS refuses a clock this far off, so a client's wrong clock must show locally."""
    cloud.add_fault(FaultRule("skew", seconds=minutes * MINUTE))
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        connect(version=version).get_object("key")
    assert (refused.value.status, refused.value.code) == (403, "RequestTimeTooSkewed")
    assert refused.value.details["MaxAllowedSkewMilliseconds"] == "900000"


@pytest.mark.parametrize("version", VERSIONS)
def test_clock_a_little_off_is_fine(cloud: LocalCloud, connect: Connect, version: str) -> None:
    """Clocks are never exactly equal, and a strict comparison would refuse honest clients."""
    cloud.add_fault(FaultRule("skew", seconds=14 * MINUTE))
    assert connect(version=version).put_object("key", b"").status == 200


def test_v4_scope_must_name_the_region(connect: Connect) -> None:
    """OSS refuses a V4 signature for another region, so a wrong setting must show locally."""
    with pytest.raises(oss2.exceptions.InvalidArgument) as refused:
        connect(version="v4", region="cn-hangzhou").get_object("key")
    assert refused.value.status == 400
    assert refused.value.message == "Invalid signing region in Authorization header."
    assert refused.value.ec == "0002-00000226"
    url = connect(version="v4", region="cn-hangzhou").sign_url("GET", "key", 60)
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 400
    assert "The signing region in credential is invalid." in answer.text


def test_v4_signature_may_have_the_date_of_http(cloud: LocalCloud) -> None:
    """`x-oss-date` may be left out where there is `Date`, which is then what was signed."""
    cloud.put_object(BUCKET, "key", b"body")
    auth = oss2.AuthV4(cloud.owner.access_key_id, cloud.owner.access_key_secret)
    url, now = f"{cloud.oss_endpoint}/{BUCKET}/key", datetime.now(timezone.utc)
    headers = {
        "date": format_datetime(now, usegmt=True),
        "x-oss-content-sha256": "UNSIGNED-PAYLOAD",
    }
    signed = oss2.http.Request(
        "GET", url, headers=dict(headers), region=cloud.region, product="oss"
    )
    keys, moment = auth.credentials_provider.get_credentials(), now.strftime("%Y%m%dT%H%M%SZ")
    signature = auth._ProviderAuthV4__make_signature(signed, BUCKET, "key", [], keys, moment)
    scope = f"{cloud.owner.access_key_id}/{moment[:8]}/{cloud.region}/oss/aliyun_v4_request"
    headers["authorization"] = f"OSS4-HMAC-SHA256 Credential={scope}, Signature={signature}"
    answer = requests.get(url, headers=headers, timeout=10)
    assert (answer.status_code, answer.content) == (200, b"body")
    for date, status in (("Sat, 01 Jan 2000 00:00:00 GMT", 400), ("yesterday", 403), ("", 403)):
        told = requests.get(url, headers=headers | {"date": date}, timeout=10)
        assert told.status_code == status


def test_v1_takes_the_token_under_another_name(cloud: LocalCloud) -> None:
    """alibabacloud-oss-v2 1.4.1 sends `security-token`, which is not part of what it signs."""
    cloud.put_object(BUCKET, "key", b"body")
    session = cloud.issue_token()
    auth = oss2.Auth(session.access_key_id, session.access_key_secret)
    request = oss2.http.Request("GET", "")
    auth._sign_request(request, BUCKET, "key")
    headers = {name: request.headers[name] for name in ("date", "authorization")}
    url = f"{cloud.oss_endpoint}/{BUCKET}/key"
    for token, status in ((session.security_token, 200), ("another", 403), ("", 403)):
        sent = headers | {"security-token": token}
        assert requests.get(url, headers=sent, timeout=10).status_code == status


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("key", ["plain", "a b+c%2F/汉~"])
def test_signed_url_works_until_it_expires(
    cloud: LocalCloud, connect: Connect, version: str, key: str
) -> None:
    """A link must open for its lifetime only, whatever characters its key has."""
    cloud.put_object(BUCKET, key, b"body")
    url = connect(version=version).sign_url("GET", key, 60, params={"response-expires": "x y"})
    answer = requests.get(url, timeout=10)
    assert (answer.status_code, answer.content) == (200, b"body")
    cloud.add_fault(FaultRule("skew", seconds=61))
    late = requests.get(url, timeout=10)
    assert late.status_code == 403
    assert "Request has expired." in late.text


@pytest.mark.parametrize("version", VERSIONS)
def test_signed_url_is_good_for_its_own_object_only(
    cloud: LocalCloud, connect: Connect, version: str
) -> None:
    """Whoever was given one link must not be able to open other objects with it."""
    cloud.put_object(BUCKET, "secret", b"body")
    url = connect(version=version).sign_url("GET", "public", 60)
    answer = requests.get(url.replace("public", "secret"), timeout=10)
    assert answer.status_code == 403
    assert "SignatureDoesNotMatch" in answer.text


def test_identity_may_do_what_its_statements_say(cloud: LocalCloud, connect: Connect) -> None:
    """Roles are tested against this check, so wildcards and denials must work as in RAM."""
    manifests = f"acs:oss:*:*:{BUCKET}/manifests/*"
    session = cloud.issue_token(
        statements=[
            Statement("Allow", ("oss:PutObject", "oss:Get*"), (manifests,)),
            Statement("Deny", ("*",), (f"{manifests}/locked",)),
        ]
    )
    bucket = connect(session)
    bucket.put_object("manifests/a/b", b"")
    for key in ("elsewhere", "manifests/a/locked"):
        with pytest.raises(oss2.exceptions.AccessDenied):
            bucket.put_object(key, b"")
    with pytest.raises(oss2.exceptions.AccessDenied):
        bucket.delete_object("manifests/a/b")


def test_denial_hits_its_bucket_prefix_and_actions_only(
    cloud: LocalCloud, connect: Connect
) -> None:
    """A denial that hit more would make a test fail for another reason than it names."""
    cloud.create_bucket("other-bucket")
    cloud.deny(BUCKET, "private/", ["GetObject", "ListObjects"])
    bucket: Any = connect()
    bucket.put_object("private/a", b"")
    bucket.put_object("public/a", b"")
    with pytest.raises(oss2.exceptions.AccessDenied):
        bucket.get_object("private/a")
    with pytest.raises(oss2.exceptions.AccessDenied):
        bucket.head_object("private/a")
    with pytest.raises(oss2.exceptions.AccessDenied):
        bucket.list_objects(prefix="private/")
    assert bucket.get_object("public/a").read() == b""
    assert connect(bucket="other-bucket").put_object("private/a", b"").status == 200


@pytest.mark.parametrize("version", VERSIONS)
def test_journal_holds_no_secret(cloud: LocalCloud, connect: Connect, version: str) -> None:
    """The journal is shown and printed, so neither keys nor signatures may be in it."""
    bucket = connect(version=version)
    bucket.put_object("key", b"body")
    requests.get(bucket.sign_url("GET", "key", 60), timeout=10)
    records = repr(cloud.requests())
    for secret in (
        cloud.credentials.access_key_secret,
        cloud.credentials.security_token,
        quote(cloud.credentials.security_token),
        "ignature",
    ):
        assert secret not in records


def test_journal_tells_what_was_asked(cloud: LocalCloud, bucket: Any) -> None:
    """Tests count requests and bytes from the journal, so each must be recorded exactly."""
    bucket.put_object("汉 key", b"12345")
    bucket.get_object("汉 key", byte_range=(1, 2)).read()
    with pytest.raises(oss2.exceptions.NotFound):
        bucket.head_object("nothing")
    bucket.list_objects(prefix="汉")
    put, get, head, listed = cloud.requests()
    assert (put.action, put.bucket, put.key, put.bytes_in) == ("PutObject", BUCKET, "汉 key", 5)
    assert (get.action, get.status, get.bytes_out) == ("GetObject", 206, 2)
    assert (head.action, head.status, head.code) == ("HeadObject", 404, "NoSuchKey")
    assert (listed.action, listed.key) == ("ListObjects", "汉")
    assert [put.number, get.number, head.number] == [
        listed.number - 3,
        listed.number - 2,
        listed.number - 1,
    ]
    assert put.arrival <= get.arrival <= head.arrival <= listed.arrival
    assert {record.identity for record in cloud.requests()} == {cloud.credentials.access_key_id}
