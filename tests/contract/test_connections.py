"""Connections to real sockets: kept, replaced where they went stale, trusted only with reason."""

from __future__ import annotations

import base64
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mps_manifest.adapters import bounded_sockets
from mps_manifest.adapters.connections import NETWORK_ERRORS, Connections
from tests.contract.servers import Serve, Server, secure

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends a reset, as to a frozen instance's old connection."""

OK = (200, b"")


def ask(connections: Connections, url: str, method: str = "GET") -> tuple[int, bytes]:
    """Send a request and read its answer to the end, which gives the connection back."""
    answer = connections.send(method, url, {})
    return answer.status, answer.data


@pytest.fixture
def connections() -> Iterator[Connections]:
    made = Connections(4)
    made.limit_time(5)
    yield made
    made.close()


def closing_at_once(make: Callable[..., Server], trust: ssl.SSLContext, how: Serve) -> Server:
    """Make a server whose first connection ends at the first byte after its answer."""

    def serve(one: socket.socket, number: int) -> None:
        server.take(one)
        one.sendall(ANSWER)
        if number == 1:
            one.recv(1)
            how(one, number)

    server = make(serve, trust)
    return server


def answering(make: Callable[..., Server], trust: ssl.SSLContext | None = None) -> Server:
    """Make a server that answers everything."""

    def serve(one: socket.socket, _number: int) -> None:
        while True:
            server.take(one)
            one.sendall(ANSWER)

    server = make(serve, trust)
    return server


def reset(one: socket.socket) -> None:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    one.close()


def going_stale(
    make: Callable[..., Server],
    sound_from: int,
    how: Serve,
    trust: ssl.SSLContext | None = None,
) -> Server:
    """Make a server whose first connections answer once, then end at the next request."""

    def serve(one: socket.socket, number: int) -> None:
        server.take(one)
        one.sendall(ANSWER)
        while True:
            server.take(one)
            if number < sound_from:
                how(one, number)
                return
            one.sendall(ANSWER)

    server = make(serve, trust)
    return server


ENDS: list[Serve] = [lambda one, _: reset(one), lambda one, _: one.shutdown(socket.SHUT_RDWR)]


