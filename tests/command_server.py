"""Commands of ours as processes of their own, without importing everything anew for each.

A server that has imported what a command needs is forked for each run: a second of CPU becomes
nothing. What a terminal, an installed script or the first import does to a command is tested with
processes that begin as a user's do.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_LONGEST_REQUEST = 128 * 1024
_SECONDS = 120
"""After so many a command is ended."""


class CommandServer:
    """A process that runs one command after the other, each in a fork of itself."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this file
                [sys.executable, "-m", "tests.command_server", str(theirs.fileno()), *modules],
                cwd=_ROOT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def run(
        self, module: str, arguments: Sequence[str], environment: Mapping[str, str]
    ) -> tuple[int, str]:
        """Run `python -m module`, without input; return its exit status and what it printed."""
        request = json.dumps([module, list(arguments), dict(environment)]).encode()
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as output:
            socket.send_fds(self._channel, [request], [writing])
            os.close(writing)
            printed = output.read()
        return int(self._channel.recv(100)), printed.decode()

    def close(self) -> None:
        """End the server."""
        self._channel.close()
        self._process.wait()


def _serve(channel: socket.socket) -> tuple[bytes, int] | None:
    """Fork for each request. Return None at the end, and in a child what it is to do."""
    while True:
        message, handed, _, _ = socket.recv_fds(channel, _LONGEST_REQUEST, 1)
        if not message:
            return None
        child = os.fork()
        if not child:
            channel.close()
            return message, handed[0]
        os.close(handed[0])
        _, status = os.waitpid(child, 0)
        channel.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(request: bytes, output: int) -> None:
    """Run a module in this process, as its own program, and let it end the process."""
    signal.alarm(_SECONDS)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    module, arguments, environment = json.loads(request)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _main(descriptor: int, modules: Sequence[str]) -> None:
    for module in modules:
        importlib.import_module(module)
    request = _serve(socket.socket(fileno=descriptor))
    if request:
        _become(*request)


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2:])
