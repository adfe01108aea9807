"""New outcomes, as the log has them."""

from __future__ import annotations

from collections import deque

from operate.access.target import Target
from operate.records.job_log import LogLine, read_lines

_QUERY = "message: job"
_MINUTES = 3
"""The log is read this far back, since lines arrive late."""
_REMEMBERED = 10_000
_PAGE = 100


class OutcomeFeed:
    """The lines of jobs that were not there at the look before, the oldest first.

    `is_cut` says that the last look saw as many lines as one can, so that there may be others.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._order: deque[str] = deque()
        self._seen: set[str] = set()
        self.is_cut = False

    def look(self) -> list[LogLine]:
        """Return what is new. Raises DeployError."""
        lines = read_lines(self._target, _QUERY, _MINUTES)
        new = [line for line in lines if self._is_new(line)]
        self.is_cut = len(lines) >= _PAGE and len(new) == len(lines)
        return [line for line in new if line.fields.get("message") == "job"]

    def _is_new(self, line: LogLine) -> bool:
        mark = f"{line.at} {line.text}"
        if mark in self._seen:
            return False
        self._seen.add(mark)
        self._order.append(mark)
        if len(self._order) > _REMEMBERED:
            self._seen.discard(self._order.popleft())
        return True
