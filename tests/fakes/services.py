"""The job API and CloudFlow by script."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from mps_manifest.errors import (
    NotFound,
    ServiceError,
    TooLong,
)
from mps_manifest.job_limits import LONGEST_ANSWER
from mps_manifest.settings import Api
from tests.fakes.faults import fresh

Said = Mapping[str, Any] | ServiceError


class FakeApi:
    """QueryIProductionJob by script: a job's answers in turn, the last one for ever.

    An error is copied each time it is raised. Like the service it names the job it was asked
    about, unless `answers_about_the_job` is False.
    """

    def __init__(self, said: Mapping[str, Said | list[Said]] | None = None) -> None:
        self.calls: list[tuple[Api, str]] = []
        self.answers_about_the_job = True
        self.otherwise: Said = NotFound(
            "malformed", code="InvalidParameter.UUIDFormatInvalid", status=400
        )
        self._said = {
            job_id: list(what) if isinstance(what, list) else [what]
            for job_id, what in (said or {}).items()
        }
        self._lock = threading.Lock()

    def say(self, job_id: str, *what: Said) -> None:
        """Write the script of a job anew."""
        self._said[job_id] = list(what)

    def query(self, api: Api, job_id: str, limit: int = LONGEST_ANSWER) -> Mapping[str, Any]:
        with self._lock:
            self.calls.append((api, job_id))
            script = self._said.get(job_id) or [self.otherwise]
            said = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(said, ServiceError):
            raise fresh(said)
        size = len(json.dumps(said, ensure_ascii=False, default=str))
        if size > limit:
            raise TooLong(limit, size)
        return {**said, "JobId": job_id} if self.answers_about_the_job else said


class FakeTopic:
    """A topic: remembers what was published; `fault` may raise first, `lost` afterwards."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.fault: Callable[[str], None] = lambda _text: None
        self.lost: Callable[[str], None] = lambda _text: None

    def publish(self, text: str) -> None:
        self.fault(text)
        self.messages.append(text)
        self.lost(text)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Return the messages as what they say."""
        return [json.loads(text) for text in self.messages]


class FakeCallbacks:
    """CloudFlow's callbacks: remembers what was reported; `fault` may raise first."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, str, str]] = []
        self.fault: Callable[[str], None] = lambda _token: None

    def succeed(self, token: str, output: str) -> None:
        self.fault(token)
        self.reports.append((token, "succeeded", output))

    def fail(self, token: str, error: str, cause: str) -> None:
        self.fault(token)
        self.reports.append((token, error, cause))
