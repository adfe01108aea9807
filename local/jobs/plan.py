"""Jobs, and how their answers change from query to query."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

QUEUING = "Queuing"
ANALYSING = "Analysing"

# Keys that only the answer of a finished job has.
_RESULTS = frozenset({"Result", "OutputFiles", "OutputUrls", "OutputMediaIds", "FinishTime"})


@dataclass(frozen=True)
class JobPlan:
    """How long a job stays in each state, in answered queries and in seconds; both must pass.

    With `error_code` every query gets that error, with `raw` that body. `status` is the HTTP
    status: by default 400 for an error and 200 for a raw body.
    """

    queuing_queries: int = 0
    analysing_queries: int = 0
    queuing_seconds: float = 0.0
    analysing_seconds: float = 0.0
    error_code: str = ""
    error_message: str = ""
    raw: str | None = None
    status: int = 0

    def state(self, queries: int, age: float) -> str | None:
        """Return the state after that many queries and seconds; None for a finished job."""
        if queries < self.queuing_queries or age < self.queuing_seconds:
            return QUEUING
        until = self.queuing_seconds + self.analysing_seconds
        if queries < self.queuing_queries + self.analysing_queries or age < until:
            return ANALYSING
        return None


@dataclass(frozen=True)
class Job:
    """A job: its final answer, with the API's own keys, and its plan until then."""

    api: str
    job_id: str
    answer: Mapping[str, Any]
    plan: JobPlan
    created: float
    queries: int = 0

    def answer_at(self, now: float, request_id: str) -> dict[str, Any]:
        """Return the service's answer about the job at a time (Unix seconds)."""
        state = self.plan.state(self.queries, now - self.created)
        if state is None:
            return {**self.answer, "RequestId": request_id}
        early = {name: value for name, value in self.answer.items() if name not in _RESULTS}
        return {**early, state_field(self.api): state, "RequestId": request_id}


def state_field(api: str) -> str:
    """Return the key of the state in an API's answers."""
    return "Status" if api == "ims" else "State"


def api_of(answer: Mapping[str, Any]) -> str:
    """Return the API that an answer's keys belong to."""
    return "ims" if "Status" in answer else "mps"
