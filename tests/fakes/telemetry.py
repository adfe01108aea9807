"""Logs and metrics in memory."""

from __future__ import annotations

import threading
from collections import Counter

from mps_manifest.metrics import Count, Peak


class FakeTelemetry:
    """Collects what was logged and counted."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, object]]] = []
        self.counts: Counter[str] = Counter()
        self.peaks: dict[str, float] = {}
        self.unexpected_errors: list[Exception] = []
        self._lock = threading.Lock()

    def log(self, level: str, message: str, /, **fields: object) -> None:
        self.lines.append((level, message, fields))

    def count(self, name: Count, value: float = 1) -> None:
        with self._lock:
            self.counts[name] += int(value)

    def peak(self, name: Peak, value: float) -> None:
        with self._lock:
            self.peaks[name] = max(self.peaks.get(name, value), value)

    def unexpected(self, error: Exception) -> None:
        self.unexpected_errors.append(error)

    def text(self) -> str:
        """Return all lines as one text, to search for what must not be there."""
        return repr(self.lines)
