"""The topic's adapter on the local cloud, which verifies what it signs."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from local.client import LocalCloud
from local.faults import FaultRule
from local.identity import FUNCTION_ROLE, Identity
from mps_manifest.adapters import mns
from mps_manifest.adapters.bounded_sockets import call_left
from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.mns import MnsTopic, plain_twin
from mps_manifest.errors import (
    NotFound,
    Refused,
    ServiceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from mps_manifest.settings import read_settings
from tests.contract.servers import Server, answering

LIMIT = 10
ODD = '{"<&>": "\\u0000 ]]> &amp; \\"视频 🎬 \u0085\u2028"}'


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture
def cloud(running: LocalCloud) -> LocalCloud:
    running.reset()
    running.create_topic("told")
    return running


def topic_at(endpoint: str, keys: Identity, name: str = "told") -> MnsTopic:
    given = {"BUCKET": "home-bucket", "REGION": "cn-shanghai", "API_ENDPOINT": endpoint}
    connections = Connections(2)
    connections.limit_time(LIMIT)
    credentials = Credentials(keys.access_key_id, keys.access_key_secret, keys.security_token)
    return MnsTopic(read_settings({**given, "ANNOUNCE_TOPIC": name}), credentials, connections)


def test_a_message_arrives_as_it_is(cloud: LocalCloud) -> None:
    """With the role's temporary keys, and with permanent ones, which have no token."""
    topic_at(cloud.api_endpoint, cloud.credentials).publish(ODD)
    topic_at(cloud.api_endpoint, cloud.owner).publish("second")
    assert cloud.published("told") == [ODD, "second"]


def rule(status: int, code: str) -> Callable[[LocalCloud], object]:
    fault = FaultRule("error", service="mns", status=status, code=code)
    return lambda cloud: cloud.add_fault(fault)


FAILURES: list[tuple[Callable[[LocalCloud], object], type[ServiceError]]] = [
    (rule(500, "InternalError"), Unreachable),
    (rule(503, "ServiceUnavailable"), Unreachable),
    (rule(408, "TimeExpired"), Unreachable),
    (rule(403, "AccessDenied"), Unauthorized),
    (rule(404, "TopicNotExist"), NotFound),
    (rule(400, "InvalidArgument"), Refused),
    (rule(403, "QpsLimitExceeded"), Throttled),
    (lambda cloud: cloud.add_fault(FaultRule("throttle", service="mns")), Throttled),
    (lambda cloud: cloud.add_fault(FaultRule("reset", service="mns")), Unreachable),
    (lambda cloud: cloud.add_fault(FaultRule("drop", service="mns")), Unreachable),
    (lambda cloud: cloud.deny("", "", ["mns:PublishMessage"]), Unauthorized),
    (lambda cloud: cloud.add_fault(FaultRule("skew", service="mns", seconds=3600)), Unreachable),
]


@pytest.mark.parametrize(("break_it", "kind"), FAILURES)
def test_each_failure_has_its_error(
    cloud: LocalCloud, break_it: Callable[[LocalCloud], object], kind: type[ServiceError]
) -> None:
    """Whether it is the message's fault, or that of the moment, decides what becomes of it."""
    break_it(cloud)
    with pytest.raises(ServiceError) as raised:
        topic_at(cloud.api_endpoint, cloud.credentials).publish("x")
    assert type(raised.value) is kind
    assert cloud.credentials.access_key_id not in raised.value.reason


def test_what_the_topic_does_not_know_is_refused(cloud: LocalCloud) -> None:
    """Another topic, other keys, and a message that is too large."""
    keys = cloud.credentials
    for wrong in (
        replace(keys, access_key_secret="x"),
        replace(keys, security_token="x"),
        replace(keys, security_token=""),
        replace(keys, access_key_id="STS.x"),
    ):
        with pytest.raises(Unauthorized):
            topic_at(cloud.api_endpoint, wrong).publish("x")
    with pytest.raises(NotFound):
        topic_at(cloud.api_endpoint, keys, "other").publish("x")
    with pytest.raises(Refused, match="between 1 and 65536 bytes"):
        topic_at(cloud.api_endpoint, keys).publish("x" * 65537)
    assert cloud.published("told") == []


@pytest.mark.parametrize("port", ["closed", "without TLS", "slow to refuse"])
def test_the_internal_address_is_used_without_tls_where_it_has_none(
    cloud: LocalCloud,
    servers: Callable[..., Server],
    monkeypatch: pytest.MonkeyPatch,
    port: str,
) -> None:
    """The vendor's page says so; with TLS it must not be left, and no other address may be.

    However long the first address takes, both together take no longer than one call may.
    """
    assert plain_twin("https://1.mns.cn-x-internal.aliyuncs.com") == (
        "http://1.mns.cn-x-internal.aliyuncs.com"
    )
    for other in (
        "https://1.mns.cn-x.aliyuncs.com",
        cloud.api_endpoint,
        "http://1-internal.aliyuncs.com",
    ):
        assert plain_twin(other) == ""
    monkeypatch.setattr(mns, "plain_twin", lambda _origin: cloud.api_endpoint)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = f"https://127.0.0.1:{listener.getsockname()[1]}"
    pause = 0.5 if port == "slow to refuse" else 0.0

    def refuse(one: socket.socket, _number: int) -> None:
        one.recv(65536)
        time.sleep(pause)
        one.close()

    secure = {
        "closed": closed,
        "without TLS": cloud.api_endpoint.replace("http:", "https:"),
        "slow to refuse": f"https://{servers(refuse).origin}",
    }[port]
    topic = topic_at(secure, cloud.credentials)
    topic.publish("first")
    assert call_left() < 2 * LIMIT - pause
    topic.publish("second")
    assert cloud.published("told") == ["first", "second"]


@pytest.mark.parametrize(
    "body", [b"<html>Welcome</html>", b"", b"{}"], ids=["page", "empty", "json"]
)
def test_what_a_gateway_answers_is_no_receipt(servers: Callable[..., Server], body: bytes) -> None:
    """A message counts as published only where the topic has given it an ID."""

    def answer(one: socket.socket) -> None:
        one.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    server = answering(servers, answer)
    with pytest.raises(Unreachable, match="without a message ID"):
        topic_at(f"http://{server.origin}", FUNCTION_ROLE).publish("x")
