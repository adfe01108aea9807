"""Announce the outcome of a job to others, to each at least once.

Where an announcer fails, its name is kept in the job's backlog entry for a later sweep.
To add one, add a class here and an instance in `all_announcers`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Protocol, cast

from mps_manifest.errors import NotFound, ServiceError
from mps_manifest.manifests.publisher import Publisher
from mps_manifest.parsing.canonical_json import canonical_text
from mps_manifest.ports import Clients, TaskCallbacks, Telemetry
from mps_manifest.state.backlog import BacklogEntry
from mps_manifest.state.quarantine import Quarantine
from mps_manifest.state.records import Broken
from mps_manifest.state.tasks import JobEnd, Task, TaskJob, Tasks
from mps_manifest.workflow.outcome import JobStatus, Outcome, summarize_outcomes

_ERRORS: dict[str, str] = {
    "failed": "JobFailed",
    "expired": "JobExpired",
    "rejected": "JobRejected",
}
_BROKEN_TASK = "TaskBroken"
MAX_OUTPUT_BYTES = 64 * 1024
MAX_CAUSE = 4096
"""Characters that CloudFlow takes of a cause; bytes are counted here, which are never fewer."""
_ETAG = re.compile(r"[0-9A-Za-z-]{1,64}")


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
    *,
    telemetry: Telemetry,
    topic: Announcer | None = None,
) -> list[Announcer]:
    """Return everybody who tells others, in the order in which they do.

    The topic comes first: the sooner after its write a manifest is announced, the less likely is a
    later one of the same job announced before it.
    """
    cloudflow = CloudFlowAnnouncer(tasks, quarantine, publisher, clients.callbacks, telemetry)
    return [topic, cloudflow] if topic else [cloudflow]


class CloudFlowAnnouncer:
    """The announcer for the CloudFlow step that waits with a task token.

    A token of several jobs is reported once all of them have ended in this task, by the invocation
    that ends the last one.
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
        self._claimed: set[str] = set()
        self._claiming = threading.Lock()

    def announce(self, entry: BacklogEntry, outcome: Outcome) -> None:
        """Report once all jobs of the token have ended; reports for unknown tokens are dropped."""
        token = entry.task_token
        if not token:
            return
        task, job = self._tasks.task(token), (entry.api, entry.job_id)
        if task is None:
            if not self._report(token, [outcome]):  # perhaps there was no time to forget it
                self._tasks.forget(token)
        elif isinstance(task, Broken):
            cause = f"the list of the jobs of this task is broken: {task.key}"
            self._send(outcome, token, _BROKEN_TASK, cause[:MAX_CAUSE])
            self._tasks.forget(token)
        elif self._ended_last(task, job, outcome) and self._claims(token):
            try:
                self._report(token, self._outcomes(task, job, outcome))
            except ServiceError:
                self._claimed.discard(token)
                raise
            self._tasks.forget(token)

    def _claims(self, token: str) -> bool:
        """Return whether no other thread is reporting a task that several found at its end."""
        with self._claiming:
            is_free = token not in self._claimed
            self._claimed.add(token)
        return is_free

    # --- the report ----------------------------------------------------------------------------

    def _report(self, token: str, outcomes: Sequence[Outcome]) -> bool:
        """Report failure if no job has anything to show for it, else success."""
        errors = [_ERRORS[each.status] for each in outcomes if each.status in _ERRORS]
        error = errors[0] if len(errors) == len(outcomes) else None
        text = _fitting(outcomes, MAX_CAUSE if error else MAX_OUTPUT_BYTES)
        return self._send(outcomes[0], token, error, text)

    def _send(self, outcome: Outcome, token: str, error: str | None, text: str) -> bool:
        """Report failure if there is an error, else success; False where nobody waits any more.

        All other errors are raised, so that it is said again.
        """
        try:
            if error is None:
                self._callbacks.succeed(token, text)
            else:
                self._callbacks.fail(token, error, text)
        except NotFound as refusal:
            self._telemetry.log(
                "warning", "callback refused", job_id=outcome.job_id, reason=refusal.reason
            )
            return False
        self._telemetry.count("callbacks")
        return True

    # --- a task of several jobs ----------------------------------------------------------------

    def _ended_last(self, task: Task, job: TaskJob, outcome: Outcome) -> bool:
        """Write that a job of a task has ended; return whether it was the last one."""
        etag = outcome.manifest.etag if outcome.manifest else ""
        end = JobEnd(outcome.status, etag if _ETAG.fullmatch(etag) else "")
        self._tasks.end(task, job, end)
        if self._tasks.is_reported(task):
            return False
        if task.id:
            return self._tasks.is_over(task)
        while not self._tasks.is_over(task) and (job := task.waits_for or job) not in task.ended:
            standing = self._standing(job)
            if standing is None:
                return False
            task.ended[job] = standing
        return True

    def _standing(self, job: TaskJob) -> JobEnd | None:
        """Return the end of a job of a task that an earlier release began, which kept no marks."""
        api, job_id = job
        published = self._publisher.standing_status(job_id)
        if published:
            return JobEnd(published.status, published.ref.etag)
        return JobEnd("rejected", "") if self._quarantine.has_job(api, job_id) else None

    def _outcomes(self, task: Task, known: TaskJob, outcome: Outcome) -> list[Outcome]:
        """Return the outcomes of all jobs of a task, in the order of its list."""
        return [
            outcome if job == known else self._outcome(job[1], task.ended[job])
            for job in dict.fromkeys(task.jobs)
        ]

    def _outcome(self, job_id: str, end: JobEnd) -> Outcome:
        status = cast("JobStatus", end.status)
        if status == "rejected":
            return Outcome(job_id, status)
        return Outcome(job_id, status, manifest=self._publisher.ref(job_id, end.etag))


def _fitting(outcomes: Sequence[Outcome], limit: int) -> str:
    """Return the outcomes as JSON of at most `limit` bytes, with fewer jobs where it must be."""
    summary = summarize_outcomes(outcomes)
    text = canonical_text(summary)
    if len(text.encode()) <= limit:
        return text
    kept: list[object] = []
    room = limit - len(canonical_text({**summary, "jobs": [], "truncated": True}))
    for job in summary["jobs"]:
        room -= len(canonical_text(job).encode()) + 1
        if room < 0:
            break
        kept.append(job)
    return canonical_text({**summary, "jobs": kept, "truncated": True})
