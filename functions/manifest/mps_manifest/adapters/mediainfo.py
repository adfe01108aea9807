"""Tracks of media files, by MediaInfo in processes of its own (mediainfo_worker.py)."""

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
_MOST_PARTS = 500  # a sound file takes 15; a damaged one can have the same few read for ever
_CHUNK = 64 * 1024
_DYING_SECONDS = 1.0
_LONGEST_PATIENCE = 3600.0


class _Gone(Exception):
    """The child is no longer there."""


class _Source:
    """A file's bytes; it seems to end after an error or too many reads, so that parsing ends."""

    def __init__(self, size: int, read: Read) -> None:
        self.size = size
        self._read = read
        self._parts = 0
        self.error: Exception | None = None

    def part(self, wanted: bytes) -> bytes:
        """Read which part is wanted, and that; a parser gone mad may want anything."""
        start, length = _PART.unpack(wanted) if len(wanted) == _PART.size else (0, 0)
        if not (0 < length <= _LONGEST_PART and start + length <= self.size):
            raise Unreadable("the media parser asked for what is not in the file")
        self._parts += 1
        if self.error or self._parts > _MOST_PARTS:
            return b""
        try:
            return self._read(start, length)[:length]
        except Exception as error:  # noqa: BLE001 - raised again when the parser is done
            self.error = error
            return b""


class _Child:
    """One parser process; used by one thread at a time."""

    def __init__(self, package: Path) -> None:
        # no variables: the function's keys are among them
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
        """How many files it has finished."""
        self.asked = False
        """Whether it has asked for bytes of the file it is at."""
        self.ready = True
        """Whether it can take another file."""

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def idle(self) -> bool:
        """Whether the process is there and has nothing to say, as it should between files."""
        waiting = poll()
        waiting.register(self._from, POLLIN)
        return self._process.poll() is None and not waiting.poll(0)

    def parse(self, source: _Source, until: float) -> list[Track]:
        """Have a file parsed; what reading it raised is raised in any case."""
        self.asked = self.ready = False
        try:
            tracks = self._answer(source, until)
            self.ready = True
        finally:
            if source.error:
                raise source.error
        return tracks

    def _answer(self, source: _Source, until: float) -> list[Track]:
        """Return the child the parts it asks for until it answers."""
        self._send(b"P", _SIZE.pack(source.size), until)
        while (frame := self._receive(until))[0] == b"R":
            self.asked = True
            self._send(b"D", source.part(frame[1]), until)
        self.files += 1
        if frame[0] == b"E":
            raise Unreadable(f"the media parser failed ({_word(frame[1])})")
        return _tracks(frame[1])

    def end(self) -> int:
        """End the process if it has not ended yet, and tell its exit status."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.kill()
        return self._process.wait()

    def cause(self) -> str:
        """Say why it is gone."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_DYING_SECONDS)
        status = self.end()
        if status == -signal.SIGPROF:
            return "the media parser came to no end"
        if status < 0:
            return f"the media parser crashed (signal {-status})"
        return f"the media parser ended (status {status})"

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
            raise Unreadable("the media parser answered nonsense")
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
    assert stream is not None  # noqa: S101 - it is one of the pipes that were asked for
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
        raise Unreadable("the media parser answered nonsense")
    return found


def _word(reason: bytes) -> str:
    return re.sub("[^A-Za-z]", "", reason.decode("ascii", "replace"))


def _end_all(idle: list[_Child]) -> None:
    while idle:
        idle.pop().end()


class MediaInfoParser:
    """The MediaParser port over pymediainfo; safe to use from several threads.

    At most `children` processes, started when they are needed and used for many files. `package`
    is the folder that holds pymediainfo, found if not given.
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
        """Return whether pymediainfo and an interpreter to run it are there."""
        return self._package is not None and bool(sys.executable)

    def tracks(self, size: int, read: Read, patience: float) -> list[Track]:
        """Name the tracks of a file; what `read` raises is raised on."""
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
                # a used one that asked for nothing was killed while it was idle; a new one was not
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
    """Find the folder of pymediainfo; importing it here would load the native library."""
    found = importlib.util.find_spec("pymediainfo")
    return Path(found.origin).parent.parent if found and found.origin else None
