"""The control port is closed to web pages and to whoever does not know the token."""

import contextlib
import http.client
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local.client import LocalCloud
from local.gate import TOKEN_HEADER, is_loopback


def ask(
    cloud: LocalCloud, headers: Mapping[str, str], method: str = "POST", path: str = "/reset"
) -> int:
    """Send exactly these headers, and return the status."""
    address = urlsplit(cloud.control_endpoint).netloc
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    with contextlib.closing(connection), connection.getresponse() as answer:
        return answer.status


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:80", "[::1]:80", "127.1.2.3:8792"])
def test_who_knows_the_token_is_answered_on_loopback(cloud: LocalCloud, host: str) -> None:
    """People forward ports and write localhost, which must work."""
    assert ask(cloud, {"Host": host, TOKEN_HEADER: cloud.token}) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1", TOKEN_HEADER: ""},
        {"Host": "127.0.0.1", TOKEN_HEADER: "guess"},
        {"Host": "127.0.0.1", TOKEN_HEADER: "\xe9"},
        {"Host": "127.0.0.1", TOKEN_HEADER: "<token>", "Origin": "http://127.0.0.1:8790"},
        {"Host": "127.0.0.1", TOKEN_HEADER: "<token>", "Origin": "null"},
        {"Host": "evil.example", TOKEN_HEADER: "<token>"},
        {"Host": "127.0.0.1.evil.example:8792", TOKEN_HEADER: "<token>"},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/reset"), ("POST", "/tokens"), ("POST", "/faults"), ("GET", "/requests")],
)
def test_strangers_change_and_learn_nothing(
    cloud: LocalCloud, headers: Mapping[str, str], method: str, path: str
) -> None:
    """Any page in a browser can reach loopback, directly or by rebinding a name of its own."""
    cloud.put_object("media-bucket", "key", b"1")
    sent = {name: value.replace("<token>", cloud.token) for name, value in headers.items()}
    assert ask(cloud, sent, method, path) == 403
    assert cloud.list_keys("media-bucket") == ["key"]


def test_a_request_without_host_is_refused(cloud: LocalCloud) -> None:
    """What names no host at all may have been meant for any."""
    assert ask(cloud, {TOKEN_HEADER: cloud.token}) == 400


def test_each_start_has_a_token_of_its_own(cloud: LocalCloud, tmp_path: Path) -> None:
    """A token that was found in an old log opens nothing."""
    with LocalCloud.start(tmp_path) as other:
        assert other.token != cloud.token
        assert ask(other, {"Host": "localhost", TOKEN_HEADER: cloud.token}) == 403


@pytest.mark.parametrize(
    "host",
    [
        *("", ":80", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::2]:80"),
        *("[::1", "::1", "evil.example/@127.0.0.1", "127.0.0.1@evil.example", "evil#127.0.0.1"),
    ],
)
def test_what_is_no_loopback_address(host: str) -> None:
    """A name that only begins like a loopback address may belong to anybody."""
    assert not is_loopback(host)
