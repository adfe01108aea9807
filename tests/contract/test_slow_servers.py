"""Calls to servers that are slow in every way there is: each ends as a whole, and breaks no other.

A call may take twice the limit, a step of it the limit once. No server here ever comes to an end: a
call that waits for it is ended by pytest. What a server sends until its caller gives up is counted,
since that grows with the time of the call, and not with what else the machine does.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from mps_manifest.adapters import lookups
from mps_manifest.adapters.connections import NETWORK_ERRORS, Connections
from tests.contract.servers import PAUSE, MakeServer, answering, ask, secure

pytestmark = pytest.mark.timeout(60)

LIMIT = 0.3
MOST = 5 * round(2 * LIMIT / PAUSE)
"""Steps of a server while a call lasts, with room for a caller that the machine holds up."""
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


class Endless:
    """Says something at once and then pieces in turn, without an end; it counts these.

    Without pieces it keeps silent.
    """

    def __init__(self, at_once: bytes = b"", pieces: Sequence[bytes] = ()) -> None:
        self._at_once, self._pieces = at_once, pieces
        self.sent = 0

    def __call__(self, one: socket.socket, _number: int = 1) -> None:
        one.sendall(self._at_once)
        for piece in cycle(self._pieces):
            one.sendall(piece)
            self.sent += 1
            time.sleep(PAUSE)
        threading.Event().wait()


def bytewise(at_once: bytes, dripping: bytes) -> Endless:
    """Make what drips byte by byte."""
    return Endless(at_once, [dripping[at : at + 1] for at in range(len(dripping))])


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
WAYS: dict[str, Callable[[], Endless]] = {
    "silence": Endless,
    "a status line that drips": lambda: bytewise(OK[:-2], b"x"),
    "headers that drip": lambda: bytewise(OK, b"X-Slow: yes\r\n"),
    "a body that drips": lambda: bytewise(OK + b"Content-Length: 9999999\r\n\r\n", b"x"),
    "a body without an end": lambda: bytewise(OK + b"\r\n", b"x"),
    "chunks that drip": lambda: bytewise(CHUNKED, b"1\r\nx\r\n"),
    "a chunk size that drips": lambda: bytewise(CHUNKED, b"0"),
    "trailers that drip": lambda: bytewise(CHUNKED + b"0\r\n", b"X: y\r\n"),
    "one interim answer after the other": lambda: Endless(
        pieces=[b"HTTP/1.1 100 Continue\r\n\r\n"]
    ),
}


def gives_up(connections: Connections, url: str, says: Endless, **options: Any) -> None:
    """Assert that a call ends without an answer, having seen no more than there is time for."""
    with pytest.raises(NETWORK_ERRORS):
        ask(connections, url, **options)
    assert says.sent <= MOST


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_a_call_ends_as_a_whole(
    servers: MakeServer, connections: Connections, way: str, *, repeatable: bool
) -> None:
    """A timeout that starts anew with each byte would never end, whatever the caller's deadline."""
    says = WAYS[way]()
    server = answering(servers, says)
    gives_up(connections, f"http://{server.origin}/", says, repeatable=repeatable)
    assert len(server.asked) == 1


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
    says = WAYS[way]()
    server = answering(servers, says, trust=secure(certificate))
    gives_up(connections, f"https://{server.origin}/", says)
    assert len(server.asked) == 1


@pytest.mark.parametrize("record", [b"", b"\x16\x03\x03\x40\x00"])
def test_a_handshake_ends(servers: MakeServer, connections: Connections, record: bytes) -> None:
    """A server that accepts and keeps silent, or drips a record of its handshake."""
    says = bytewise(record, b"\x02" if record else b"")
    server = servers(says)
    gives_up(connections, f"https://{server.origin}/", says)
    assert server.connections >= 1


@pytest.mark.parametrize(("at_once", "dripping"), [(b"", b""), (OK[:-2], b"x"), (OK, b"X: y\r\n")])
def test_a_tunnel_through_a_proxy_ends(
    servers: MakeServer,
    connections: Connections,
    monkeypatch: pytest.MonkeyPatch,
    at_once: bytes,
    dripping: bytes,
) -> None:
    """The proxy may drip what it says to CONNECT, or say nothing."""
    says = bytewise(at_once, dripping)
    proxy = servers(says)
    monkeypatch.setenv("https_proxy", f"http://{proxy.origin}")
    monkeypatch.setenv("no_proxy", "localhost")
    gives_up(connections, "https://oss.example/", says)
    assert proxy.connections >= 1


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
    pieces = []

    def read_slowly(one: socket.socket, _number: int) -> None:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while piece := one.recv(2048):
            pieces.append(piece)
            time.sleep(PAUSE)

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    server = servers(read_slowly, secure(certificate) if over_tls else None)
    url = f"http{'s' * over_tls}://{server.origin}/"
    with pytest.raises(NETWORK_ERRORS):
        ask(connections, url, method="PUT", body=bytes(30_000_000))
    assert len(pieces) <= MOST


def test_addresses_that_accept_nothing_share_a_steps_time(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name may have many addresses, and a network may swallow what is sent to each."""
    waits: list[float] = []
    connect = socket.socket.connect

    def timed(one: socket.socket, address: Any) -> None:
        waits.append(one.gettimeout() or float("inf"))
        connect(one, address)

    with full() as address:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address)] * 20
        monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr(socket.socket, "connect", timed)
        with pytest.raises(NETWORK_ERRORS):
            ask(connections, f"http://oss.example:{address[1]}/")
    assert len(waits) > 1
    assert sum(waits) <= LIMIT + 0.001 * len(waits)  # the least that a socket can wait


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
        self.release.wait()
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
    ended: list[Exception] = []
    for _ in range(3):
        threads = [threading.Thread(target=give_up, args=(connections, ended)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(ended) == 12
    assert resolver.asked == ["oss.example"]


def give_up(connections: Connections, ended: list[Exception]) -> None:
    with pytest.raises(NETWORK_ERRORS) as raised:
        ask(connections, "http://oss.example/")
    ended.append(raised.value)


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
