"""A function's log: the output of its process, line by line."""

from __future__ import annotations

import os
from collections.abc import Callable

LogListener = Callable[[str], None]


class LogPipe:
    """The pipe for a worker's standard output and error.

    `writer` is for the child; whoever starts the child closes it. Nothing reads in the background:
    a process that is not frozen between calls blocks when the pipe is full (64 KiB).
    """

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        self._pending = bytearray()
        self._lines: list[str] = []
        self.listener: LogListener | None = None

    def drain(self) -> None:
        """Read what has been written so far."""
        try:
            while piece := os.read(self.reader, 1 << 16):
                self._pending += piece
        except BlockingIOError:
            pass
        *lines, rest = bytes(self._pending).split(b"\n")
        self._pending = bytearray(rest)
        for line in lines:
            self._add(line)

    def take(self) -> str:
        """Return the log since the last call, including an unfinished line."""
        self.drain()
        if self._pending:
            self._add(bytes(self._pending))
            self._pending.clear()
        text = "".join(f"{line}\n" for line in self._lines)
        self._lines.clear()
        return text

    def _add(self, line: bytes) -> None:
        """Store a line and pass it to the listener."""
        text = line.decode("utf-8", "replace")
        self._lines.append(text)
        if self.listener is not None:
            self.listener(text)
