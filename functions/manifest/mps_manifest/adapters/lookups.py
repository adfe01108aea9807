"""Look up the addresses of hosts, such that a silent resolver holds nobody for long.

The C library can neither be interrupted nor told how long to wait. So a name is looked up in a
thread of its own, and in one only, however many wait for it and however long it hangs.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any


class _Lookup:
    """One lookup: `done` is set when there are addresses or a refusal."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.addresses: list[Any] = []
        self.refusal: Exception | None = None


_LOCK = threading.Lock()
_RUNNING: dict[tuple[str, int], _Lookup] = {}


def addresses(host: str, port: int, seconds: float) -> list[Any]:
    """Return the addresses of a host as getaddrinfo does.

    Raises TimeoutError where they are not known within so many seconds, else what it raises.
    """
    with suppress(socket.gaierror):  # an address, which nobody needs to be asked for
        return socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
        )
    lookup = _lookup(host, port)
    if not lookup.done.wait(seconds):
        raise TimeoutError("looking up the name took too long")
    if lookup.refusal:
        raise type(lookup.refusal)(*lookup.refusal.args)
    return lookup.addresses


def _lookup(host: str, port: int) -> _Lookup:
    """Return the lookup that runs for a host, or start it."""
    with _LOCK:
        lookup = _RUNNING.get((host, port))
        if lookup is None:
            lookup = _Lookup()
            threading.Thread(
                target=_look_up, args=(host, port, lookup), name="lookup", daemon=True
            ).start()
            _RUNNING[host, port] = lookup
        return lookup


def _look_up(host: str, port: int, lookup: _Lookup) -> None:
    try:
        lookup.addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except Exception as error:  # noqa: BLE001 - raised by those who wait
        lookup.refusal = error
    finally:
        with _LOCK:
            del _RUNNING[host, port]
        lookup.done.set()
