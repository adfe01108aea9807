"""Ask for a job within the budget and the deadline, again where it pays."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from mps_manifest.budget import Budget
from mps_manifest.deadline import Deadline
from mps_manifest.errors import OutOfTime, ServiceError, Throttled, Unreachable
from mps_manifest.ports import JobsApi, Telemetry
from mps_manifest.settings import Api
from mps_manifest.values import dataclass

_TRIES = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


@dataclass(frozen=True)
class Asked:
    """An answer, and how many calls it took."""

    answer: Mapping[str, Any]
    calls: int


@dataclass(frozen=True)
class PatientApi:
    """The job API with the budget and the retries of one invocation around it."""

    api: JobsApi
    budget: Budget
    deadline: Deadline
    telemetry: Telemetry

    def ask(self, api: Api, job_id: str) -> Asked:
        """Ask for one job, up to three times, as long as there is time.

        Raises ServiceError; its `calls` tells how many there were.
        """
        pause = _FIRST_PAUSE
        for calls in range(1, _TRIES + 1):
            if not self.budget.take(self.deadline.work_until):
                raise OutOfTime(calls - 1)
            try:
                return Asked(self._call(api, job_id), calls)
            except ServiceError as fault:
                fault.calls = calls
                wait = random.uniform(0, pause)
                again = isinstance(fault, Throttled | Unreachable) and calls < _TRIES
                if not again or wait > self.deadline.left():
                    raise
            self.telemetry.count("retries")
            self.deadline.clock.sleep(wait)
            pause = min(_LONGEST_PAUSE, pause * 4)
        raise AssertionError  # the last try returns or raises

    def _call(self, api: Api, job_id: str) -> Mapping[str, Any]:
        throttled = False
        self.telemetry.count("queryCalls")
        try:
            return self.api.query(api, job_id)
        except Throttled:
            throttled = True
            self.telemetry.count("throttled")
            raise
        finally:
            self.budget.give_back(throttled=throttled)
