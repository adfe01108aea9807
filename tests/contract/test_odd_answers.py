"""Odd answers, and what a bounded call leaves behind: no call gets the answer of another."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from mps_manifest.adapters.connections import NETWORK_ERRORS, Connections
from tests.contract.servers import PAUSE, MakeServer, answering, ask

LIMIT = 0.3
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


def test_a_call_that_nearly_ran_out_does_not_hurry_the_next(
    servers: MakeServer, connections: Connections
) -> None:
    """Both use one connection, whose timeout the first has shortened to next to nothing."""
    limit = 5 * LIMIT  # the answers must come in time on a busy machine, too

    def answer(one: socket.socket) -> None:
        time.sleep(0 if server.heads[-1].startswith(b"PUT") else 2 * limit / 3)
        one.sendall(OK + b"Content-Length: 2\r\n\r\n")
        time.sleep(limit / 2)
        one.sendall(b"ok")

    server = answering(servers, answer)
    connections.limit_time(limit)
    assert ask(connections, f"http://{server.origin}/") == b"ok"
    assert (
        ask(connections, f"http://{server.origin}/", method="PUT", body=bytes(9_000_000)) == b"ok"
    )
    assert server.connections == 1


@pytest.mark.parametrize(
    ("length", "chunked", "connections"),
    [
        *((length, False, 1) for length in (10, 50_000, 99_999, 100_000)),
        *((length, True, 1) for length in (10, 50_000, 99_999, 100_000)),
        # the one byte more that is read is the last one, and without chunks nothing follows it
        (100_001, False, 1),
        (100_001, True, 2),
        (100_002, False, 2),
        (3_000_000, False, 2),
        (3_000_000, True, 2),
    ],
)
def test_what_follows_a_long_answer_is_not_the_rest_of_it(
    servers: MakeServer, patient: Connections, length: int, *, chunked: bool, connections: int
) -> None:
    """A connection that was not read to its end is never used again."""

    def answer(one: socket.socket) -> None:
        body = b"x" * (length if len(server.asked) == 1 else 2)
        if chunked:
            framed = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
            one.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n" + framed)
        else:
            one.sendall(OK + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    server = answering(servers, answer)
    assert len(ask(patient, f"http://{server.origin}/")) == min(length, 100_001)
    assert ask(patient, f"http://{server.origin}/") == b"xx"
    assert server.connections == connections


@pytest.mark.parametrize(
    "sent",
    [
        OK + b"Content-Length: 9\r\n\r\nshort",
        OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nshort",
        OK + b"Transfer-Encoding: chunked\r\n\r\nno size\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"<html>no HTTP at all",
        OK + b"X: y\r\n" * 101 + b"\r\n",
        OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
        b"",
    ],
)
def test_an_answer_that_is_none_is_an_error(
    servers: MakeServer, connections: Connections, sent: bytes
) -> None:
    """Nothing that was cut off, or is another protocol, passes for an answer."""

    def serve(one: socket.socket, _number: int) -> None:
        server.take(one)
        one.sendall(sent)
        one.shutdown(socket.SHUT_WR)

    server = servers(serve)
    with pytest.raises(NETWORK_ERRORS):
        ask(connections, f"http://{server.origin}/")


def test_an_answer_that_came_late_is_nobodys(servers: MakeServer, connections: Connections) -> None:
    """What was given up may be answered yet, and must not be taken for what is asked next."""

    def answer(one: socket.socket) -> None:
        number = len(server.asked)
        if number == 1:
            time.sleep(3 * LIMIT)
        one.sendall(OK + b"Content-Length: 1\r\n\r\n" + str(number).encode())

    server = answering(servers, answer)
    with pytest.raises(NETWORK_ERRORS):
        ask(connections, f"http://{server.origin}/")
    connections.limit_time(10)
    assert ask(connections, f"http://{server.origin}/") == b"2"


@pytest.mark.parametrize(
    "interim", [b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 102 P\r\n\r\n"]
)
def test_what_follows_an_interim_answer_is_nobodys(
    servers: MakeServer, patient: Connections, interim: bytes
) -> None:
    """The answer proper comes a moment later over the same connection."""

    def answer(one: socket.socket) -> None:
        number = len(server.asked)
        if number == 1:
            one.sendall(interim)
            time.sleep(PAUSE)
        with suppress(OSError):
            one.sendall(OK + b"Content-Length: 1\r\n\r\n" + str(number).encode())

    server = answering(servers, answer)
    with pytest.raises(NETWORK_ERRORS):
        ask(patient, f"http://{server.origin}/")
    time.sleep(2 * PAUSE)
    assert ask(patient, f"http://{server.origin}/") == b"2"


def test_a_body_after_head_is_not_the_next_answer(
    servers: MakeServer, patient: Connections
) -> None:
    """A server that sends one against the rules must not shift all answers by one."""

    def answer(one: socket.socket) -> None:
        number = len(server.asked)
        one.sendall(OK + b"Content-Length: 1\r\n\r\n" + str(number).encode())

    server = answering(servers, answer)
    assert ask(patient, f"http://{server.origin}/", method="HEAD") == b""
    time.sleep(PAUSE)
    assert ask(patient, f"http://{server.origin}/") == b"2"
