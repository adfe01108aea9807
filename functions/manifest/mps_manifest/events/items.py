"""What an event turns out to hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from mps_manifest.settings import Api

OnPending = Literal["return", "park"]


class JobRequest(NamedTuple):
    """One job to look at.

    `api` is None where the event does not say which API knows the job; `origin` tells where the
    ID came from, for people. `task_jobs` are all jobs a task token waits for, where they are
    several; `event_time` is when the event happened, in seconds since the epoch.
    """

    job_id: str
    api: Api | None
    on_pending: OnPending
    origin: str
    task_token: str | None = None
    task_jobs: tuple[tuple[Api | None, str], ...] = ()
    event_time: float | None = None


class Ticket(NamedTuple):
    """An object was created that may carry job IDs; `payload` is the event's record of it."""

    bucket: str
    key: str
    job_id: str | None
    origin: str
    payload: str
    event_time: float | None = None


class Unusable(NamedTuple):
    """The smallest piece of an event that could not be used, and all that is wrong with it."""

    payload: str | bytes
    reason: str
    origin: str


@dataclass(frozen=True)
class Tick:
    """A timer tick: the backlog that is due wants to be worked off."""


Item = JobRequest | Ticket | Unusable | Tick
