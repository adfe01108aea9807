"""The use case of one job: query it, inspect its files, build its manifest."""

from __future__ import annotations

from concurrent.futures import Executor

from mps_manifest.errors import OutOfTime, ServiceError
from mps_manifest.files.context import file_contexts
from mps_manifest.files.inspection import FileInspector
from mps_manifest.files.resources import (
    OUT_OF_TIME,
    Resource,
    listed_resources,
    with_unique_names,
)
from mps_manifest.files.template_search import find_output_files
from mps_manifest.formats.findings import FileContext
from mps_manifest.jobs.answer import read_answer
from mps_manifest.jobs.job import Job, State
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.retrying_api import RetryingApi
from mps_manifest.manifests.document import build_manifest
from mps_manifest.manifests.sidecars import Sidecars
from mps_manifest.ports import ObjectStore, Telemetry
from mps_manifest.settings import Api, Settings
from mps_manifest.workflow.outcome import JobStatus, Outcome

NO_STATE = (
    "the service does not know this production job: its answer has no state, as for the ID of "
    "another kind of job, another region or another API"
)


class JobCollector:
    """The collector of jobs; `file_executor` inspects the files of one job in parallel."""

    def __init__(
        self,
        *,
        api: RetryingApi,
        store: ObjectStore,
        sidecars: Sidecars,
        settings: Settings,
        inspector: FileInspector,
        file_executor: Executor,
        deadline: Deadline,
        telemetry: Telemetry,
    ) -> None:
        self._api = api
        self._store = store
        self._sidecars = sidecars
        self._settings = settings
        self._inspector = inspector
        self._file_executor = file_executor
        self._deadline = deadline
        self._telemetry = telemetry

    def collect_in_time(self, api: Api, job_id: str) -> Outcome:
        """Collect a job if there is time to start; an unexpected error makes it pending."""
        if not self._deadline.may_ask():
            return Outcome.out_of_time(job_id)
        try:
            return self.collect(api, job_id)
        except Exception as error:  # noqa: BLE001 - it must not affect other jobs
            self._telemetry.unexpected(error)
            return Outcome(job_id, "pending", f"an unexpected {type(error).__name__}; see the log")

    def collect(self, api: Api, job_id: str) -> Outcome:
        """Query a job and build its manifest if it has ended; the caller publishes it.

        The outcome is `pending` where a later try may succeed, `rejected` where none will.
        """
        try:
            result = self._api.query(api, job_id)
            job = read_answer(api, job_id, result.answer)
        except OutOfTime as error:
            return Outcome.out_of_time(job_id, error.calls)
        except ServiceError as error:
            status: JobStatus = "pending" if error.retryable else "rejected"
            return Outcome(job_id, status, error.reason, query_calls=error.calls)
        return self._by_state(job)._replace(query_calls=result.calls)

    def _by_state(self, job: Job) -> Outcome:
        if job.state is State.UNKNOWN:
            return Outcome(job.job_id, "rejected", NO_STATE)
        if job.state is State.RUNNING:
            reason = f"the job is {job.state_text}"
            return Outcome(job.job_id, "pending", reason, state=job.state_text)
        return self._finished(job)

    def _finished(self, job: Job) -> Outcome:
        had_time = self._deadline.mostly_left
        resources = with_unique_names(self._inspected(job, self._resources(job)))
        if not had_time and any(_lacked_time(resource) for resource in resources):
            return Outcome.out_of_time(job.job_id)._replace(
                state=job.state_text, ended=True, needs_time=True
            )
        try:
            resources += self._sidecars.write(job.job_id, resources)
        except ServiceError as error:
            reason = f"the manifest could not be written: {error.reason}"
            return Outcome(job.job_id, "pending", reason, state=job.state_text, ended=True)
        manifest = build_manifest(job, resources, self._settings.region)
        return Outcome(job.job_id, manifest.status, state=job.state_text, document=manifest)

    def _resources(self, job: Job) -> list[Resource]:
        allowed = self._settings.allowed_buckets
        resources = listed_resources(job, allowed)
        if not resources and job.resolve_template and job.state is State.SUCCEEDED:
            return find_output_files(job, self._store, allowed)
        return resources

    def _inspected(self, job: Job, resources: list[Resource]) -> list[Resource]:
        """Return the resources after inspecting each object once, all in parallel."""
        context_of = file_contexts(job)
        unseen = [index for index, resource in enumerate(resources) if resource.unseen]
        tasks = [(resources[index], context_of(resources[index])) for index in unseen]
        others = [self._file_executor.submit(self._look, *task) for task in tasks[1:]]
        seen = [self._look(*task) for task in tasks[:1]] + [other.result() for other in others]
        for index, resource in zip(unseen, seen, strict=True):
            resources[index] = resource
        return resources

    def _look(self, resource: Resource, context: FileContext) -> Resource:
        """Inspect a file; once more if it changed in the meantime."""
        seen = self._look_once(resource, context)
        if seen.error and seen.error.type == "changed":
            seen = self._look_once(resource, context)
        return seen

    def _look_once(self, resource: Resource, context: FileContext) -> Resource:
        location = resource.location
        if location is None:
            return resource
        try:
            found = resource.found(self._store.head(location.bucket, location.key))
        except ServiceError as error:
            return resource.failed(error)
        return self._inspector.inspect(found, context)


def _lacked_time(file: Resource) -> bool:
    """Return whether an invocation with more time could find out more about a file.

    Not asked of an invocation that had most of its time for the job, since no later one has more.
    """
    return (file.error is not None and file.error.type == OUT_OF_TIME) or file.digest_skipped
