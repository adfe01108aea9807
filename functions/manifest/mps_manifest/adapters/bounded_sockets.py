"""Sockets whose calls are bounded as a whole, not only between two bytes.

A timeout of urllib3 starts anew with each byte that comes, so an answer that drips never ends. Here
each read waits no longer than what is left of its call.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from typing_extensions import Buffer


class _Calls(threading.local):
    """When the call that a thread makes just now must have ended, in monotonic seconds."""

    until = float("inf")


_CALLS = _Calls()


def bound_call(seconds: float) -> None:
    """Let what this thread reads from now on come within so many seconds, all of it."""
    _CALLS.until = time.monotonic() + seconds


def _wait_no_longer(one: socket.socket) -> None:
    """Shorten a socket's timeout to what is left of the call. Raises TimeoutError."""
    left = _CALLS.until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the call took too long as a whole")
    timeout = one.gettimeout()
    if timeout is None or timeout > left:
        one.settimeout(left)


class _Bounded(socket.socket):
    def recv_into(self, *arguments: Any, **options: Any) -> int:
        _wait_no_longer(self)
        return super().recv_into(*arguments, **options)


class BoundedTls(ssl.SSLSocket):
    """The same over TLS: set as the `sslsocket_class` of a context."""

    def recv_into(self, buffer: Buffer, nbytes: int | None = None, flags: int = 0) -> int:
        """Read into a buffer within what is left of the call."""
        _wait_no_longer(self)
        return super().recv_into(buffer, nbytes, flags)


class BoundedConnection(HTTPConnection):
    """A connection over bounded sockets."""

    def _new_conn(self) -> socket.socket:
        opened = super()._new_conn()
        timeout = opened.gettimeout()
        bounded = _Bounded(fileno=opened.detach())
        bounded.settimeout(timeout)
        return bounded


class BoundedTlsConnection(BoundedConnection, HTTPSConnection):
    """A connection with TLS over bounded sockets."""
