"""Parse media files for a parent process, which sends their bytes.

The only argument is the folder that contains pymediainfo. Frames in both directions are a letter,
the length of the payload in four bytes, and the payload:

    in   P size          parse a file of so many bytes
    in   D bytes         the requested part; empty at the end of the file
    out  R start length  request a part of the file
    out  J tracks        the answer: MediaInfo's tracks as ASCII JSON
    out  E reason        parsing failed
"""

from __future__ import annotations

import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable
from typing import Any

_CPU_SECONDS = 1.0
_ADDRESS_SPACE = 256 * 1024 * 1024  # five times the most it has used
_LONGEST_TEXT = 1000
_LONGEST_EXTRA = 64 * 1024
_SLOWER = 0.01
_OPENING = 64 * 1024
_SMALLEST = 4096
# the first half megabyte of a transport stream is enough; by default 64 MB are read
OPTIONS = {"mpegts_maximumoffset": "500000"}
_KINDS = {"General", "Video", "Audio", "Text", "Image"}


class Pipe:
    """Frames over two file descriptors."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    def receive(self) -> tuple[bytes, bytes]:
        """Wait for a frame and return its kind and payload; exit at the end of input."""
        kind, length = struct.unpack(">cI", self._take(5))
        return kind, self._take(length)

    def send(self, kind: bytes, payload: bytes) -> None:
        """Send a frame."""
        frame = memoryview(struct.pack(">cI", kind, len(payload)) + payload)
        while frame:
            frame = frame[os.write(self._outgoing, frame) :]

    def _take(self, length: int) -> bytes:
        taken = bytearray()
        while len(taken) < length:
            chunk = os.read(self._incoming, length - len(taken))
            if not chunk:
                sys.exit(0)
            taken += chunk
        return bytes(taken)


class RemoteFile:
    """A file whose bytes the parent has; implements what pymediainfo uses of a file object."""

    def __init__(self, pipe: Pipe, size: int, end: int | None = None) -> None:
        self._pipe = pipe
        self._size = size
        self._end = size if end is None else end
        self._at = 0

    def opening(self) -> RemoteFile:
        """Return the same file such that only its first 64 KiB can be read."""
        return RemoteFile(self._pipe, self._size, min(self._size, _OPENING))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set the position and return it."""
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at}.get(whence, self._size)
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def read(self, length: int) -> bytes:
        """Request the next bytes from the parent and return them, maybe fewer.

        MediaInfo loses facts of sound in an MP4 that comes in one piece, and does not recognize
        AC-3 in very small ones.
        """
        length = min(length, self._end - self._at, max(self._size // 2, _SMALLEST))
        data = b""
        while len(data) < min(length, _SMALLEST) and (part := self._part(length - len(data))):
            data += part
        return data

    def _part(self, length: int) -> bytes:
        self._pipe.send(b"R", struct.pack(">QI", self._at, length))
        _kind, data = self._pipe.receive()
        self._at += len(data)
        return data


def tracks(answer: str) -> list[dict[str, Any]]:
    """Return the tracks in MediaInfo's JSON, without long texts such as lyrics."""
    document = json.loads(answer, strict=False)
    found = (document.get("media") or {}).get("track") or []
    return [
        {key: value for key, value in track.items() if _short(value)}
        for track in found
        if track.get("@type") in _KINDS
    ]


def _short(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_TEXT
    return len(json.dumps(value)) <= _LONGEST_EXTRA


def limit() -> None:
    """Limit the memory and output of a parser that misbehaves; a crash writes no core file."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # the default is to end the process


def private_pipe() -> Pipe:
    """Return the pipe to the parent; standard output is redirected, as libraries may print."""
    outgoing = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    return Pipe(0, outgoing)


def answer(
    parse: Callable[[RemoteFile], list[dict[str, Any]]], file: RemoteFile
) -> tuple[bytes, bytes]:
    """Parse one file and return the frame to send; the kernel ends it after 1 s of CPU time."""
    signal.setitimer(signal.ITIMER_PROF, _CPU_SECONDS)
    try:
        return b"J", json.dumps(parse(file)).encode()
    except Exception as error:  # noqa: BLE001 - the parent must know, whatever it is
        return b"E", type(error).__name__.encode()


def parser() -> Callable[[RemoteFile], list[dict[str, Any]]]:
    """Import pymediainfo and return a function that parses a file into tracks."""
    from pymediainfo import MediaInfo  # noqa: PLC0415 - sys.path is set by now

    def parse(file: RemoteFile, speed: float) -> list[dict[str, Any]]:
        text = MediaInfo.parse(
            file, parse_speed=speed, full=False, output="JSON", mediainfo_options=OPTIONS
        )
        return tracks(str(text))

    def parse_twice(file: RemoteFile) -> list[dict[str, Any]]:
        found = parse(file, 0)
        if lacks_rate(found):
            add_rate(found, parse(file.opening(), _SLOWER))
        return found

    return parse_twice


def lacks_rate(found: list[dict[str, Any]]) -> bool:
    """Return whether this is a Matroska file whose frame rate the fastest parsing did not find."""
    formats = {track.get("Format") for track in found if track["@type"] == "General"}
    videos = [track for track in found if track["@type"] == "Video"]
    return bool(formats & {"Matroska", "WebM"}) and any("FrameRate" not in v for v in videos)


def add_rate(found: list[dict[str, Any]], more: list[dict[str, Any]]) -> None:
    """Add the frame rates that a second, slower parsing found."""
    videos = [[t for t in each if t["@type"] == "Video"] for each in (found, more)]
    for track, again in zip(*videos, strict=False):
        if "FrameRate" in again:
            track.setdefault("FrameRate", again["FrameRate"])


def main() -> None:
    """Parse files until the parent closes the pipe."""
    limit()
    pipe = private_pipe()
    sys.path.insert(0, sys.argv[1])
    parse = parser()
    while True:
        _kind, size = pipe.receive()
        pipe.send(*answer(parse, RemoteFile(pipe, *struct.unpack(">Q", size))))


if __name__ == "__main__":
    main()
