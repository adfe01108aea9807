"""A worker process: start, communication, freezing, end."""

from __future__ import annotations

import json
import os
import select
import signal
import struct
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.fc.log import LogPipe
from local.fc.memory import peak_bytes, start_measuring

LENGTHS = struct.Struct("!II")
WORKER = Path(__file__).with_name("worker.py")
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Reply:
    """An answer of the worker."""

    status: str
    body: bytes


class ProcessExitedError(Exception):
    """The process ended without an answer."""


class ProcessTimeoutError(Exception):
    """The process did not answer in time; it still runs."""


class WorkerProcess:
    """A process in a group of its own; it ends with close() or with the host's process."""

    def __init__(self, python: Path, folder: Path, environment: Mapping[str, str]) -> None:
        request_end, self._requests = os.pipe()
        self._replies, reply_end = os.pipe()
        lifeline_end, self._lifeline = os.pipe()
        self.log = LogPipe()
        ends = (request_end, reply_end, lifeline_end)
        # -B: no .pyc files are written into the code folder, as on the service.
        command = [str(python), "-u", "-B", "-s", str(WORKER), *map(str, ends)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self.log.writer,
                stderr=self.log.writer,
                env=dict(environment),
                cwd=folder,
                pass_fds=ends,
                start_new_session=True,
            )
        except OSError:
            self._close_pipes()
            raise
        finally:
            for descriptor in (*ends, self.log.writer):
                os.close(descriptor)
        self._memory = 0
        self._poll = select.poll()
        for descriptor in (self._replies, self.log.reader):
            self._poll.register(descriptor, select.POLLIN)

    @property
    def pid(self) -> int:
        """The process ID of the worker, and of its process group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs, frozen or not."""
        return self._process.poll() is None

    @property
    def max_memory_bytes(self) -> int:
        """The peak memory of the process since the last request, as far as it was measured."""
        self._memory = max(self._memory, peak_bytes(self.pid))
        return self._memory

    def send(self, header: Mapping[str, Any], body: bytes = b"") -> None:
        """Write a frame, raising ProcessExitedError if the process has ended."""
        text = json.dumps(header).encode()
        start_measuring(self.pid)
        self._memory = peak_bytes(self.pid)
        rest = memoryview(LENGTHS.pack(len(text), len(body)) + text + body)
        try:
            while rest:
                rest = rest[os.write(self._requests, rest) :]
        except BrokenPipeError as error:
            raise ProcessExitedError from error

    def receive(self, timeout: float) -> Reply:
        """Wait for a frame, and read the log meanwhile.

        Raises ProcessExitedError and ProcessTimeoutError.
        """
        deadline = time.monotonic() + timeout
        header_length, body_length = LENGTHS.unpack(self._read(LENGTHS.size, deadline))
        header = json.loads(self._read(header_length, deadline))
        body = self._read(body_length, deadline)
        self.log.drain()
        return Reply(header["status"], body)

    def _read(self, length: int, deadline: float) -> bytes:
        """Read exactly `length` bytes of the replies."""
        data = bytearray()
        while len(data) < length:
            self._await_reply(deadline)
            piece = os.read(self._replies, min(length - len(data), 1 << 20))
            if not piece:
                raise ProcessExitedError
            data += piece
        return bytes(data)

    def _await_reply(self, deadline: float) -> None:
        """Wait until replies can be read; a descendant may keep the pipe of a dead worker open."""
        while (left := deadline - time.monotonic()) > 0:
            ready = dict(self._poll.poll(min(left, POLL_SECONDS) * 1000))
            self.log.drain()
            if self._replies in ready:
                return
            if not self.alive:
                raise ProcessExitedError
            self._memory = self.max_memory_bytes
        raise ProcessTimeoutError

    def freeze(self) -> None:
        """Stop every process of the group until thaw()."""
        self._signal(signal.SIGSTOP)
        self.log.drain()

    def thaw(self) -> None:
        """Continue every process of the group."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill the group at once; close() releases its resources."""
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """Kill the group, wait for the worker and close the pipes."""
        self.kill()
        self._process.wait()
        self.log.drain()
        self._close_pipes()

    def _close_pipes(self) -> None:
        for descriptor in (self._requests, self._replies, self._lifeline, self.log.reader):
            os.close(descriptor)

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to the group, which may have ended already."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)
