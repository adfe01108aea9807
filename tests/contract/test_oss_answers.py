"""What oss2 sends and reads, byte by byte, over our connections."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from types import SimpleNamespace
from urllib.parse import parse_qsl

import pytest

from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.oss import OssStore
from mps_manifest.adapters.production_api import ProductionApi
from mps_manifest.errors import NotFound, Refused, ServiceError, Throttled, Unreachable
from mps_manifest.settings import Settings, read_settings
from tests.contract.servers import MakeServer, Server, answering

BUCKET = "home-bucket"
ODD = "a b+c&d=e%2B视"
ENCODED = "a%20b%2Bc%26d%3De%252B%E8%A7%86"
CREDENTIALS = Credentials("id", "secret", "token+with /signs=")
LISTED = b"<ListBucketResult><Prefix></Prefix><IsTruncated>false</IsTruncated></ListBucketResult>"


def settings(server: Server) -> Settings:
    return read_settings(
        {
            "BUCKET": BUCKET,
            "REGION": "cn-shanghai",
            "OSS_ENDPOINT": f"http://{server.origin}",
            "API_ENDPOINT": f"http://{server.origin}",
        }
    )


@pytest.fixture
def connections() -> Iterator[Connections]:
    made = Connections(4)
    made.limit_time(10)
    yield made
    made.close()


def store(server: Server, connections: Connections) -> OssStore:
    return OssStore(settings(server), CREDENTIALS, connections)


def saying(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> Callable[..., None]:
    head = b"\r\n".join([b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers])

    def answer(one: socket.socket) -> None:
        one.sendall(head + b"\r\n\r\n" + body)

    return answer


def query(server: Server) -> bytes:
    return server.asked[-1].split(b" ")[1].partition(b"?")[2]


# --- requests ------------------------------------------------------------------------------------


def test_queries_of_oss_are_percent_encoded(servers: MakeServer, connections: Connections) -> None:
    """V4 signs a blank as %20, and a + for it is right only where the server is forgiving."""
    server = answering(servers, saying(LISTED))
    assert not list(store(server, connections).keys(BUCKET, ODD))
    sent = query(server).decode()
    assert f"prefix={ENCODED}" in sent
    assert "+" not in sent
    assert dict(parse_qsl(sent))["prefix"] == ODD


def test_keys_of_oss_are_percent_encoded(servers: MakeServer, connections: Connections) -> None:
    """In a path a blank is never anything but %20."""
    server = answering(servers, saying(b"", b'ETag: "e"'))
    store(server, connections).head(BUCKET, f"folder/{ODD}")
    path = server.asked[-1].split(b" ")[1].decode()
    assert path == f"/{BUCKET}/folder%2F{ENCODED}"


def test_queries_of_the_apis_are_percent_encoded(
    servers: MakeServer, connections: Connections
) -> None:
    """What is signed is what is sent, also of a task's token, which may hold anything."""
    server = answering(servers, saying(b"{}"))
    api = ProductionApi(settings(server), CREDENTIALS, connections)
    for call in (lambda: api.succeed(ODD, ODD), lambda: api.query("mps", ODD)):
        call()
        assert b"+" not in query(server)
        assert ENCODED.encode() in query(server)


# --- answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("Throttling.User", Throttled),
        ("ServiceUnavailable", Unreachable),
        ("InvalidAction.NotFound", Refused),
        ("InvalidParameter.JobNotFound", NotFound),
    ],
)
def test_an_error_is_one_whatever_its_status(
    servers: MakeServer, connections: Connections, code: str, kind: type[ServiceError]
) -> None:
    """An answer without a state says that there is no such job, for good; a code says why."""
    body = json.dumps({"RequestId": "r", "Code": code, "Message": "m"}).encode()
    api = ProductionApi(settings(answering(servers, saying(body))), CREDENTIALS, connections)
    with pytest.raises(kind):
        api.query("mps", "a" * 32)


@pytest.mark.parametrize(
    "fields",
    [{"JobId": "a" * 32}, {"Code": "200", "Message": "ok"}, {"Code": "x", "State": "Fail"}, {}],
)
def test_an_answer_about_a_job_is_no_error(
    servers: MakeServer, connections: Connections, fields: dict[str, str]
) -> None:
    """A failed job says why under the same keys, and a foreign ID is answered without a state."""
    server = answering(servers, saying(json.dumps(fields).encode()))
    api = ProductionApi(settings(server), CREDENTIALS, connections)
    assert api.query("mps", "a" * 32) == fields


@pytest.mark.parametrize("size", [b"9" * 20, b"9" * 5000, b"-1", b"abc", b"1, 1", b"0x10", b"\xb2"])
def test_an_impossible_size_is_an_answer_that_cannot_be_used(
    servers: MakeServer, connections: Connections, size: bytes
) -> None:
    """It must neither get into a manifest, whose numbers have limits, nor end in an exception."""

    def answer(one: socket.socket) -> None:
        one.sendall(b'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: ' + size + b"\r\n\r\n")

    with pytest.raises(ServiceError) as raised:
        store(answering(servers, answer), connections).head(BUCKET, "key")
    assert raised.value.retryable


