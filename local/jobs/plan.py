"""How a job's answer changes from query to query."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

QUEUING = "Queuing"
ANALYSING = "Analysing"

# What only a finished job has, by the API's own keys.
_RESULTS = frozenset({"Result", "OutputFiles", "OutputUrls", "OutputMediaIds", "FinishTime"})


@dataclass(frozen=True)
class JobPlan:
    """How long a job stays in which state, counted in queries answered and in seconds.

    Both must have passed. With `error_code` or `raw` every query gets that instead;
    `raw` is a body as it stands. `status` is 400 for an error, 200 for a raw body unless given.
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
        """Return the state before the end, or None; given earlier queries and age in seconds."""
        if queries < self.queuing_queries or age < self.queuing_seconds:
            return QUEUING
        until = self.queuing_seconds + self.analysing_seconds
        if queries < self.queuing_queries + self.analysing_queries or age < until:
            return ANALYSING
        return None


@dataclass(frozen=True)
class Job:
    """A job: the answer of its end, with the API's own keys, and the way there."""

    api: str
    job_id: str
    answer: Mapping[str, Any]
    plan: JobPlan
    created: float
    queries: int = 0

    def answer_at(self, now: float, request_id: str) -> dict[str, Any]:
        """Return what the service says about the job now (Unix seconds)."""
        state = self.plan.state(self.queries, now - self.created)
        if state is None:
            return {**self.answer, "RequestId": request_id}
        early = {name: value for name, value in self.answer.items() if name not in _RESULTS}
        return {**early, state_field(self.api): state, "RequestId": request_id}


def state_field(api: str) -> str:
    """Name the key that holds the state."""
    return "Status" if api == "ims" else "State"


def api_of(answer: Mapping[str, Any]) -> str:
    """Tell the API from an answer's keys."""
    return "ims" if "Status" in answer else "mps"
