"""Tell a CloudFlow step that waits for its jobs, at least once.

A token of one job stands in the job's backlog entry. A token of several jobs is reported when the
last of them ends, by whoever finds all others ended: the list of them is kept as
`<STATE_PREFIX>tasks/<sha256 of the token>.json`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress

import orjson

from mps_manifest.errors import AlreadyExists, NotFound, ServiceError
from mps_manifest.events.scope import as_text
from mps_manifest.outcome import JobStatus, ManifestRef, Outcome, summary
from mps_manifest.ports import ObjectStore, TaskCallbacks, Telemetry
from mps_manifest.publish import manifest_key
from mps_manifest.quarantine import quarantine_key
from mps_manifest.settings import Api, Settings
from mps_manifest.values import dataclass

TaskJobs = tuple[tuple[Api, str], ...]

_MAX_LIST_BYTES = 16 * 1024 * 1024
_FAILURES: dict[str, str] = {
    "failed": "JobFailed",
    "expired": "JobExpired",
    "rejected": "JobRejected",
}


@dataclass(frozen=True)
class Callbacks:
    """Reports ended jobs to CloudFlow."""

    store: ObjectStore
    settings: Settings
    port: TaskCallbacks
    telemetry: Telemetry

    def expect(self, token: str, jobs: TaskJobs) -> None:
        """Remember which jobs a token waits for. May raise ServiceError."""
        with suppress(AlreadyExists):
            self.store.write(self._key(token), orjson.dumps(jobs), overwrite=False)

    def ended(self, token: str, outcome: Outcome) -> None:
        """Report a token when the last of its jobs has ended.

        May raise a retryable ServiceError: then it has to be said again later. A token that is
        used or unknown is done with.
        """
        jobs = self._jobs(token)
        outcomes = []
        for each in [outcome] if jobs is None else self._outcomes(jobs, outcome):
            if each.status == "pending":
                return
            outcomes.append(each)
        try:
            self._report(token, outcomes)
        except ServiceError as fault:
            if fault.retryable:
                raise
            self.telemetry.log(
                "warning", "callback refused", job_id=outcome.job_id, reason=fault.reason
            )
        if jobs is not None:
            self.store.delete(self._key(token))

    def _report(self, token: str, outcomes: list[Outcome]) -> None:
        answer = summary(outcomes)
        errors = [_FAILURES[each.status] for each in outcomes if each.status in _FAILURES]
        if len(errors) < len(outcomes):
            self.port.succeed(token, as_text(answer))
        else:
            self.port.fail(token, errors[0], as_text(answer))
        self.telemetry.count("callbacks")

    def _jobs(self, token: str) -> TaskJobs | None:
        try:
            stored = self.store.read(self.settings.bucket, self._key(token), _MAX_LIST_BYTES)
        except NotFound:
            return None
        return tuple((api, job_id) for api, job_id in orjson.loads(stored.body))

    def _outcomes(self, jobs: TaskJobs, known: Outcome) -> Iterator[Outcome]:
        """Look at the jobs from the known one on, where one that has not ended is found soonest."""
        start = next((i for i, (_, job_id) in enumerate(jobs) if job_id == known.job_id), 0)
        for api, job_id in jobs[start:] + jobs[:start]:
            yield known if job_id == known.job_id else self._outcome(api, job_id)

    def _outcome(self, api: Api, job_id: str) -> Outcome:
        """Find out what became of another job of the task: by its manifest, or the quarantine."""
        key = manifest_key(self.settings, job_id)
        try:
            facts = self.store.head(self.settings.bucket, key)
        except NotFound:
            return Outcome(job_id, "rejected" if self._rejected(api, job_id) else "pending")
        status: JobStatus = facts.metadata.get("status", "complete")  # type: ignore[assignment]
        return Outcome(job_id, status, manifest=ManifestRef(self.settings.bucket, key, facts.etag))

    def _rejected(self, api: Api, job_id: str) -> bool:
        body = as_text({"api": api, "jobId": job_id}).encode()
        try:
            self.store.head(self.settings.bucket, quarantine_key(self.settings.state_prefix, body))
        except NotFound:
            return False
        return True

    def _key(self, token: str) -> str:
        digest = hashlib.sha256(token.encode()).hexdigest()
        return f"{self.settings.state_prefix}tasks/{digest}.json"