@pytest.mark.parametrize(
    "date",
    [b"", b"yesterday", b"Mon, 99 Foo 2024 10:00:00 GMT", b"Mon, 01 Jan 0001 00:00:00 +2359"],
)
def test_a_date_that_is_none_is_an_answer_that_cannot_be_used(
    servers: MakeServer, connections: Connections, date: bytes
) -> None:
    """oss2 parses dates itself, without a guard."""
    server = answering(servers, saying(b"", b'ETag: "e"', b"Last-Modified: " + date))
    with pytest.raises(Unreachable):
        store(server, connections).head(BUCKET, "key")


def test_a_date_that_is_not_there_is_left_out(
    servers: MakeServer, connections: Connections
) -> None:
    """No manifest needs it, so a store that does not tell it is used all the same."""
    server = answering(servers, saying(b"", b'ETag: "e"'))
    assert store(server, connections).head(BUCKET, "key").last_modified is None


@pytest.mark.parametrize(
    "page",
    [b"", b"no XML", b"<a>", b"<ListBucketResult/>", LISTED.replace(b"false", b"perhaps")],
)
def test_a_page_that_is_none_is_an_error_of_the_store(
    servers: MakeServer, connections: Connections, page: bytes
) -> None:
    """A parser's own exceptions mean nothing to anybody else."""
    server = answering(servers, saying(page))
    with pytest.raises(ServiceError) as raised:
        list(store(server, connections).keys(BUCKET, "x"))
    assert raised.value.retryable


def test_a_page_without_an_end_is_cut_off(servers: MakeServer, connections: Connections) -> None:
    """A list is read whole before it is parsed, so it must have a limit."""

    def answer(one: socket.socket) -> None:
        one.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            one.sendall(b"<a>" * 100_000)

    with pytest.raises(Unreachable):
        list(store(answering(servers, answer), connections).keys(BUCKET, "x"))


# --- time ----------------------------------------------------------------------------------------

LIMIT = 0.3


class ChunkByChunk:
    """An answer of so many chunks of 64 KiB with pauses in between, which it counts."""

    def __init__(self, chunks: int, pause: float) -> None:
        self._chunks, self._pause = chunks, pause
        self.sent = 0

    def __call__(self, one: socket.socket) -> None:
        one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (self._chunks * 65536))
        for _ in range(self._chunks):
            time.sleep(self._pause)
            one.sendall(bytes(65536))
            self.sent += 1


def test_a_long_file_gains_time_with_each_chunk(
    servers: MakeServer, connections: Connections
) -> None:
    """A stream may be of any size; what is bounded is each step of reading it."""
    limit = 5 * LIMIT  # each chunk must come in time on a busy machine, too
    connections.limit_time(limit)
    server = answering(servers, ChunkByChunk(8, limit / 3))
    stream = store(server, connections).stream(BUCKET, "key")
    assert sum(map(len, stream.chunks)) == 8 * 65536


def test_the_time_between_two_reads_is_the_callers(
    servers: MakeServer, connections: Connections
) -> None:
    """A ticket is read as its jobs are worked off, which may take minutes."""
    limit = 5 * LIMIT  # each chunk must come in time on a busy machine, too
    connections.limit_time(limit)
    server = answering(servers, ChunkByChunk(3, 0))
    chunks = iter(store(server, connections).stream(BUCKET, "key").chunks)
    sizes = [len(next(chunks))]
    time.sleep(2.5 * limit)
    sizes += map(len, chunks)
    assert sizes == [65536] * 3


def test_what_is_read_at_once_is_one_call(servers: MakeServer, connections: Connections) -> None:
    """A thread that is given up ends with its call, so that must not be a series of them."""
    connections.limit_time(LIMIT)
    answer = ChunkByChunk(600, LIMIT / 3)
    server = answering(servers, answer)
    with pytest.raises(Unreachable):
        store(server, connections).read(BUCKET, "key", 600 * 65536)
    # twice the limit is time for six, and a busy machine may hold up the reader
    assert answer.sent <= 30


def test_a_store_that_fails_is_asked_once_for_all_who_wait(
    servers: MakeServer, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the bucket keeps versions is asked once; in turn, sixteen threads would hang long."""
    everybody, waiting = threading.Event(), count(1)

    def arrival() -> float:
        moment = next(waiting)
        if moment == 16:
            everybody.set()
        return float(moment)

    # each who comes looks at the clock first, and the answer keeps them waiting until all have
    monkeypatch.setattr("mps_manifest.adapters.oss.time", SimpleNamespace(monotonic=arrival))

    def answer(one: socket.socket) -> None:
        assert everybody.wait(30)
        saying(b"", status=b"503 Service Unavailable")(one)

    server, refused = answering(servers, answer), []
    one = store(server, connections)

    def ask() -> None:
        with pytest.raises(Unreachable):
            one.versioned()
        refused.append(1)

    connections.limit_time(30)
    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 16
    assert len(server.asked) == 1
