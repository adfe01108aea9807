"""Sockets whose calls are bounded as a whole, not only between two bytes.

A timeout of urllib3 starts anew with each byte that comes, so an answer that drips never ends. Here
each step of a call (looking up the name, connecting, the TLS handshake, sending, reading) waits no
longer than what is left of its call.
"""

from __future__ import annotations

import socket
import ssl
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from mps_manifest.adapters.lookups import addresses

if TYPE_CHECKING:
    from typing_extensions import Buffer


_CLOSE = 0.001
"""Seconds in which two timeouts are the same: a socket keeps whole nanoseconds."""


class _Calls(threading.local):
    """The call that a thread makes just now: when it must have ended, and its longest pause."""

    until = float("inf")
    pause: float | None = None


_CALLS = _Calls()


def bound_call(seconds: float, pause: float | None = None) -> None:
    """Limit the time of all that this thread sends and reads from now on.

    No step of it waits longer than `pause` seconds.
    """
    _CALLS.until, _CALLS.pause = time.monotonic() + seconds, pause


def call_left() -> float:
    """Return the seconds that are left of the call of this thread; negative when it is over."""
    return _CALLS.until - time.monotonic()


def _step() -> float:
    """Return how long the next step of the call may wait. Raises TimeoutError."""
    left = call_left()
    if left <= 0:
        raise TimeoutError("the call took too long as a whole")
    return left if _CALLS.pause is None else min(left, _CALLS.pause)


def _is_another(timeout: float | None, present: float | None) -> bool:
    """Return whether a timeout has to be set: that is a system call, for which a thread yields.

    urllib3 sets the same one twice for each request.
    """
    if timeout is None or present is None:
        return timeout is not present
    return abs(timeout - present) > _CLOSE


def _wait_no_longer(one: socket.socket) -> None:
    if _CALLS.until != float("inf"):
        one.settimeout(_step())


class _Steady(socket.socket):
    """A socket that sets a timeout only where it is another one."""

    def settimeout(self, value: float | None) -> None:
        """Let each step wait so many seconds."""
        if _is_another(value, self.gettimeout()):
            super().settimeout(value)


class _Bounded(_Steady):
    def recv_into(self, *arguments: Any, **options: Any) -> int:
        _wait_no_longer(self)
        return super().recv_into(*arguments, **options)

    def recv(self, *arguments: Any, **options: Any) -> bytes:
        _wait_no_longer(self)
        return super().recv(*arguments, **options)

    def sendall(self, *arguments: Any, **options: Any) -> None:
        _wait_no_longer(self)  # all of it: the timeout of sendall is that of the whole
        super().sendall(*arguments, **options)


class BoundedTls(_Steady, ssl.SSLSocket):
    """The same over TLS: set as the `sslsocket_class` of a context."""

    def do_handshake(self, *arguments: Any, **options: Any) -> None:
        """Shake hands within what is left of the call."""
        _wait_no_longer(self)
        super().do_handshake(*arguments, **options)

    def read(self, *arguments: Any, **options: Any) -> Any:
        """Read within what is left of the call; every other way to read comes here."""
        _wait_no_longer(self)
        return super().read(*arguments, **options)

    def send(self, data: Buffer, flags: int = 0) -> int:
        """Send within what is left of the call; sendall comes here for each piece."""
        _wait_no_longer(self)
        return super().send(data, flags)


class BoundedConnection(HTTPConnection):
    """A connection over bounded sockets."""

    def _new_conn(self) -> socket.socket:
        """Connect to the first address that accepts. Raises what urllib3's own method does."""
        sys.audit("http.client.connect", self, self.host, self.port)
        try:
            return self._connected()
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"connecting to {self.host} took too long") from error
        except (OSError, UnicodeError) as error:
            said = f"Failed to establish a new connection: {error}"
            raise NewConnectionError(self, said) from error

    def _connected(self) -> socket.socket:
        refusal: OSError = OSError("the name has no address")
        # the addresses share a step's time, or many silent ones would add up
        until = time.monotonic() + _step()
        for family, kind, protocol, _, address in addresses(self._dns_host, self.port, _step()):
            one = _Bounded(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    one.setsockopt(*option)
                one.settimeout(max(0.001, min(_step(), until - time.monotonic())))
                one.connect(address)
            except OSError as error:
                one.close()
                refusal = error
            else:
                return one
        raise refusal


class BoundedTlsConnection(BoundedConnection, HTTPSConnection):
    """A connection with TLS over bounded sockets."""
