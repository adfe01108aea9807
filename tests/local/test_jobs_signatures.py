import base64
import hashlib
import hmac
import uuid
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from aliyunsdkcore.acs_exception.exceptions import ServerException

from local.client import LocalCloud
from local.faults import FaultRule
from local.identity import Identity, Statement
from local.jobs.rpc import string_to_sign
from tests.local.conftest import Api

JOB_ID = "88c6ca184c0e432bbf5b665e2a15d56e"
QUERY = ("2014-06-18", "QueryIProductionJob")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("who", ["owner", "credentials"])
def test_right_signature_is_accepted(cloud: LocalCloud, api: Api, method: str, who: str) -> None:
    """A correctly signed request that is refused would fail other tests for no reason."""
    answer = api.query(JOB_ID, identity=getattr(cloud, who), method=method)
    assert answer["JobId"] == JOB_ID


@pytest.mark.parametrize("value", ["a b", "汉字", "a+b&c=d/e*f~g", "%7E%2F", '{"a":"b"}'])
@pytest.mark.parametrize("in_body", [False, True])
def test_odd_values_are_signed_right(api: Api, value: str, *, in_body: bool) -> None:
    """Encoding mistakes in signatures only show with spaces, slashes and non-ASCII text."""
    answer = api.call(*QUERY, {"JobId": JOB_ID, "Odd": value}, in_body=in_body)
    assert answer["JobId"] == JOB_ID


def refusal(api: Api, identity: Identity | None = None) -> tuple[int, str]:
    with pytest.raises(ServerException) as refused:
        api.query(JOB_ID, identity=identity)
    return refused.value.http_status, refused.value.error_code


def test_wrong_secret_is_told_with_the_string_to_sign(cloud: LocalCloud, api: Api) -> None:
    """The SDK takes the text after the message's only colon apart."""
    stranger = replace(cloud.owner, access_key_secret="another-secret")
    with pytest.raises(ServerException) as refused:
        api.query(JOB_ID, identity=stranger)
    assert (refused.value.http_status, refused.value.error_code) == (400, "SignatureDoesNotMatch")
    _, text = refused.value.message.split(":")
    assert text.startswith("POST&%2F&AccessKeyId%3D")


def test_unknown_key_is_told(api: Api) -> None:
    """A wrong key ID has a code of its own, which points to the mistake."""
    assert refusal(api, Identity("LTAInobody", "x")) == (404, "InvalidAccessKeyId.NotFound")


@pytest.mark.parametrize(
    ("token", "refused"),
    [
        ("", (404, "InvalidAccessKeyId.NotFound")),
        ("someone-elses", (400, "InvalidSecurityToken.MismatchWithAccessKey")),
    ],
)
def test_sts_key_needs_its_own_token(
    cloud: LocalCloud, api: Api, token: str, refused: tuple[int, str]
) -> None:
    """A temporary key is worthless without its own token, and must be so locally."""
    assert refusal(api, replace(cloud.issue_token(), security_token=token)) == refused


def test_expired_token_is_told(cloud: LocalCloud, api: Api) -> None:
    """A function that keeps old keys must fail here as it would in the service."""
    expired = cloud.issue_token(seconds=-1)
    assert refusal(api, expired) == (400, "InvalidSecurityToken.Expired")


def test_revoked_token_stops_working(cloud: LocalCloud, api: Api) -> None:
    """Tests withdraw tokens to prove that the function takes up new ones."""
    session = cloud.issue_token()
    assert api.query(JOB_ID, identity=session)["JobId"] == JOB_ID
    cloud.revoke_token(session.security_token)
    assert refusal(api, session) == (404, "InvalidAccessKeyId.NotFound")


@pytest.mark.parametrize("minutes", [-16, 16])
def test_clock_more_than_fifteen_minutes_off_is_refused(
    cloud: LocalCloud, api: Api, minutes: int
) -> None:
    """A wrong clock breaks signatures in the service, so it must break them here."""
    cloud.add_fault(FaultRule("skew", seconds=minutes * 60))
    assert refusal(api) == (400, "InvalidTimeStamp.Expired")


