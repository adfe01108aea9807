"""What holds for all tests: loopback only, one Hypothesis profile, a seed to give back."""

from __future__ import annotations

import gc
import ipaddress
import os
import signal
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

# An example takes as long as the machine is busy: how long one may take is no property of the code.
# What a change is judged by is the same each time; looking for what nobody has met yet is a task of
# its own (`make fuzz`), with other examples each time.
SEARCHING = "FUZZ_EXAMPLES" in os.environ or "MODEL_EXAMPLES" in os.environ
settings.register_profile("tests", deadline=None, print_blob=True, derandomize=not SEARCHING)
settings.load_profile("tests")

# A shell's background job is deaf to Ctrl-C, and so would be every program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class NotLoopbackError(Exception):
    """A test wanted to talk to another machine."""


def _check(address: Any) -> None:
    """Raise NotLoopbackError for an address that is neither loopback nor a local socket's."""
    if not isinstance(address, tuple):  # a path, of a socket on this machine
        return
    host = str(address[0])
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host in {"", "localhost"}
    if not local:
        raise NotLoopbackError(f"tests talk to loopback only, not to {host!r}")


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Refuse every connection of a test's process that would leave the machine."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        real = getattr(socket.socket, name)

        def checked(one: socket.socket, address: Any, real: Any = real) -> Any:
            _check(address)
            return real(one, address)

        patch.setattr(socket.socket, name, checked)
    yield
    patch.undo()


@pytest.hookimpl(hookwrapper=True)
def pytest_collection() -> Iterator[None]:
    """Have the collector of garbage never look at the tests themselves: a tenth of all the time.

    The function does so with what its start has made.
    """
    gc.disable()
    yield
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how to have the same order again, where something failed, and what was not run."""
    if config.option.markexpr == "not soak":
        terminalreporter.write_line("make soak runs what takes too long for every change")
    seed = config.getoption("randomly_seed", None)
    if terminalreporter.stats.get("failed") and seed is not None:
        terminalreporter.write_line(f"the same order again: make test SEED={seed}")
