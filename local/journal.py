"""The journal of requests and answers; no signature, token or secret is kept."""

import itertools
import time
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """What a request asks for; for a listing `key` is the prefix."""

    service: str
    action: str
    bucket: str = ""
    key: str = ""
    job_id: str = ""


@dataclass(frozen=True)
class RequestRecord:
    """One request; `status` 0 means no answer.

    `arrival` and `answered` are on the machine's monotonic clock, which all processes share.
    """

    number: int
    arrival: float
    service: str
    action: str
    bucket: str
    key: str
    job_id: str
    status: int
    code: str
    bytes_in: int
    bytes_out: int
    identity: str
    answered: float = 0.0


class Entry:
    """A request in progress; its record can be read at any time."""

    __slots__ = (
        "answered",
        "arrival",
        "bytes_in",
        "bytes_out",
        "call",
        "code",
        "identity",
        "number",
        "status",
    )

    def __init__(self, number: int, call: Call) -> None:
        self.number = number
        self.call = call
        self.arrival = time.monotonic()
        self.status = 0
        self.code = ""
        self.bytes_in = 0
        self.bytes_out = 0
        self.identity = ""
        self.answered = 0.0

    def answer(self, status: int, code: str) -> None:
        """Record what is answered, now."""
        self.status, self.code = status, code
        self.answered = time.monotonic()

    def record(self) -> RequestRecord:
        """Return what is known so far."""
        return RequestRecord(
            number=self.number,
            arrival=self.arrival,
            service=self.call.service,
            action=self.call.action,
            bucket=self.call.bucket,
            key=self.call.key,
            job_id=self.call.job_id,
            status=self.status,
            code=self.code,
            bytes_in=self.bytes_in,
            bytes_out=self.bytes_out,
            identity=self.identity,
            answered=self.answered,
        )


class Journal:
    """The latest requests in order of arrival; numbering continues after a reset."""

    def __init__(self, size: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)
        self._numbers = itertools.count(1)

    def open(self, call: Call) -> Entry:
        """Record a request that has arrived."""
        entry = Entry(next(self._numbers), call)
        self._entries.append(entry)
        return entry

    def records(self) -> list[RequestRecord]:
        """Return the recorded requests, oldest first."""
        return [entry.record() for entry in self._entries]

    def reset(self) -> None:
        """Delete all records."""
        self._entries.clear()
