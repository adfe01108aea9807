"""Every error of the SDKs has its place in the one tree."""

import json
from pathlib import Path
from typing import Any

import oss2.exceptions
import pytest

from mps_manifest import errors
from mps_manifest.adapters import oss, production_api
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.errors import (
    AlreadyExists,
    Changed,
    Immutable,
    NotFound,
    Refused,
    ServiceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from tests.fakes.network import answering
from tests.payloads import MPS
from tests.unit.samples import settings

KEYS = Credentials("AKID12345", "SECRET67890", "TOKEN+/=abc")


def server_error(code: str, status: int, message: str = "x") -> ServiceError:
    return production_api.api_error({"Code": code, "Message": message}, status, KEYS)


API_CODES: list[tuple[str, int, type[ServiceError]]] = [
    ("Throttling", 400, Throttled),
    ("Throttling.User", 400, Throttled),
    ("Throttling.Api", 503, Throttled),
    ("Anything", 429, Throttled),
    ("InvalidParameter.UUIDFormatInvalid", 400, NotFound),
    ("InvalidParameter.ResourceNotFound", 404, NotFound),
    ("InvalidParameter.ResourceNotFound", 400, NotFound),
    ("InvalidParameter.JobNotFound", 400, NotFound),
    ("InvalidParameter.NullValue", 400, NotFound),
    ("InvalidParameter.EmptyValue", 400, NotFound),
    ("InvalidParameter.FunctionNotSupported", 400, Refused),
    ("IdempotentParameterMismatch", 400, Refused),
    ("UnsupportedOperation", 400, Refused),
    ("InvalidIdentity.ServiceDisabled", 403, Unauthorized),
    ("InvalidIdentity.ServiceDisabled", 400, Unauthorized),
    ("Forbidden.SubscriptionRequired", 403, Unauthorized),
    ("Forbidden.SubscriptionRequired", 400, Unauthorized),
    ("Forbidden.RAM", 403, Unauthorized),
    ("PermissionDenied.ResourceAccess", 403, Unauthorized),
    ("PermissionDenied.ResourceAccess", 400, Unauthorized),
    ("InvalidAccessKeyId.NotFound", 404, Unauthorized),
    ("InvalidSecurityToken.Expired", 400, Unauthorized),
    ("SignatureDoesNotMatch", 400, Unauthorized),
    ("NoPermission", 403, Unauthorized),
    ("InternalError", 500, Unreachable),
    ("InternalError", 400, Unreachable),
    ("ServiceUnavailable", 503, Unreachable),
    ("ServiceUnavailableTemporary", 503, Unreachable),
    ("Odd", 502, Unreachable),
    ("Odd", 400, Refused),
]


@pytest.mark.parametrize(("code", "status", "kind"), API_CODES)
def test_a_code_of_the_job_apis_is_mapped(code: str, status: int, kind: type[ServiceError]) -> None:
    """By code first: classes and statuses vary."""
    mapped = server_error(code, status)
    assert type(mapped) is kind
    assert (mapped.code, mapped.status) == (code, status)
    assert code in mapped.reason


NAMES_THE_ID = [
    "InvalidParameter.JobNotFound",
    "InvalidParameter.ResourceNotFound",
    "InvalidParameter.UUIDFormatInvalid",
    "InvalidParameter.NullValue",
    "InvalidParameter.EmptyValue",
    "InvalidResource.NotFound",
    "JobNotFound",
    "Job.NotExist",
    "JobDoesNotExist",
    "NoSuchJob",
    "InvalidJobId",
    "InvalidJobId.NotFound",
    "JobId.Malformed",
    "MissingJobId",
    "SmartJob.NotFound",
    "EntityNotExist.Job",
    "NotFound.Job",
    "ResourceNotFound.Job",
    "ResourceNotExists",
]
SOMETHING_ELSE = [
    "InvalidAction.NotFound",
    "InvalidOperation.NotSupportedEndpoint",
    "InvalidVersion",
    "Arrearage",
    "Account.Arrearage",
    "InvalidParameter",
    "InvalidParameter.FunctionNotSupported",
    "EntityNotExist.Role",
    "EntityNotExist.User",
    "PipelineNotFound",
    "ResourceNotFound.Pipeline",
    "ResourceNotFoundInRegion",
    "NoSuchBucket",
    "InvalidApi.NotPurchase",
    "ServiceNotFound",
    "ProductNotFound",
    "InvalidRegionId.NotFound",
    "UnsupportedHTTPMethod",
    "NotFound",
    "NotFound.Anything",
    "MissingParameter",
    "MissingAction",
    "IncompleteSignature",
    "InvalidAccessKeyId.NotFound",
    "Forbidden.JobNotFound",
    "UserNotFound",
    "",
]


@pytest.mark.parametrize("status", [200, 400, 403, 404, 409, 500])
@pytest.mark.parametrize("code", NAMES_THE_ID)
def test_a_code_that_names_the_id_rejects_the_job(code: str, status: int) -> None:
    """No later call can know more of it, whatever the status."""
    assert type(server_error(code, status)) is NotFound


@pytest.mark.parametrize("status", [400, 403, 404, 409])
@pytest.mark.parametrize("code", SOMETHING_ELSE)
def test_no_other_code_is_charged_to_the_job(code: str, status: int) -> None:
    """The account, the deployment or the moment is at fault, and good jobs would be lost for it."""
    assert not isinstance(server_error(code, status), NotFound)


@pytest.mark.parametrize("spell", [str, str.lower])
def test_an_error_is_read_in_whatever_spelling(spell: Any) -> None:
    """Newer gateways write its keys in lower case, and a job must not lose its reason by that."""
    answer = {spell("Code"): "InvalidParameter.JobNotFound", spell("Message"): "no job"}
    mapped = production_api.api_error(answer, 400, KEYS)
    assert type(mapped) is NotFound
    assert mapped.reason == "InvalidParameter.JobNotFound: no job"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"RequestId": "r", "Code": "Throttling.User", "Message": "x"}, True),
        ({"requestId": "r", "code": "InternalError", "message": "x"}, True),
        ({"RequestId": "r", "JobId": "a", "Code": "InvalidParameter.JobNotFound"}, True),
        ({"requestId": "r", "code": 500, "message": "x"}, True),
        ({"RequestId": "r", "JobId": "a"}, False),
        ({"RequestId": "r", "JobId": "a", "Code": None}, False),
        ({"RequestId": "r", "JobId": "a", "Code": True}, False),
        ({"RequestId": "r", "ErrorCode": "Throttling"}, True),
        ({"RequestId": "r", "JobId": "a", "Success": False, "Message": "busy"}, True),
        ({"RequestId": "r", "JobId": "a", "Success": True, "Message": "x"}, False),
        ({"JobId": "a", "State": "Fail", "Success": False}, False),
        ({"RequestId": "r", "JobId": "a", "Code": "Success"}, False),
        ({"RequestId": "r", "JobId": "a", "Code": 200, "Message": "x"}, False),
        ({"JobId": "a", "State": "Fail", "Code": "InvalidParameter"}, False),
        ({"JobId": "a", "status": "Fail", "Code": "InvalidParameter"}, False),
        ({"JobId": "a", "FunctionName": "Cover", "Code": "InvalidParameter"}, False),
    ],
)
def test_an_error_with_a_status_of_success_is_one(
    answer: dict[str, Any], *, expected: bool
) -> None:
    """Without a state it would be taken for a verdict on the job, and the job be rejected."""
    assert production_api.is_refusal(answer) == expected


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"Code": "Throttling.User", "Message": "x"}, Throttled),
        (200, {"code": "InternalError"}, Unreachable),
        (200, {"Code": "InvalidParameter.JobNotFound"}, NotFound),
        (200, {"Code": "Arrearage"}, Refused),
        (200, {"Success": False, "Message": "busy"}, Refused),
        (400, {"code": "Arrearage"}, Refused),
        (400, {"error": "Bad Request"}, Unreachable),
        (429, {"error": "Too Many Requests"}, Throttled),
    ],
)
def test_what_a_query_raises_depends_on_the_code(
    status: int, body: dict[str, Any], kind: type[ServiceError]
) -> None:
    """Whatever status and spelling the gateway gives it."""
    network = answering(lambda _url: (status, json.dumps(body).encode()))
    api = production_api.ProductionApi(settings(), KEYS, network)
    with pytest.raises(ServiceError) as raised:
        api.query("ims", "a")
    assert type(raised.value) is kind
    assert raised.value.code == body.get("Code", body.get("code", ""))


