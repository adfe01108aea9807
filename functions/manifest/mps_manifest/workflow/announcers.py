"""Tell others what became of a job, each at least once.

An announcer that could not do so now stands in the job's backlog entry by its name, and does it in
a later sweep. Adding one means adding a class here and its place in bootstrap.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from mps_manifest.errors import ServiceError
from mps_manifest.manifests.publisher import Publisher
from mps_manifest.parsing.canonical_json import canonical_text
from mps_manifest.ports import TaskCallbacks, Telemetry
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
    """One way to tell somebody."""

    @property
    def name(self) -> str:
        """What a backlog entry calls it: letters, the same for ever."""

    def announce(self, entry: BacklogEntry, outcome: Outcome) -> None:
        """Announce what became of a job; return at once where there is nobody to tell.

        Raises a ServiceError where it must be announced again later.
        """


class CloudFlowAnnouncer:
    """Reports to the CloudFlow step that waits with a task token.

    A token of one job stands in the job's backlog entry. A token of several jobs is reported when
    the last of them ends, by whoever finds all others ended.
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
        """Report a token once all of its jobs have ended; a used or unknown one is dropped."""
        token = entry.task_token
        if not token:
            return
        jobs = self._tasks.jobs(token)
        if isinstance(jobs, Broken):
            cause = f"the record of the jobs of this task is broken: {jobs.key}"
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
        """Report success where there is no error."""
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
        """Return the outcomes of all jobs of a task; nothing where one of them has not ended."""
        outcomes = []
        for outcome in [known] if jobs is None else self._outcomes(jobs, known):
            if outcome.status == "pending":
                return
            outcomes.append(outcome)
        yield from outcomes

    def _outcomes(self, jobs: TaskJobs, known: Outcome) -> Iterator[Outcome]:
        """Look at the jobs from the known one on, where one that has not ended is found soonest."""
        start = next((i for i, (_, job_id) in enumerate(jobs) if job_id == known.job_id), 0)
        for api, job_id in jobs[start:] + jobs[:start]:
            yield known if job_id == known.job_id else self._outcome(api, job_id)

    def _outcome(self, api: Api, job_id: str) -> Outcome:
        """Find out what became of another job of the task: by its manifest, or the quarantine."""
        published = self._publisher.standing_status(job_id)
        if published:
            return Outcome(job_id, published.status, manifest=published.ref)
        rejected = self._quarantine.has_job(api, job_id)
        return Outcome(job_id, "rejected" if rejected else "pending")
