"""What the log has about a job, or about what is happening."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from deploy.errors import DeployError
from deploy.log_reader import Line, fields_of
from operate.access.target import Target
from operate.console.words import moment

WEEK = 7 * 24 * 60
"""Minutes."""
_SHOWN = ("status", "reason", "algorithm", "origin", "attempts", "files", "due", "key")


class LogLine(NamedTuple):
    """A line of the log: its time in seconds since the epoch, and the fields that were written.

    Lines of the platform have a `text` only.
    """

    at: float
    function: str
    fields: Mapping[str, Any]
    text: str

    @property
    def summary(self) -> str:
        """The message, and what else tells something."""
        if not self.fields:
            return self.text
        message = str(self.fields.get("message", ""))
        told = [f"{name}={self.fields[name]}" for name in _SHOWN if name in self.fields]
        written = [name for name in ("written", "kept") if self.fields.get(name) is True]
        return " ".join([message, *written, *told])

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        said = {"fields": dict(self.fields)} if self.fields else {"text": self.text}
        return {"at": moment(self.at), "function": self.function, **said}


class JobLog(NamedTuple):
    """Lines, the oldest first, or the problem because of which there are none."""

    lines: tuple[LogLine, ...]
    problem: str = ""


def read_job_log(target: Target, job_id: str, minutes: int = WEEK) -> JobLog:
    """Return the last lines that name a job, a hundred at most; an error is its problem."""
    try:
        return JobLog(lines_of_job(target, job_id, minutes))
    except DeployError as error:
        return JobLog((), error.what)


def lines_of_job(target: Target, job_id: str, minutes: int) -> tuple[LogLine, ...]:
    """Return the last lines that name a job, a hundred at most. Raises DeployError."""
    return read_lines(target, f"message: {job_id}", minutes)


def read_lines(target: Target, query: str, minutes: int) -> tuple[LogLine, ...]:
    """Return the last lines that a query finds, a hundred at most. Raises DeployError."""
    return tuple(map(_line, reversed(target.log(query, minutes))))


def _line(line: Line) -> LogLine:
    time = line.get("__time__", "")
    at = float(time) if time.isdecimal() and len(time) <= 10 else 0.0
    name = line.get("functionName", "")
    return LogLine(at, name, fields_of(line), line.get("message", ""))
