"""What HTTP clients do that oss2 does not: break off, ask first, send nonsense."""

import contextlib
import socket
import sqlite3
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import oss2
import pytest

from local.client import LocalCloud
from local.database import FILE_NAME
from tests.local.conftest import BUCKET
from tests.waiting import wait_until


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def own_cloud(data: Path) -> Iterator[LocalCloud]:
    """Start a cloud whose data folder can be looked into."""
    with LocalCloud.start(data) as cloud:
        cloud.create_bucket(BUCKET)
        yield cloud


def connection(cloud: LocalCloud) -> socket.socket:
    address = urlsplit(cloud.oss_endpoint)
    return socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=20)


def head_of(cloud: LocalCloud, method: str, size: int = 0, more: str = "") -> bytes:
    """Return the signed head of a request for the object `key`."""
    auth = oss2.Auth(cloud.owner.access_key_id, cloud.owner.access_key_secret)
    request = oss2.http.Request(method, "")
    auth._sign_request(request, BUCKET, "key")
    lines = [
        f"{method} /{BUCKET}/key HTTP/1.1",
        "Host: laptop",
        f"Content-Length: {size}",
        *(f"{name}: {request.headers[name]}" for name in ("date", "authorization")),
    ]
    return ("\r\n".join(lines) + f"\r\n{more}\r\n").encode()


def received(client: socket.socket, size: int) -> bytes:
    """Read exactly so many bytes."""
    taken = b""
    while len(taken) < size:
        piece = client.recv(size - len(taken))
        assert piece, taken
        taken += piece
    return taken


def status_of(client: socket.socket, method: str = "GET") -> int:
    """Read one whole answer and return its status."""
    answer = HTTPResponse(client, method=method)
    answer.begin()
    answer.read()
    return answer.status


def test_upload_broken_off_leaves_nothing(own_cloud: LocalCloud, data: Path) -> None:
    """Half an upload must neither become an object nor stay on the disk."""
    blobs = data / "blobs"
    with connection(own_cloud) as client:
        client.sendall(head_of(own_cloud, "PUT", 1_000_000) + bytes(300_000))
        wait_until(lambda: any(blobs.iterdir()), "the upload has begun")
    wait_until(lambda: not any(blobs.iterdir()), "nothing is left")
    assert own_cloud.list_keys(BUCKET) == []
    (record,) = own_cloud.requests()
    assert (record.action, record.status) == ("PutObject", 0)


def test_download_broken_off_lets_the_file_go(own_cloud: LocalCloud, data: Path) -> None:
    """A reader that disappears must not keep a deleted object's file on the disk for ever."""
    own_cloud.put_object(BUCKET, "key", bytes(30_000_000))
    with connection(own_cloud) as client:
        client.sendall(head_of(own_cloud, "GET"))
        assert received(client, 12) == b"HTTP/1.1 200"
        own_cloud.delete_object(BUCKET, "key")
        assert any((data / "blobs").iterdir())
    wait_until(lambda: not any((data / "blobs").iterdir()), "nothing is left")


def test_client_that_asks_first_is_told_to_continue(own_cloud: LocalCloud) -> None:
    """Clients such as curl wait for this line before they send a large body."""
    with connection(own_cloud) as client:
        client.sendall(head_of(own_cloud, "PUT", 5, "Expect: 100-continue\r\n"))
        told = b"HTTP/1.1 100 Continue\r\n\r\n"
        assert received(client, len(told)) == told
        client.sendall(b"hello")
        assert status_of(client) == 200
    assert own_cloud.get_object(BUCKET, "key") == b"hello"


def test_client_that_asks_first_is_refused_before_it_sends(own_cloud: LocalCloud) -> None:
    """A refusal that comes first spares the client a useless upload."""
    own_cloud.deny(BUCKET, "", ["PutObject"])
    with connection(own_cloud) as client:
        client.sendall(head_of(own_cloud, "PUT", 5, "Expect: 100-continue\r\n"))
        assert received(client, 12) == b"HTTP/1.1 403"


def test_connection_survives_a_refused_upload(own_cloud: LocalCloud) -> None:
    """An unread body must not be taken for the next request on the same connection."""
    own_cloud.put_object(BUCKET, "key", b"")
    own_cloud.deny(BUCKET, "", ["PutObject"])
    with connection(own_cloud) as client:
        client.sendall(head_of(own_cloud, "PUT", 5) + b"hello")
        assert status_of(client) == 403
        client.sendall(head_of(own_cloud, "HEAD"))
        assert status_of(client, "HEAD") == 200


@pytest.mark.parametrize(
    ("target", "status"), [("/%FF/key", 400), (f"/{BUCKET}/%FF%FE", 400), ("/", 405)]
)
def test_nonsense_is_refused(own_cloud: LocalCloud, target: str, status: int) -> None:
    """A request that makes no sense must get an answer instead of breaking the server."""
    with connection(own_cloud) as client:
        client.sendall(f"PATCH {target} HTTP/1.1\r\nHost: laptop\r\n\r\n".encode())
        assert status_of(client) == status


def test_defect_of_the_cloud_is_answered_in_oss_s_own_words(
    own_cloud: LocalCloud, data: Path
) -> None:
    """A client reads an error's code and its request ID, and knows what to do with this one."""
    own_cloud.put_object(BUCKET, "key", b"body")
    with contextlib.closing(sqlite3.connect(data / FILE_NAME)) as database:
        database.execute("UPDATE objects SET blobs = 'no JSON'")
        database.commit()
    with connection(own_cloud) as client:
        client.sendall(head_of(own_cloud, "GET"))
        answer = HTTPResponse(client)
        answer.begin()
        text = answer.read().decode()
        assert answer.status == 500
        assert answer.headers["Content-Type"] == "application/xml"
        assert f"<RequestId>{answer.headers['x-oss-request-id']}</RequestId>" in text
        assert "<Code>InternalError</Code>" in text
        client.sendall(head_of(own_cloud, "HEAD"))
        assert status_of(client, "HEAD") == 500


@pytest.mark.parametrize(
    ("lengths", "status"),
    [
        ("Transfer-Encoding: chunked\r\n", 200),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 200),
        ("transfer-encoding: Chunked\r\ncontent-length: 9\r\n", 200),
        ("Content-Length: 5\r\nContent-Length: 6\r\n", 400),
        ("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n", 400),
    ],
)
def test_chunks_count_where_there_is_a_length_too(
    own_cloud: LocalCloud, lengths: str, status: int
) -> None:
    """Node sends both; one that contradicts itself otherwise is refused, and nothing is stored."""
    head = head_of(own_cloud, "PUT").replace(b"Content-Length: 0\r\n", lengths.encode())
    body = b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
    with connection(own_cloud) as client:
        client.sendall(head + body)
        assert status_of(client) == status
        if status == 200:  # the connection goes on behind the last chunk
            client.sendall(head_of(own_cloud, "GET"))
            assert status_of(client) == 200
            assert own_cloud.get_object(BUCKET, "key") == b"hello"
    assert own_cloud.list_keys(BUCKET) == (["key"] if status == 200 else [])
