"""Calls to servers that are slow in every way there is: each ends as a whole, and breaks no other.

A call may take twice the limit and a little for the machine; a step of it takes the limit once.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from mps_manifest.adapters import lookups
from mps_manifest.adapters.connections import NETWORK_ERRORS, Connections
from tests.contract.servers import PAUSE, MakeServer, Serve, answering, ask, drip, secure

LIMIT = 0.3
SLACK = 2.0
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def connections() -> Iterator[Connections]:
    made = Connections(4)
    made.limit_time(LIMIT)
    yield made
    made.close()


@pytest.fixture
def patient() -> Iterator[Connections]:
    """Make connections for tests of what is said, not when."""
    made = Connections(4)
    made.limit_time(10)
    yield made
    made.close()


@contextmanager
def in_time(calls: int = 1) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < 2 * LIMIT * calls + SLACK


def saying(at_once: bytes, dripping: bytes) -> Callable[[socket.socket], None]:
    """Make an answer whose first part comes at once, and the rest byte by byte."""

    def answer(one: socket.socket) -> None:
        one.sendall(at_once)
        drip(one, dripping)

    return answer


def silence(_one: socket.socket) -> None:
    time.sleep(60)


def interim_answers(one: socket.socket) -> None:
    for _ in range(99):
        one.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(PAUSE)


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
WAYS: dict[str, Callable[[socket.socket], None]] = {
    "silence": silence,
    "a status line that drips": saying(b"", OK * 50),
    "headers that drip": saying(OK, b"X-Slow: yes\r\n" * 50),
    "a body that drips": saying(OK + b"Content-Length: 99\r\n\r\n", b"x" * 99),
    "a body without an end": saying(OK + b"\r\n", b"x" * 99),
    "chunks that drip": saying(CHUNKED, b"1\r\nx\r\n" * 50),
    "a chunk size that drips": saying(CHUNKED, b"0" * 99),
    "trailers that drip": saying(CHUNKED + b"0\r\n", b"X: y\r\n" * 20),
    "one interim answer after the other": interim_answers,
}


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_a_call_ends_as_a_whole(
    servers: MakeServer, connections: Connections, way: str, *, repeatable: bool
) -> None:
    """A timeout that starts anew with each byte would never end, whatever the caller's deadline."""
    server = answering(servers, WAYS[way])
    with in_time(), pytest.raises(NETWORK_ERRORS):
        ask(connections, f"http://{server.origin}/", repeatable=repeatable)


@pytest.mark.parametrize("way", ["silence", "headers that drip", "a body that drips"])
def test_so_it_does_over_tls(
    servers: MakeServer,
    connections: Connections,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    """There a read may need several of the socket below."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    server = answering(servers, WAYS[way], trust=secure(certificate))
    with in_time(), pytest.raises(NETWORK_ERRORS):
        ask(connections, f"https://{server.origin}/")


def greeting_with(what: bytes) -> Serve:
    """Make a server that drips something, without being asked, and then keeps silent."""

    def serve(one: socket.socket, _number: int) -> None:
        drip(one, what)
        silence(one)

    return serve


@pytest.mark.parametrize("greeting", [b"", b"\x16\x03\x03\x40\x00" + b"\x02" * 99])
def test_a_handshake_ends(servers: MakeServer, connections: Connections, greeting: bytes) -> None:
    """A server that accepts and keeps silent, or drips a record of its handshake."""
    server = servers(greeting_with(greeting))
    with in_time(), pytest.raises(NETWORK_ERRORS):
        ask(connections, f"https://{server.origin}/")


@pytest.mark.parametrize("answer", [b"", OK * 9, OK + b"X: y\r\n" * 20])
def test_a_tunnel_through_a_proxy_ends(
    servers: MakeServer, connections: Connections, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    """The proxy may drip what it says to CONNECT, or say nothing."""
    proxy = servers(greeting_with(answer))
    monkeypatch.setenv("https_proxy", f"http://{proxy.origin}")
    monkeypatch.setenv("no_proxy", "localhost")
    with in_time(), pytest.raises(NETWORK_ERRORS):
        ask(connections, "https://oss.example/")


@pytest.mark.parametrize("over_tls", [False, True])
def test_a_request_that_nobody_reads_ends(
    servers: MakeServer,
    connections: Connections,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    over_tls: bool,
) -> None:
    """A large body fills the buffers; over TLS it is sent piece by piece."""

    def read_slowly(one: socket.socket, _number: int) -> None:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while one.recv(2048):
            time.sleep(PAUSE)

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    server = servers(read_slowly, secure(certificate) if over_tls else None)
    url = f"http{'s' * over_tls}://{server.origin}/"
    with in_time(), pytest.raises(NETWORK_ERRORS):
        ask(connections, url, method="PUT", body=bytes(30_000_000))


def test_addresses_that_accept_nothing_share_a_steps_time(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name may have many addresses, and a network may swallow what is sent to each."""
    with full() as address:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address)] * 20
        monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
        with in_time(), pytest.raises(NETWORK_ERRORS):
            ask(connections, f"http://oss.example:{address[1]}/")


@contextmanager
def full() -> Iterator[tuple[str, int]]:
    """Listen with a queue that is full, so that a connection is neither accepted nor refused."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.settimeout(0.1)
            waiting.append(one)
            with suppress(TimeoutError):
                one.connect(address)
        yield address
        for one in waiting:
            one.close()


def test_the_next_address_is_tried(
    servers: MakeServer, patient: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that refuses says nothing of the others."""
    server = answering(servers, lambda one: one.sendall(OK + b"Content-Length: 0\r\n\r\n"))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        refusing = closed.getsockname()
    host, port = server.origin.split(":")
    known = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in (refusing, (host, int(port)))
    ]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: known)
    assert ask(patient, "http://oss.example/") == b""


class Resolver:
    """Stands for the C library's resolver: it hangs until it is released."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.release = threading.Event()
        self.refusal: Exception | None = None

    def __call__(self, host: str, port: int, *_: object, **options: int) -> list[Any]:
        if options.get("flags"):
            raise socket.gaierror
        self.asked.append(host)
        self.release.wait(60)
        if self.refusal:
            raise self.refusal
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    made = Resolver()
    monkeypatch.setattr("socket.getaddrinfo", made)
    yield made
    made.release.set()
    until = time.monotonic() + 10
    while lookups._RUNNING and time.monotonic() < until:
        time.sleep(0.01)


def test_a_silent_resolver_holds_nobody_and_is_asked_once(
    connections: Connections, resolver: Resolver
) -> None:
    """It can neither be interrupted nor be told how long to wait, so its threads would pile up."""
    for _ in range(3):
        threads = [threading.Thread(target=give_up, args=(connections,)) for _ in range(4)]
        with in_time():
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert resolver.asked == ["oss.example"]


def give_up(connections: Connections) -> None:
    with pytest.raises(NETWORK_ERRORS):
        ask(connections, "http://oss.example/")


@pytest.mark.parametrize(
    "refusal",
    [
        socket.gaierror(-2, "Name or service not known"),
        UnicodeError("label empty or too long"),
        OSError(24, "Too many open files"),
    ],
)
def test_a_name_that_cannot_be_found_is_an_error_of_the_network(
    connections: Connections, resolver: Resolver, refusal: Exception
) -> None:
    """Whatever the resolver raises, a caller knows one kind of errors."""
    resolver.refusal = refusal
    resolver.release.set()
    for _ in range(2):  # and it is asked again, since a name may come back
        with pytest.raises(NETWORK_ERRORS):
            ask(connections, "http://oss.example/")
    assert resolver.asked == ["oss.example"] * 2