def test_identity_needs_the_permission(cloud: LocalCloud, api: Api) -> None:
    """Without this check a missing RAM permission would show only after deployment."""
    allowed = cloud.issue_token(statements=[Statement("Allow", ("mts:Query*",), ("*",))])
    assert api.query(JOB_ID, identity=allowed)["JobId"] == JOB_ID
    only_oss = cloud.issue_token(statements=[Statement("Allow", ("oss:*",), ("*",))])
    assert refusal(api, only_oss) == (403, "Forbidden.RAM")
    cloud.deny("", "", ["mts:QueryIProductionJob"])
    assert refusal(api) == (403, "Forbidden.RAM")


def signed(cloud: LocalCloud, **changes: str) -> dict[str, str]:
    """Sign by hand what the SDK would not send."""
    parameters = {
        "Action": "QueryIProductionJob",
        "Version": "2014-06-18",
        "Format": "JSON",
        "JobId": JOB_ID,
        "AccessKeyId": cloud.owner.access_key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": str(uuid.uuid4()),
        "Timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **changes,
    }
    digest = hashlib.sha256 if parameters["SignatureMethod"] == "HMAC-SHA256" else hashlib.sha1
    key = f"{cloud.owner.access_key_secret}&".encode()
    text = string_to_sign("GET", parameters).encode()
    signature = base64.b64encode(hmac.new(key, text, digest).digest()).decode()
    return {**parameters, "Signature": signature}


def ask(cloud: LocalCloud, parameters: dict[str, str]) -> Any:
    url = f"{cloud.api_endpoint}/?{urlencode(parameters)}"
    return requests.get(url, timeout=10)


def test_nonce_is_good_once(cloud: LocalCloud) -> None:
    """A retry that reuses its signed request is refused by the service, so it must be here."""
    parameters = signed(cloud)
    assert ask(cloud, parameters).status_code == 200
    again = ask(cloud, parameters)
    assert (again.status_code, again.json()["Code"]) == (400, "SignatureNonceUsed")


def test_sha256_is_accepted_too(cloud: LocalCloud) -> None:
    """A client may choose HMAC-SHA256 and must not be refused because of that."""
    assert ask(cloud, signed(cloud, SignatureMethod="HMAC-SHA256")).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"SignatureMethod": "HMAC-MD5"}, 400, "IncompleteSignature"),
        ({"SignatureVersion": "2.0"}, 400, "IncompleteSignature"),
        ({"SignatureNonce": ""}, 400, "MissingSignatureNonce"),
        ({"AccessKeyId": ""}, 400, "MissingAccessKeyId"),
        ({"Timestamp": "today"}, 400, "InvalidTimeStamp.Format"),
        ({"Version": "1999-01-01"}, 400, "InvalidVersion"),
        ({"Action": "QueryEverything"}, 404, "InvalidAction.NotFound"),
        ({"Action": ""}, 400, "MissingAction"),
    ],
)
def test_malformed_calls_are_told(
    cloud: LocalCloud, changes: dict[str, str], status: int, code: str
) -> None:
    """Each mistake in a call has a code of its own, by which it can be found."""
    answer = ask(cloud, signed(cloud, **changes))
    assert (answer.status_code, answer.json()["Code"]) == (status, code)
    assert {"RequestId", "HostId", "Message"} <= answer.json().keys()


def test_changed_parameter_breaks_the_signature(cloud: LocalCloud) -> None:
    """If parameters were not signed, anybody could alter a request on its way."""
    parameters = {**signed(cloud), "JobId": "0" * 32}
    answer = ask(cloud, parameters)
    assert (answer.status_code, answer.json()["Code"]) == (400, "SignatureDoesNotMatch")


def test_journal_holds_no_secret(cloud: LocalCloud, api: Api) -> None:
    """The journal is shown to people and printed by tests, so keys must not be in it."""
    api.query(JOB_ID)
    (record,) = cloud.requests()
    assert (record.service, record.action, record.job_id) == ("mps", QUERY[1], JOB_ID)
    assert (record.status, record.identity) == (200, cloud.credentials.access_key_id)
    assert cloud.credentials.security_token not in repr(record)
    assert cloud.credentials.access_key_secret not in repr(record)
