"""The current SDKs, which sign with ACS3, ask the API port as the core SDK does."""

import hashlib
import hmac
import importlib
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
import requests

from local.client import LocalCloud
from local.faults import FaultRule
from local.identity import Identity, Statement
from local.jobs.plan import JobPlan

JOB_ID = "88c6ca184c0e432bbf5b665e2a15d56e"
# By name: they take a second to import, which every process that collects tests would wait for.
SDKS = {
    "mps": ("alibabacloud_mts20140618", "2014-06-18", {"JobId": JOB_ID, "State": "Success"}),
    "ims": ("alibabacloud_ice20201109", "2020-11-09", {"JobId": JOB_ID, "Status": "Success"}),
}


def config(cloud: LocalCloud, identity: Identity) -> Any:
    """Make a client's configuration."""
    models = importlib.import_module("alibabacloud_tea_openapi.utils_models")
    return models.Config(
        access_key_id=identity.access_key_id,
        access_key_secret=identity.access_key_secret,
        security_token=identity.security_token or None,
        region_id=cloud.region,
        endpoint=cloud.api_endpoint.removeprefix("http://"),
        protocol="http",
    )


def call(
    cloud: LocalCloud, api: str, identity: Identity, *, action: str = "QueryIProductionJob"
) -> Mapping[str, Any]:
    """Ask as every current SDK does, through what they all share."""
    models = importlib.import_module("alibabacloud_tea_openapi.utils_models")
    params = models.Params(
        action=action,
        version=SDKS[api][1],
        protocol="HTTPS",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    runtime = importlib.import_module("darabonba.runtime").RuntimeOptions(autoretry=False)
    shared = importlib.import_module("alibabacloud_tea_openapi.client")
    client = shared.Client(config(cloud, identity))
    request = models.OpenApiRequest(query={"JobId": JOB_ID, "Odd": "汉 字+/~*'"})
    body: Mapping[str, Any] = client.call_api(params, request, runtime)["body"]
    return body


def refusal(cloud: LocalCloud, identity: Identity, **how: Any) -> tuple[int, str]:
    errors = importlib.import_module("darabonba.exceptions")
    with pytest.raises(errors.DaraException) as refused:
        call(cloud, "mps", identity, **how)
    return refused.value.data["statusCode"], refused.value.code


@pytest.mark.parametrize("api", SDKS)
@pytest.mark.parametrize("who", ["owner", "credentials"])
def test_the_shared_client_of_all_sdks_is_answered(cloud: LocalCloud, api: str, who: str) -> None:
    """People who write a client today take the current SDKs, not the one that we use."""
    cloud.put_job(SDKS[api][2], JobPlan(queuing_queries=1), api)
    identity = getattr(cloud, who)
    states = []
    for _ in range(2):
        answer = call(cloud, api, identity)
        states.append(answer.get("State") or answer.get("Status"))
    assert states == ["Queuing", "Success"]
    record = cloud.requests()[-1]
    assert (record.service, record.action, record.job_id) == (api, "QueryIProductionJob", JOB_ID)
    assert (record.status, record.identity) == (200, identity.access_key_id)


@pytest.mark.parametrize(
    ("api", "state", "code"),
    [("mps", "state", "UUIDFormatInvalid"), ("ims", "status", "JobNotFound")],
)
def test_the_sdk_of_the_api_reads_the_answer(
    cloud: LocalCloud, api: str, state: str, code: str
) -> None:
    """It builds its own model of the answer, and has its own idea of what is asked."""
    module, _, answer = SDKS[api]
    asked = importlib.import_module(f"{module}.models").QueryIProductionJobRequest
    cloud.put_job({**answer, "FunctionName": "Cover"}, api=api)
    client = importlib.import_module(f"{module}.client").Client(config(cloud, cloud.owner))
    body = client.query_iproduction_job(asked(job_id=JOB_ID)).body
    assert (body.job_id, body.function_name) == (JOB_ID, "Cover")
    assert getattr(body, state) == "Success"
    with pytest.raises(Exception, match=rf"InvalidParameter\.{code}\b"):
        client.query_iproduction_job(asked(job_id="nobodys"))


def test_errors_are_those_of_the_other_signature(cloud: LocalCloud) -> None:
    """A wrong key, token, clock, right or action is the same mistake however it is signed."""
    owner = cloud.owner
    assert refusal(cloud, Identity("LTAInobody", "x")) == (404, "InvalidAccessKeyId.NotFound")
    wrong = replace(owner, access_key_secret="x")
    assert refusal(cloud, wrong) == (400, "SignatureDoesNotMatch")
    foreign = replace(cloud.issue_token(), security_token="x")
    assert refusal(cloud, foreign) == (400, "InvalidSecurityToken.MismatchWithAccessKey")
    only_oss = cloud.issue_token(statements=[Statement("Allow", ("oss:*",), ("*",))])
    assert refusal(cloud, only_oss) == (403, "Forbidden.RAM")
    assert refusal(cloud, owner, action="ListEverything") == (404, "InvalidAction.NotFound")
    cloud.add_fault(FaultRule("skew", seconds=16 * 60))
    assert refusal(cloud, owner) == (400, "InvalidTimeStamp.Expired")


EMPTY = hashlib.sha256(b"").hexdigest()


def signed(cloud: LocalCloud, changes: Mapping[str, str | None]) -> dict[str, str]:
    """Sign by hand what no SDK would send; a header of None is left out but signed."""
    headers: dict[str, str | None] = {
        "host": cloud.api_endpoint.removeprefix("http://"),
        "x-acs-action": "QueryIProductionJob",
        "x-acs-version": "2014-06-18",
        "x-acs-date": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": str(uuid.uuid4()),
        "x-acs-content-sha256": EMPTY,
        **changes,
    }
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name] or ''}\n" for name in names)
    asked = (
        f"POST\n/\nJobId={JOB_ID}\n{lines}\n{';'.join(names)}\n{headers['x-acs-content-sha256']}"
    )
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = cloud.owner.access_key_secret.encode()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={cloud.owner.access_key_id},SignedHeaders={';'.join(names)}"
    authorization = f"ACS3-HMAC-SHA256 {credential},Signature={signature}"
    sent = {name: value for name, value in headers.items() if value is not None}
    return {**sent, "authorization": authorization}


