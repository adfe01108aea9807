"""The items that an event is decoded into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from mps_manifest.causes import Cause
from mps_manifest.settings import Api

OnPending = Literal["return", "park"]


class JobRequest(NamedTuple):
    """One job to collect.

    `api` is None where the event does not name the API of the job; `origin` describes the source
    of the ID for people. `task_jobs` lists all jobs that the task token waits for if there are
    several; `event_time` is when the event happened, in seconds since the epoch. `bulk` is true for
    a job that others may overtake (events/bulk.py).
    """

    job_id: str
    api: Api | None
    on_pending: OnPending
    origin: str
    task_token: str | None = None
    task_jobs: tuple[tuple[Api | None, str], ...] = ()
    event_time: float | None = None
    bulk: bool = False


class Ticket(NamedTuple):
    """A created object that may carry job IDs; `payload` is its record in the event."""

    bucket: str
    key: str
    job_id: str | None
    origin: str
    payload: str
    event_time: float | None = None


class Unusable(NamedTuple):
    """The smallest piece of an event that is unusable; `reason` names everything wrong with it.

    `cause` is that of the first fault: unlike the reason it quotes nothing.
    """

    payload: str | bytes
    reason: str
    origin: str
    cause: Cause


@dataclass(frozen=True)
class Tick:
    """A timer tick: the due backlog entries are to be processed."""


@dataclass(frozen=True)
class Pause:
    """Nothing, so that somebody looks at the clock while an event is read that names no job."""


Item = JobRequest | Ticket | Unusable | Tick | Pause