@pytest.mark.parametrize("how", ENDS, ids=["reset", "closed"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_a_connection_that_went_stale_costs_no_failure(
    servers: Callable[..., Server], connections: Connections, how: Serve, method: str
) -> None:
    """So it is after an instance was frozen for longer than the other side keeps connections."""
    server = going_stale(servers, 2, how)
    for _ in range(3):
        assert ask(connections, f"http://{server.origin}/", method) == OK
    assert server.connections == 2


def keep_four(connections: Connections, server: Server) -> None:
    """Have four connections kept: as many as there are requests at the same time."""
    together = threading.Barrier(4)

    def ask_once() -> None:
        together.wait()
        answer = connections.send("GET", f"http://{server.origin}/", {})
        together.wait()  # none is given back before all are there
        assert answer.data == b""

    threads = [threading.Thread(target=ask_once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.connections == 4


def test_not_even_when_all_went_stale(
    servers: Callable[..., Server], connections: Connections
) -> None:
    """A freeze kills all kept connections at once, and trying each of them would fail a request."""
    server = going_stale(servers, 5, ENDS[0])
    keep_four(connections, server)
    for _ in range(3):
        assert ask(connections, f"http://{server.origin}/") == OK
    assert server.connections == 5


def test_who_counts_requests_is_told_once_however_many_went_stale(
    servers: Callable[..., Server], connections: Connections
) -> None:
    """The next request is sent over a new connection, not over another stale one."""
    server = going_stale(servers, 5, ENDS[0])
    keep_four(connections, server)
    with pytest.raises(NETWORK_ERRORS):
        connections.send("GET", f"http://{server.origin}/", {}, repeatable=False)
    assert len(server.asked) == 5
    answer = connections.send("GET", f"http://{server.origin}/", {}, repeatable=False)
    assert (answer.status, answer.data) == OK
    assert server.connections == 5


def test_a_connection_that_breaks_is_replaced_once(
    servers: Callable[..., Server], connections: Connections
) -> None:
    """If the next one breaks as well something is wrong, and the caller decides."""

    def serve(one: socket.socket, _number: int) -> None:
        server.take(one)
        reset(one)

    server = servers(serve)
    with pytest.raises(NETWORK_ERRORS):
        connections.send("GET", f"http://{server.origin}/", {})
    assert server.connections == 2


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_kept_connection_keeps_its_timeout(
    servers: Callable[..., Server],
    connections: Connections,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    encrypted: bool,
) -> None:
    """Setting one is a system call, and another thread's turn: none follows the first request."""
    set_to: list[float | None] = []
    set_timeout = socket.socket.settimeout

    def noting(one: socket.socket, value: float | None) -> None:
        if type(one).__module__ == bounded_sockets.__name__:
            set_to.append(value)
        set_timeout(one, value)

    monkeypatch.setattr(socket.socket, "settimeout", noting, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    connections.limit_time(10 / 3)  # which a socket keeps in whole nanoseconds
    server = answering(servers, secure(certificate) if encrypted else None)
    url = f"{'https' if encrypted else 'http'}://{server.origin}/"
    assert ask(connections, url) == OK
    assert set_to
    set_to.clear()
    assert [ask(connections, url) for _ in range(3)] == [OK] * 3
    assert server.connections == 1
    assert not set_to


@pytest.mark.parametrize("path", ["/a/../b", "/a/./b", "/a//b", "/%E8%A7%86%2F?x=a+b&y="])
def test_a_path_is_sent_as_it_is(
    servers: Callable[..., Server], connections: Connections, path: str
) -> None:
    """A key is no path: what looks like a step up in it belongs to its name, and is signed."""
    server = answering(servers)
    assert ask(connections, f"http://{server.origin}{path}") == OK
    assert server.asked == [f"GET {path} HTTP/1.1".encode()]


@pytest.mark.parametrize("proxy_url", ["http://{}", "{}", "http://user:p%40ss@{}"])
def test_the_proxy_of_the_environment_is_used(
    servers: Callable[..., Server],
    connections: Connections,
    monkeypatch: pytest.MonkeyPatch,
    proxy_url: str,
) -> None:
    """Some networks have no other way out, with or without a password."""
    proxy = answering(servers)
    monkeypatch.setenv("http_proxy", proxy_url.format(proxy.origin))
    monkeypatch.setenv("no_proxy", "localhost")
    assert ask(connections, "http://oss.example/key?x=1") == OK
    assert proxy.asked == [b"GET http://oss.example/key?x=1 HTTP/1.1"]
    known = base64.b64encode(b"user:p@ss")
    assert (known in proxy.heads[0]) is ("user" in proxy_url)


@pytest.mark.parametrize("spared", ["127.0.0.1", "10.0.0.0/8,127.0.0.0/8"])
def test_no_proxy_where_the_environment_says_so(
    servers: Callable[..., Server],
    connections: Connections,
    monkeypatch: pytest.MonkeyPatch,
    spared: str,
) -> None:
    """Internal endpoints often cannot be reached through the proxy."""
    server, proxy = answering(servers), answering(servers)
    monkeypatch.setenv("http_proxy", f"http://{proxy.origin}")
    monkeypatch.setenv("no_proxy", spared)
    assert ask(connections, f"http://{server.origin}/") == OK
    assert not proxy.asked


def test_a_certificate_nobody_vouches_for_is_refused(
    servers: Callable[..., Server], connections: Connections, certificate: Path
) -> None:
    """Requests carry tokens and signatures, which must never reach an impostor."""
    server = answering(servers, secure(certificate))
    with pytest.raises(NETWORK_ERRORS, match="certificate"):
        connections.send("GET", f"https://{server.origin}/", {})
    assert not server.asked


@pytest.mark.parametrize("size", [0, 20_000, 3_000_000])
@pytest.mark.parametrize("how", ENDS, ids=["reset", "closed"])
def test_a_secure_connection_that_went_stale_costs_no_failure(  # noqa: PLR0917
    servers: Callable[..., Server],
    connections: Connections,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: Serve,
    size: int,
) -> None:
    """There it shows while a large body is sent, or when the answer is waited for."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    server = closing_at_once(servers, secure(certificate), how)
    url = f"https://{server.origin}/"
    assert ask(connections, url) == OK
    assert connections.send("PUT", url, {}, bytes(size)).status == 200
    assert server.connections == 2


def test_a_certificate_the_environment_vouches_for_is_accepted(
    servers: Callable[..., Server],
    connections: Connections,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Companies that inspect TLS name their own authority in this variable."""
    server = answering(servers, secure(certificate))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    for _ in range(3):
        assert ask(connections, f"https://{server.origin}/") == OK
    assert server.connections == 1
