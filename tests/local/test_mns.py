"""The local topics: what they refuse, and how they push to those who have subscribed."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from local.client import LocalCloud, PushForm
from local.mns.signing import sign, string_to_sign

PATH = "/topics/told/messages"
GOOD = '<Message xmlns="http://mns.aliyuncs.com/doc/v1/"><MessageBody>hello</MessageBody></Message>'


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture
def cloud(running: LocalCloud) -> LocalCloud:
    running.reset()
    running.create_topic("told")
    return running


def send(cloud: LocalCloud, body: str = GOOD, method: str = "POST", **changed: str) -> Any:
    """Send a request with a permanent key; return its status, and the elements of the answer."""
    headers = {
        "Content-Type": "text/xml",
        "Date": formatdate(usegmt=True),
        "x-mns-version": "2015-06-06",
        "x-mns-user-request-id": "one",
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    headers = {name: value for name, value in headers.items() if value}
    signature = sign(cloud.owner.access_key_secret, string_to_sign(method, PATH, headers))
    headers.setdefault("Authorization", f"MNS {cloud.owner.access_key_id}:{signature}")
    url = cloud.api_endpoint + PATH
    request = urllib.request.Request(url, body.encode(), headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, text = error.code, error.read()
    return status, {node.tag.rpartition("}")[2]: node.text for node in ET.fromstring(text)}  # noqa: S314


def test_a_message_is_kept_and_has_its_digest(cloud: LocalCloud) -> None:
    """The vendor's SDK takes an answer without one for damaged."""
    status, fields = send(cloud)
    assert (status, fields["MessageBodyMD5"]) == (201, "5D41402ABC4B2A76B9719D911017C592")
    assert len(fields["MessageId"]) == 32
    assert cloud.published("told") == ["hello"]
    assert [(r.service, r.action, r.key) for r in cloud.requests()] == [
        ("mns", "PublishMessage", "told")
    ]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"Authorization": "OSS x:y"}, 400, "InvalidAuthorizationHeader"),
        ({"Authorization": "MNS x:y"}, 403, "InvalidAccessKeyId"),
        ({"Authorization": "MNS LTAI5tLaptopOwner:y"}, 403, "SignatureNotMatch"),
        ({"Authorization": "MNS LTAI5tLaptopOwner:\u00ff"}, 403, "SignatureNotMatch"),
        ({"Date": "yesterday"}, 400, "InvalidDateHeader"),
        ({"Date": "Fri, 31 Dec 9999 23:59:59 -2359"}, 400, "InvalidDateHeader"),
        ({"Date": formatdate(0, usegmt=True)}, 408, "TimeExpired"),
        ({"x_mns_version": ""}, 400, "MissingVersionHeader"),
        ({"body": "<Message>"}, 400, "MalformedXML"),
        ({"body": GOOD.replace("mns.aliyuncs.com", "x")}, 400, "InvalidArgument"),
        ({"body": GOOD.replace("hello", "")}, 400, "InvalidArgument"),
        ({"method": "PUT"}, 400, "InvalidRequestURL"),
    ],
)
def test_what_mns_refuses_is_refused(
    cloud: LocalCloud, change: dict[str, str], status: int, code: str
) -> None:
    """An emulator that takes everything would hide every mistake."""
    told, fields = send(cloud, **change)
    assert (told, fields["Code"]) == (status, code)
    assert cloud.published("told") == []


@pytest.mark.parametrize("form", ["JSON", "XML", "SIMPLIFIED"])
def test_a_message_is_pushed_until_it_is_taken(cloud: LocalCloud, form: PushForm) -> None:
    """In the form of the subscription; a 503 is answered with another push."""
    pushed: list[bytes] = []
    is_taken = threading.Event()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            pushed.append(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["x-mns-version"]
            self.send_response(503 if len(pushed) == 1 else 204)
            self.end_headers()
            if len(pushed) == 2:
                is_taken.set()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cloud.subscribe("told", f"http://127.0.0.1:{server.server_port}/", form)
    send(cloud, GOOD.replace("hello", "1 &lt; 2"))
    assert is_taken.wait(10)
    server.shutdown()
    server.server_close()
    assert pushed[0] == pushed[1]
    assert said(pushed[0], form) == "1 < 2"


def said(body: bytes, form: PushForm) -> str | None:
    if form == "JSON":
        return str(json.loads(body)["Message"])
    if form == "XML":
        return ET.fromstring(body).findtext("{http://mns.aliyuncs.com/doc/v1/}Message")  # noqa: S314
    return body.decode()
