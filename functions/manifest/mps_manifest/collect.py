"""The use case of one job: query it, look at its files, write its manifest."""

from __future__ import annotations

import threading
from concurrent.futures import Executor
from contextlib import suppress

from mps_manifest.answers import Job, State, read_answer
from mps_manifest.asking import PatientApi
from mps_manifest.contents.model import Hints
from mps_manifest.deadline import Deadline
from mps_manifest.errors import OutOfTime, ServiceError
from mps_manifest.examine import Examiner
from mps_manifest.hints import hints_of
from mps_manifest.locate import locate
from mps_manifest.manifest import Manifest, build
from mps_manifest.outcome import JobStatus, Outcome
from mps_manifest.ports import ObjectStore, Telemetry
from mps_manifest.publish import PROTECTED, Published, Publisher
from mps_manifest.resources import DIGEST_UNFINISHED, OUT_OF_TIME, Resource, listed, named
from mps_manifest.settings import Api, Settings
from mps_manifest.twins import write_twins
from mps_manifest.values import dataclass, field, replace

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
    examiner: Examiner
    helpers: Executor
    deadline: Deadline
    telemetry: Telemetry
    _first: threading.Lock = field(default_factory=threading.Lock)

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
        if not self._first.acquire(blocking=False):
            return self._collect(api, job_id)
        early = self.helpers.submit(self.store.versioned)  # to publish it must be known
        try:
            return self._collect(api, job_id)
        finally:
            with suppress(ServiceError):  # who needs to know asks again
                early.result()

    def _collect(self, api: Api, job_id: str) -> Outcome:
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
        had_time = self.deadline.mostly_left
        resources = named(self._inspect(job, self._resources(job)))
        if any(_is_left_for_later(resource, had_time=had_time) for resource in resources):
            return replace(Outcome.out_of_time(job.job_id), state=job.state_text, ended=True)
        try:
            resources += write_twins(self.store, self.settings, job.job_id, resources)
            manifest = build(job, resources, self.settings.region)
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

    def _inspect(self, job: Job, resources: list[Resource]) -> list[Resource]:
        """Look at every object once, all of one job at the same time."""
        hints = hints_of(job)
        unseen = [index for index, resource in enumerate(resources) if resource.unseen]
        told = [(resources[index], hints(resources[index])) for index in unseen]
        others = [self.helpers.submit(self._look, *each) for each in told[1:]]
        looked = [self._look(*each) for each in told[:1]] + [other.result() for other in others]
        for index, resource in zip(unseen, looked, strict=True):
            resources[index] = resource
        return resources

    def _look(self, resource: Resource, hints: Hints) -> Resource:
        """Look at a file and into it; once more where it was replaced in the meantime."""
        looked = self._look_once(resource, hints)
        if looked.error and looked.error.type == "changed":
            looked = self._look_once(resource, hints)
        return looked

    def _look_once(self, resource: Resource, hints: Hints) -> Resource:
        location = resource.location
        if location is None:
            return resource
        try:
            found = resource.found(self.store.head(location.bucket, location.key))
        except ServiceError as fault:
            return resource.failed(fault)
        return self.examiner.examine(found, hints)


def _is_left_for_later(file: Resource, *, had_time: bool) -> bool:
    """Tell whether a file is worth another invocation before there is any manifest.

    A digest is: it goes on where it stopped. A look inside is, unless the job had most of an
    invocation for it: then more time is not to be had, and what is known is told.
    """
    if file.error is None:
        return False
    unlooked = file.error.type == OUT_OF_TIME and not had_time
    return unlooked or file.error.type == DIGEST_UNFINISHED


def _reason(manifest: Manifest, published: Published) -> str:
    if published.protected:
        return PROTECTED
    return "" if published.status == "complete" else manifest.summary
