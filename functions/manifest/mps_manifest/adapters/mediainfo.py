"""Parse media files with MediaInfo, in child processes (mediainfo_worker.py)."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from select import POLLIN, POLLOUT, poll
from typing import IO, Any

from mps_manifest.errors import OutOfTime, Unreadable

Read = Callable[[int, int], bytes]
Track = Mapping[str, Any]

_WORKER = Path(__file__).with_name("mediainfo_worker.py")
_HEADER = struct.Struct(">cI")
_SIZE = struct.Struct(">Q")
_PART = struct.Struct(">QI")
_LONGEST = {b"R": _PART.size, b"J": 1024 * 1024, b"E": 200}
_LONGEST_PART = 4 * 1024 * 1024
_MOST_PARTS = 500  # an audio file takes 15; a damaged one can repeat the same for ever
_CHUNK = 64 * 1024
_DYING_SECONDS = 1.0
_LONGEST_PATIENCE = 3600.0


class _Gone(Exception):
    """The child process has ended."""


class _Source:
    """The bytes of a file, which seems to end after an error or too many reads to stop parsing."""

    def __init__(self, size: int, read: Read) -> None:
        self.size = size
        self._read = read
        self._parts = 0
        self.error: Exception | None = None

    def part(self, request: bytes) -> bytes:
        """Return the requested part; raise Unreadable for an invalid request."""
        start, length = _PART.unpack(request) if len(request) == _PART.size else (0, 0)
        if not (0 < length <= _LONGEST_PART and start + length <= self.size):
            raise Unreadable("the media parser requested bytes outside the file")
        self._parts += 1
        if self.error or self._parts > _MOST_PARTS:
            return b""
        try:
            return self._read(start, length)[:length]
        except Exception as error:  # noqa: BLE001 - raised again when parsing has ended
            self.error = error
            return b""


class _Child:
    """One parser process; used by one thread at a time."""

    def __init__(self, package: Path) -> None:
        # without the environment, since it has the function's credentials
        names = [name for name in ("LD_LIBRARY_PATH",) if name in os.environ]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            [sys.executable, "-I", "-S", "-B", str(_WORKER), str(package)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in names},
            cwd="/",
            start_new_session=True,
            bufsize=0,
        )
        self._to, self._from = (_pipe(self._process.stdin), _pipe(self._process.stdout))
        self.files = 0
        """The number of files it has finished."""
        self.asked = False
        """Whether it has requested bytes of its current file."""
        self.ready = True
        """Whether it can take another file."""

    @property
    def pid(self) -> int:
        """The ID of the process."""
        return self._process.pid

    @property
    def idle(self) -> bool:
        """Whether the process runs and has sent nothing, as expected between files."""
        waiting = poll()
        waiting.register(self._from, POLLIN)
        return self._process.poll() is None and not waiting.poll(0)

    def parse(self, source: _Source, until: float) -> list[Track]:
        """Return the tracks of a file; errors of reading it are raised in any case."""
        self.asked = self.ready = False
        try:
            tracks = self._answer(source, until)
            self.ready = True
        finally:
            if source.error:
                raise source.error
        return tracks

    def _answer(self, source: _Source, until: float) -> list[Track]:
        """Send the child the parts it requests until it answers."""
        self._send(b"P", _SIZE.pack(source.size), until)
        while (frame := self._receive(until))[0] == b"R":
            self.asked = True
            self._send(b"D", source.part(frame[1]), until)
        self.files += 1
        if frame[0] == b"E":
            raise Unreadable(f"the media parser failed ({_word(frame[1])})")
        return _tracks(frame[1])

    def end(self) -> int:
        """Kill the process if it has not ended, and return its exit status."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.kill()
        return self._process.wait()

    def cause(self) -> str:
        """Return why the process has ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_DYING_SECONDS)
        status = self.end()
        if status == -signal.SIGPROF:
            return "the media parser exceeded its CPU time"
        if status < 0:
            return f"the media parser crashed (signal {-status})"
        return f"the media parser exited (status {status})"

    def _send(self, kind: bytes, payload: bytes, until: float) -> None:
        frame = memoryview(_HEADER.pack(kind, len(payload)) + payload)
        while frame:
            _await(self._to, POLLOUT, until)
            try:
                frame = frame[os.write(self._to, frame) :]
            except BlockingIOError:
                continue
            except OSError:
                raise _Gone from None

    def _receive(self, until: float) -> tuple[bytes, bytes]:
        kind, length = _HEADER.unpack(self._take(_HEADER.size, until))
        if length > _LONGEST.get(kind, -1):
            raise Unreadable("the media parser sent an invalid answer")
        return kind, self._take(length, until)

    def _take(self, length: int, until: float) -> bytes:
        taken = bytearray()
        while len(taken) < length:
            _await(self._from, POLLIN, until)
            try:
                chunk = os.read(self._from, min(length - len(taken), _CHUNK))
            except BlockingIOError:
                continue
            if not chunk:
                raise _Gone
            taken += chunk
        return bytes(taken)


def _pipe(stream: IO[bytes] | None) -> int:
    assert stream is not None  # noqa: S101 - Popen was called with PIPE
    os.set_blocking(stream.fileno(), False)
    return stream.fileno()


def _await(descriptor: int, event: int, until: float) -> None:
    waiting = poll()
    waiting.register(descriptor, event)
    left = until - time.monotonic()
    if left <= 0 or not waiting.poll(left * 1000 + 1):
        raise OutOfTime


def _tracks(answer: bytes) -> list[Track]:
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(track, dict) for track in found):
        raise Unreadable("the media parser sent an invalid answer")
    return found


def _word(reason: bytes) -> str:
    return re.sub("[^A-Za-z]", "", reason.decode("ascii", "replace"))


def _end_all(idle: list[_Child]) -> None:
    while idle:
        idle.pop().end()


class MediaInfoParser:
    """The MediaParser port over pymediainfo; safe to use from several threads.

    It uses at most `children` processes, started when needed and used for many files. `package` is
    the folder that contains pymediainfo, by default the installed one.
    """

    def __init__(self, children: int = 4, package: Path | None = None) -> None:
        self._package = package or _installed()
        self._room = threading.BoundedSemaphore(children)
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._closed = False
        weakref.finalize(self, _end_all, self._idle)

    @property
    def available(self) -> bool:
        """Whether there are pymediainfo and an interpreter to run it."""
        return self._package is not None and bool(sys.executable)

    def tracks(self, size: int, read: Read, patience: float) -> list[Track]:
        """Return the tracks of a file; errors of `read` are raised again."""
        until = time.monotonic() + min(patience, _LONGEST_PATIENCE)
        if not self._room.acquire(timeout=max(0.0, until - time.monotonic())):
            raise OutOfTime
        try:
            return self._parsed(size, read, until)
        finally:
            self._room.release()

    def close(self) -> None:
        """End the processes; those in use end after their file."""
        with self._lock:
            self._closed = True
            idle, self._idle[:] = list(self._idle), []
        _end_all(idle)

    def _parsed(self, size: int, read: Read, until: float) -> list[Track]:
        while True:
            child = self._take()
            try:
                return child.parse(_Source(size, read), until)
            except _Gone:
                # a used child that requested nothing was killed while idle, so a new one is tried
                if child.asked or not child.files:
                    raise Unreadable(child.cause()) from None
            finally:
                self._put_back(child)

    def _take(self) -> _Child:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.idle:
                    return child
                child.end()
        if self._package is None:
            raise Unreadable("the media parser is not installed")
        try:
            return _Child(self._package)
        except OSError:
            raise Unreadable("the media parser cannot be started") from None

    def _put_back(self, child: _Child) -> None:
        with self._lock:
            if child.ready and not self._closed:
                self._idle.append(child)
                return
        child.end()


def _installed() -> Path | None:
    """Return the folder of pymediainfo without importing it, which loads the native library."""
    found = importlib.util.find_spec("pymediainfo")
    return Path(found.origin).parent.parent if found and found.origin else None