@pytest.mark.parametrize(
    ("code", "kind"), [("InvalidParameter.JobNotFound", NotFound), ("Arrearage", Refused)]
)
def test_an_error_in_xml_has_its_code(code: str, kind: type[ServiceError]) -> None:
    """Gateways write XML unless they understand which format is wanted."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>a &amp; b</Message></Error>"
    network = answering(lambda _url: (400, body.encode()))
    api = production_api.ProductionApi(settings(), KEYS, network)
    with pytest.raises(kind) as raised:
        api.query("mps", "a")
    assert raised.value.reason == f"{code}: a & b"


SAMPLES = {
    "400-UnsupportedOperation": Refused,
    "Forbidden.RAM": Unauthorized,
    "InternalError": Unreachable,
    "InvalidIdentity.ServiceDisabled": Unauthorized,
    "InvalidParameter.NullValue": NotFound,
    "InvalidParameter.ResourceNotFound": NotFound,
    "InvalidParameter.UUIDFormatInvalid": NotFound,
    "PermissionDenied.ResourceAccess": Unauthorized,
    "Throttling.User": Throttled,
    "Throttling": Throttled,
    "ice-IdempotentParameterMismatch": Refused,
    "ice-InvalidParameter.JobNotFound": NotFound,
}


@pytest.mark.parametrize(
    "path", sorted((MPS / "errors").glob("*.json")), ids=lambda path: path.stem
)
def test_every_documented_error_is_mapped(path: Path) -> None:
    """An error in the wrong class would be retried in vain or given up too soon."""
    body = json.loads(path.read_text(encoding="utf-8"))
    assert type(server_error(body["Code"], 400, body["Message"])) is SAMPLES[path.stem]


@pytest.mark.parametrize(
    "message",
    [
        "key AKID12345 is bad",
        "secret SECRET67890 here",
        "token TOKEN+/=abc here",
        "token TOKEN%2B%2F%3Dabc here",
        "x" * 290 + " SECRET67890",
    ],
)
def test_keys_are_taken_out_of_a_message(message: str) -> None:
    """Reasons are logged and stored, so credentials must never appear in them."""
    reason = server_error("Forbidden", 403, message).reason
    assert not [word for word in ("AKID", "SECRET", "TOKEN") if word in reason]
    assert len(reason) < 400


def test_a_message_about_a_signature_is_not_repeated() -> None:
    """It quotes the string that was signed."""
    mapped = server_error("SignatureDoesNotMatch", 400, "server string to sign is:GET&%2F&AKID")
    assert "sign is" not in mapped.reason


def oss_error(status: int, code: str = "", message: str = "x") -> ServiceError:
    details = {"Code": code, "Message": message}
    return oss.oss_error(oss2.exceptions.ServerError(status, {}, "", details))


OSS_CODES: list[tuple[int, str, type[ServiceError]]] = [
    (404, "NoSuchKey", NotFound),
    (404, "NoSuchBucket", NotFound),
    (404, "", NotFound),
    (403, "AccessDenied", Unauthorized),
    (403, "InvalidAccessKeyId", Unauthorized),
    (403, "SignatureDoesNotMatch", Unauthorized),
    (403, "SecurityTokenExpired", Unauthorized),
    (403, "RequestTimeTooSkewed", Unauthorized),
    (403, "UserDisable", Unauthorized),
    (403, "", Unauthorized),
    (401, "", Unauthorized),
    (409, "FileAlreadyExists", AlreadyExists),
    (409, "FileImmutable", Immutable),
    (409, "ObjectNotAppendable", Immutable),
    (412, "PreconditionFailed", Changed),
    (429, "", Throttled),
    (400, "TooManyRequests", Throttled),
    (500, "InternalError", Unreachable),
    (502, "", Unreachable),
    (503, "ServiceUnavailable", Unreachable),
    (504, "", Unreachable),
    (400, "InvalidArgument", Refused),
    (400, "InvalidObjectName", Refused),
    (409, "OperationNotSupported", Refused),
]


@pytest.mark.parametrize(("status", "code", "kind"), OSS_CODES)
def test_an_error_of_oss_is_mapped(status: int, code: str, kind: type[ServiceError]) -> None:
    """The class decides what happens next, so a wrong one could lose a job or a file."""
    mapped = oss_error(status, code, "" if not code else "x")
    assert type(mapped) is kind
    assert mapped.reason


@pytest.mark.parametrize("code", ["QpsLimitExceeded", "TotalQpsLimitExceeded", "SlowDown"])
def test_too_many_calls_to_oss_pass(code: str) -> None:
    """Whatever the name, a later try may do better."""
    assert oss_error(503, code).retryable


@pytest.mark.parametrize(
    "fault",
    [
        oss2.exceptions.RequestError(ConnectionError("https://x/?Signature=SECRET67890")),
        oss2.exceptions.ClientError("x"),
        oss2.exceptions.InconsistentError("x"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_no_usable_answer_of_oss_can_be_tried_again(fault: oss2.exceptions.OssError) -> None:
    """Such a fault may pass, and the URL in its text must not leak a signature."""
    mapped = oss.oss_error(fault)
    assert mapped.retryable
    assert mapped.status == 0
    assert "SECRET" not in mapped.reason


def test_every_error_of_oss2_is_mapped() -> None:
    """Also those a new release brings: all its classes with a code and a status."""
    classes: list[Any] = [
        kind
        for kind in vars(oss2.exceptions).values()
        if isinstance(kind, type)
        and issubclass(kind, oss2.exceptions.ServerError)
        and getattr(kind, "status", 0) > 0
    ]
    assert len(classes) > 30
    headers = {"x-oss-next-append-position": "0"}
    for kind in classes:
        details = {"Code": kind.code, "Message": "x"}
        mapped = oss.oss_error(kind(kind.status, headers, "", details))
        assert isinstance(mapped, ServiceError)
        assert mapped.status == kind.status


def test_the_tree_is_drawn_as_it_is() -> None:
    """The docstring of errors names every class, and marks what is retryable."""
    drawing = {
        line.split("─ ")[1].split()[0]: " * " in f"{line} "
        for line in str(errors.__doc__).splitlines()
        if "─ " in line
    }
    real = {
        name: kind.retryable
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, ServiceError) and kind is not ServiceError
    }
    assert {name: drawing[name] for name in real} == real