def ask(cloud: LocalCloud, headers: Mapping[str, str], body: bytes = b"") -> tuple[int, str]:
    url = f"{cloud.api_endpoint}/?JobId={JOB_ID}"
    with requests.Session() as session:
        answer = session.post(url, data=body, headers=dict(headers), timeout=10)
    return answer.status_code, answer.json().get("Code", "")


def test_what_is_signed_cannot_be_changed_or_sent_twice(cloud: LocalCloud) -> None:
    """Whoever sees one request must not be able to make others of it."""
    headers = signed(cloud, {})
    assert ask(cloud, headers) == (200, "")
    assert ask(cloud, headers) == (400, "SignatureNonceUsed")
    later = {"x-acs-signature-nonce": "another"}
    assert ask(cloud, {**headers, **later}) == (400, "SignatureDoesNotMatch")
    assert ask(cloud, signed(cloud, {}), b"JobId=another") == (400, "InvalidContentHash")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"x-acs-date": None}, 400, "IncompleteSignature"),
        ({"x-acs-content-sha256": None}, 400, "IncompleteSignature"),
        ({"x-acs-signature-nonce": None}, 400, "MissingSignatureNonce"),
        ({"x-acs-date": "today"}, 400, "InvalidTimeStamp.Format"),
        ({"x-acs-action": None}, 400, "MissingAction"),
        ({"x-acs-version": "1999-01-01"}, 400, "InvalidVersion"),
    ],
)
def test_malformed_calls_are_told(
    cloud: LocalCloud, changes: dict[str, str | None], status: int, code: str
) -> None:
    """A header that is signed and not sent must not fail the server."""
    assert ask(cloud, signed(cloud, changes)) == (status, code)
