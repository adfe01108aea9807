"""Announce the outcome of a job to others, to each at least once.

Where an announcer fails, its name is kept in the job's backlog entry for a later sweep.
To add one, add a class here and an instance in `all_announcers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from mps_manifest.errors import ServiceError
from mps_manifest.manifests.publisher import Publisher
from mps_manifest.parsing.canonical_json import canonical_text
from mps_manifest.ports import Clients, TaskCallbacks, Telemetry
from mps_manifest.settings import Api
from mps_manifest.state.backlog import BacklogEntry
from mps_manifest.state.quarantine import Quarantine
from mps_manifest.state.records import Broken
from mps_manifest.state.tasks import TaskJobs, Tasks
from mps_manifest.workflow.outcome import Outcome, summarize_outcomes

_ERRORS: dict[str, str] = {
    "failed": "JobFailed",
    "expired": "JobExpired",
    "rejected": "JobRejected",
}
_BROKEN_TASK = "TaskBroken"


class Announcer(Protocol):
    """One way to announce outcomes."""

    @property
    def name(self) -> str:
        """The name in backlog entries: letters only, and never to be changed."""

    def announce(self, entry: BacklogEntry, outcome: Outcome) -> None:
        """Announce the outcome of a job; do nothing where nobody waits for it.

        Raises ServiceError where it must be announced again later.
        """


def all_announcers(
    clients: Clients,
    tasks: Tasks,
    quarantine: Quarantine,
    publisher: Publisher,
    telemetry: Telemetry,
) -> list[Announcer]:
    """Return everybody who tells others, in the order in which they do."""
    return [CloudFlowAnnouncer(tasks, quarantine, publisher, clients.callbacks, telemetry)]


class CloudFlowAnnouncer:
    """The announcer for the CloudFlow step that waits with a task token.

    A token of several jobs is reported once all of them have ended, by the invocation that finds
    the others ended.
    """

    name = "cloudflow"

    def __init__(
        self,
        tasks: Tasks,
        quarantine: Quarantine,
        publisher: Publisher,
        callbacks: TaskCallbacks,
        telemetry: Telemetry,
    ) -> None:
        self._tasks = tasks
        self._quarantine = quarantine
        self._publisher = publisher
        self._callbacks = callbacks
        self._telemetry = telemetry

    def announce(self, entry: BacklogEntry, outcome: Outcome) -> None:
        """Report once all jobs of the token have ended; reports for unknown tokens are dropped."""
        token = entry.task_token
        if not token:
            return
        jobs = self._tasks.jobs(token)
        if isinstance(jobs, Broken):
            cause = f"the list of the jobs of this task is broken: {jobs.key}"
            self._send(outcome, token, _BROKEN_TASK, cause)
        else:
            outcomes = list(self._ended(jobs, outcome))
            if not outcomes:
                return
            errors = [_ERRORS[each.status] for each in outcomes if each.status in _ERRORS]
            error = errors[0] if len(errors) == len(outcomes) else None
            self._send(outcome, token, error, canonical_text(summarize_outcomes(outcomes)))
        if jobs is not None:
            self._tasks.forget(token)

    def _send(self, outcome: Outcome, token: str, error: str | None, text: str) -> None:
        """Report failure if there is an error, else success."""
        try:
            if error is None:
                self._callbacks.succeed(token, text)
            else:
                self._callbacks.fail(token, error, text)
        except ServiceError as refusal:
            if refusal.retryable:
                raise
            self._telemetry.log(
                "warning", "callback refused", job_id=outcome.job_id, reason=refusal.reason
            )
        else:
            self._telemetry.count("callbacks")

    def _ended(self, jobs: TaskJobs | None, known: Outcome) -> Iterator[Outcome]:
        """Yield the outcomes of all jobs of a task; none if one of them has not ended."""
        outcomes = []
        for outcome in [known] if jobs is None else self._outcomes(jobs, known):
            if outcome.status == "pending":
                return
            outcomes.append(outcome)
        yield from outcomes

    def _outcomes(self, jobs: TaskJobs, known: Outcome) -> Iterator[Outcome]:
        """Yield outcomes from the known job on, where a job that has not ended is most likely."""
        start = next((i for i, (_, job_id) in enumerate(jobs) if job_id == known.job_id), 0)
        for api, job_id in jobs[start:] + jobs[:start]:
            yield known if job_id == known.job_id else self._outcome(api, job_id)

    def _outcome(self, api: Api, job_id: str) -> Outcome:
        """Return the outcome of another job of the task, by its manifest or the quarantine."""
        published = self._publisher.standing_status(job_id)
        if published:
            return Outcome(job_id, published.status, manifest=published.ref)
        rejected = self._quarantine.has_job(api, job_id)
        return Outcome(job_id, "rejected" if rejected else "pending")
