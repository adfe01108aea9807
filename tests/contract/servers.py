"""Servers on real sockets that behave as a test says, byte by byte."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable

Serve = Callable[[socket.socket, int], None]


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
