"""A function's log: all that its process writes, line by line."""

from __future__ import annotations

import os
from collections.abc import Callable

LogListener = Callable[[str], None]


class LogPipe:
    """The pipe that is a worker's standard output and error.

    `writer` is for the child, and closed by who starts it. Nothing reads in the background:
    a process that is not frozen between calls can write what a pipe holds (64 KiB) and then waits.
    """

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        self._pending = bytearray()
        self._lines: list[str] = []
        self.listener: LogListener | None = None

    def drain(self) -> None:
        """Take in what is there now."""
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
        """Return the log since the last time, a line that has no end yet included."""
        self.drain()
        if self._pending:
            self._add(bytes(self._pending))
            self._pending.clear()
        text = "".join(f"{line}\n" for line in self._lines)
        self._lines.clear()
        return text

    def _add(self, line: bytes) -> None:
        """Keep one line and tell the listener."""
        text = line.decode("utf-8", "replace")
        self._lines.append(text)
        if self.listener is not None:
            self.listener(text)
