"""The use case of one job: query it, look at its files, write its manifest."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace

from mps_manifest.answers import Job, State, read_answer
from mps_manifest.asking import PatientApi
from mps_manifest.deadline import Deadline
from mps_manifest.errors import OutOfTime, ServiceError
from mps_manifest.locate import locate
from mps_manifest.manifest import Manifest, build
from mps_manifest.outcome import JobStatus, Outcome
from mps_manifest.ports import ObjectStore, Telemetry
from mps_manifest.publish import PROTECTED, Published, Publisher
from mps_manifest.resources import Resource, listed
from mps_manifest.settings import Api, Settings

NO_STATE = (
    "the service knows no such production job: it answered without any state, as it does for "
    "the ID of another kind of job, of another region or of another API"
)


@dataclass(frozen=True)
class Collector:
    """Collects jobs; `helpers` looks at the files of one job in parallel."""

    api: PatientApi
    store: ObjectStore
    publisher: Publisher
    settings: Settings
    helpers: Executor
    deadline: Deadline
    telemetry: Telemetry

    def collect_in_time(self, api: Api, job_id: str) -> Outcome:
        """Collect a job unless it is too late to start; a fault of ours is told as pending."""
        if self.deadline.over:
            return Outcome.out_of_time(job_id)
        try:
            return self.collect(api, job_id)
        except Exception as fault:  # noqa: BLE001 - it must not take other jobs along
            self.telemetry.fault(fault)
            return Outcome(job_id, "pending", f"an unexpected {type(fault).__name__}; see the log")

    def collect(self, api: Api, job_id: str) -> Outcome:
        """Bring one job as far as it can be brought now.

        Answers `pending` where a later try may do better, `rejected` where none will.
        """
        try:
            asked = self.api.ask(api, job_id)
            job = read_answer(api, job_id, asked.answer)
        except OutOfTime as fault:
            return Outcome.out_of_time(job_id, fault.calls)
        except ServiceError as fault:
            status: JobStatus = "pending" if fault.retryable else "rejected"
            return Outcome(job_id, status, fault.reason, asked=fault.calls)
        return replace(self._judge(job), asked=asked.calls)

    def _judge(self, job: Job) -> Outcome:
        if job.state is State.UNKNOWN:
            return Outcome(job.job_id, "rejected", NO_STATE)
        if job.state is State.RUNNING:
            reason = f"the job is {job.state_text}"
            return Outcome(job.job_id, "pending", reason, state=job.state_text)
        return self._finish(job)

    def _finish(self, job: Job) -> Outcome:
        resources = self._inspect(self._resources(job))
        manifest = build(job, resources, self.settings.region)
        try:
            published = self.publisher.publish(manifest)
        except ServiceError as fault:
            reason = f"the manifest could not be written: {fault.reason}"
            return Outcome(job.job_id, "pending", reason, state=job.state_text, ended=True)
        return Outcome(
            job.job_id,
            published.status,
            _reason(manifest, published),
            published.ref,
            look_again=manifest.look_again and published.status == "partial",
            state=job.state_text,
        )

    def _resources(self, job: Job) -> list[Resource]:
        allowed = self.settings.allowed_buckets
        resources = listed(job, allowed)
        if not resources and job.resolve_template and job.state is State.SUCCEEDED:
            return locate(job, self.store, allowed)
        return resources

    def _inspect(self, resources: list[Resource]) -> list[Resource]:
        """Look at every object once, all of one job at the same time."""
        unseen = [index for index, resource in enumerate(resources) if resource.unseen]
        looked = self.helpers.map(self._look, [resources[index] for index in unseen[1:]])
        first = [self._look(resources[index]) for index in unseen[:1]]
        for index, resource in zip(unseen, [*first, *looked], strict=True):
            resources[index] = resource
        return resources

    def _look(self, resource: Resource) -> Resource:
        location = resource.location
        if location is None:
            return resource
        try:
            return resource.found(self.store.head(location.bucket, location.key))
        except ServiceError as fault:
            return resource.failed(fault)


def _reason(manifest: Manifest, published: Published) -> str:
    if published.protected:
        return PROTECTED
    return "" if published.status == "complete" else manifest.summary
