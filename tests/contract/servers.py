"""Servers on real sockets that behave as a test says, byte by byte."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mps_manifest.adapters.connections import Connections, read_body

PAUSE = 0.05
"""Seconds between two bytes that drip."""

Serve = Callable[[socket.socket, int], None]
MakeServer = Callable[..., "Server"]


class Server:
    """A server whose every connection is served by a function; it keeps what was asked."""

    def __init__(self, serve: Serve, trust: ssl.SSLContext | None = None) -> None:
        self._serve, self._trust = serve, trust
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.connections = 0
        self.asked: list[bytes] = []
        self.heads: list[bytes] = []
        self.origin = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                one, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(one)
            threading.Thread(target=self._run, args=(one, self.connections), daemon=True).start()

    def _run(self, one: socket.socket, number: int) -> None:
        try:
            if self._trust:
                one = self._trust.wrap_socket(one, server_side=True)
                self._open.append(one)
            self._serve(one, number)
        except OSError:
            pass

    def take(self, one: socket.socket) -> None:
        """Read one request."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            more = one.recv(1)
            if not more:
                raise ConnectionError
            head += more
        self.asked.append(head.split(b"\r\n")[0])
        self.heads.append(head)
        length = int(re.findall(rb"content-length: (\d+)", head.lower() + b"content-length: 0")[0])
        while length:
            length -= len(one.recv(min(length, 65536)))

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for one in [*self._open, self._listener]:
            one.close()


def secure(certificate: Path) -> ssl.SSLContext:
    """Make what a server over TLS needs, of its certificate and key."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(certificate)
    return trust


def ask(connections: Connections, url: str, **options: Any) -> bytes:
    """Send a request and return the body of its answer, the beginning of a long one."""
    method = options.pop("method", "GET")
    return read_body(connections.send(method, url, {}, **options), 100_000)


def taking(server: list[Server], answer: Callable[[socket.socket], None]) -> Serve:
    """Serve every request of a connection with an answer."""

    def serve(one: socket.socket, _number: int) -> None:
        while True:
            server[0].take(one)
            answer(one)

    return serve


def answering(make: MakeServer, answer: Callable[[socket.socket], None], **options: Any) -> Server:
    """Make a server that gives an answer to every request."""
    known: list[Server] = []
    known.append(make(taking(known, answer), **options))
    return known[0]
