"""One contract for the JobsApi port: the fake and the real one on the local cloud behave alike."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from local.client import LocalCloud
from local.faults import FaultRule
from local.jobs.plan import JobPlan
from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.production_api import ProductionApi
from mps_manifest.errors import (
    NotFound,
    Refused,
    ServiceError,
    Throttled,
    TooLong,
    Unauthorized,
    Unreachable,
)
from mps_manifest.ports import JobsApi
from mps_manifest.settings import Api, read_settings
from tests.contract.servers import Server
from tests.fakes import FakeApi

JOB = "8a8753a54e6a4a0f9128ccecbefe9948"


@dataclass
class Subject:
    """An API, and how the world lets it know a job."""

    api: JobsApi
    know: Callable[[Api, dict[str, Any]], None]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as running:
        yield running


def real_api(cloud: LocalCloud, timeout: float = 5) -> ProductionApi:
    endpoints = {"OSS_ENDPOINT": cloud.oss_endpoint, "API_ENDPOINT": cloud.api_endpoint}
    settings = read_settings({"BUCKET": "home-bucket", "REGION": cloud.region, **endpoints})
    keys = cloud.credentials
    credentials = Credentials(keys.access_key_id, keys.access_key_secret, keys.security_token)
    connections = Connections(4)
    connections.limit_time(timeout)
    return ProductionApi(settings, credentials, connections)


@pytest.fixture(params=["fake", "real"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "fake":
        fake = FakeApi()
        return Subject(fake, lambda _api, answer: fake.say(answer["JobId"], answer))
    cloud: LocalCloud = request.getfixturevalue("cloud")
    cloud.reset()
    return Subject(real_api(cloud), lambda api, answer: cloud.put_job(answer, api=api))


@pytest.mark.parametrize(("api", "field"), [("mps", "State"), ("ims", "Status")])
def test_answer_has_the_apis_own_keys(subject: Subject, api: Api, field: str) -> None:
    """The two APIs name a state differently, and the adapter must not rename anything."""
    subject.know(api, {"JobId": JOB, field: "Success", "FunctionName": "视频"})
    answer = subject.api.query(api, JOB)
    assert (answer["JobId"], answer[field], answer["FunctionName"]) == (JOB, "Success", "视频")


def test_a_long_answer_is_not_read_to_its_end(subject: Subject) -> None:
    """The caller has room for so much of it, and is told how much there is."""
    subject.know("mps", {"JobId": JOB, "State": "Success", "UserData": "x" * 5000})
    assert subject.api.query("mps", JOB, 10_000)["State"] == "Success"
    with pytest.raises(TooLong) as caught:
        subject.api.query("mps", JOB, 4000)
    assert caught.value.size > 5000


# --- what only the real one can show ---------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("Throttling.User", 400, Throttled),
        ("InternalError", 500, Unreachable),
        ("Forbidden.RAM", 403, Unauthorized),
        ("InvalidParameter.JobNotFound", 400, NotFound),
        ("UnsupportedOperation", 400, Refused),
    ],
)
def test_errors_are_told_apart_by_code(
    cloud: LocalCloud, code: str, status: int, kind: type[ServiceError]
) -> None:
    """A status alone is ambiguous, as 400 may mean throttling as well as a wrong ID."""
    cloud.reset()
    cloud.put_job({"JobId": JOB}, JobPlan(error_code=code, status=status), "mps")
    with pytest.raises(ServiceError) as caught:
        real_api(cloud).query("mps", JOB)
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.status) == (code, status)


@pytest.mark.parametrize(
    "rule",
    [
        FaultRule("reset"),
        FaultRule("reset", when="after"),
        FaultRule("drop", drop_after=3),
        FaultRule("hang", seconds=2),
    ],
    ids=lambda rule: f"{rule.effect}-{rule.when}",
)
def test_a_broken_connection_is_unreachable(cloud: LocalCloud, rule: FaultRule) -> None:
    """Its message holds neither URL nor key."""
    cloud.reset()
    cloud.add_fault(rule)
    with pytest.raises(Unreachable) as caught:
        real_api(cloud, timeout=0.5).query("mps", JOB)
    assert cloud.credentials.access_key_id not in str(caught.value)
    assert "http" not in str(caught.value)


@pytest.mark.parametrize("raw", ["<html>", "[]", "", "\udcff", '"text"'])
@pytest.mark.parametrize("status", [200, 404, 502])
def test_what_is_no_answer_is_unreachable(cloud: LocalCloud, raw: str, status: int) -> None:
    """A gateway's page or a broken body must not count as a verdict on the job."""
    cloud.reset()
    body = raw.encode("utf-8", "replace").decode()
    cloud.put_job({"JobId": JOB}, JobPlan(raw=body, status=status), "mps")
    with pytest.raises(Unreachable):
        real_api(cloud).query("mps", JOB)


def test_nothing_is_asked_twice_for_one_permit(cloud: LocalCloud) -> None:
    """A hidden retry would exceed the query quota, which counts every request."""
    cloud.reset()
    cloud.add_fault(FaultRule("error", status=503, code="ServiceUnavailable"))
    with pytest.raises(Unreachable):
        real_api(cloud).query("mps", JOB)
    assert len(cloud.requests()) == 1


@pytest.mark.parametrize("raw", ["<html>", "{}", ""])
def test_too_many_calls_are_told_by_the_status_alone(cloud: LocalCloud, raw: str) -> None:
    """So a gateway answers that knows nothing of the API; the budget has to hear of it."""
    cloud.reset()
    cloud.put_job({"JobId": JOB}, JobPlan(raw=raw, status=429), "mps")
    with pytest.raises(Throttled, match="429"):
        real_api(cloud).query("mps", JOB)


ANSWERS = {
    "sound": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "odd header": b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 2\r\n\r\n{}",
    "no boundary": b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed\r\nContent-Length: 0\r\n\r\n",
    "broken off": b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}",
    "nothing": b"",
    "no HTTP": b"220 smtp.example ESMTP\r\n",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_no_logger_writes_what_is_signed(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], answer: bytes
) -> None:
    """Not even where somebody lets all of them write all they have, and the answer is odd."""
    caplog.set_level(logging.DEBUG)

    def serve(one: socket.socket, _number: int) -> None:
        server.take(one)
        one.sendall(answer)
        one.shutdown(socket.SHUT_RDWR)

    server = Server(serve)
    endpoint = {"API_ENDPOINT": f"http://{server.origin}"}
    settings = read_settings({"BUCKET": "home-bucket", "REGION": "cn-shanghai", **endpoint})
    connections = Connections(4)
    connections.limit_time(5)
    keys = Credentials("AKID12345", "SECRET67890", "TOKEN12345")
    with suppress(Unreachable):
        ProductionApi(settings, keys, connections).query("mps", JOB)
    connections.close()
    server.close()
    assert len(server.asked) == 1
    told = caplog.text + "".join(capfd.readouterr())
    assert not [word for word in ("Signature", "AKID", "SECRET", "TOKEN") if word in told]


def test_a_job_with_a_dash_in_its_id_can_be_asked_for(cloud: LocalCloud) -> None:
    """IMS may have other IDs than MPS, and a check that is too strict would refuse them."""
    cloud.reset()
    cloud.put_job({"JobId": "A-1", "Status": "Success"}, api="ims")
    assert real_api(cloud).query("ims", "A-1")["Status"] == "Success"
