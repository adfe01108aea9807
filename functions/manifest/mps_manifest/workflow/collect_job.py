"""The use case of one job: query it, inspect its files, build its manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Executor
from typing import Any, NamedTuple

from mps_manifest.errors import NotFound, OutOfTime, ServiceError
from mps_manifest.events.times import parse_time
from mps_manifest.files.access import Access
from mps_manifest.files.context import file_contexts
from mps_manifest.files.inspection import FileInspector
from mps_manifest.files.resources import (
    OUT_OF_TIME,
    Resource,
    listed_resources,
    one_per_object,
    with_unique_names,
)
from mps_manifest.files.template_search import find_output_files
from mps_manifest.files.uninspected import NoInspector
from mps_manifest.formats.findings import FileContext
from mps_manifest.job_limits import MAX_FILES
from mps_manifest.jobs.answer import read_answer
from mps_manifest.jobs.job import Job, State
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.held_bytes import FreeBytes, HeldBytes
from mps_manifest.limits.retrying_api import RetryingApi
from mps_manifest.manifests.document import build_faulty_manifest, build_manifest
from mps_manifest.manifests.sidecars import Sidecars
from mps_manifest.ports import ObjectStore, Telemetry
from mps_manifest.problems import too_many_files
from mps_manifest.settings import Api, Settings
from mps_manifest.workflow.outcome import Course, JobStatus, Outcome

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
        inspector: FileInspector | NoInspector,
        file_executor: Executor,
        held_bytes: HeldBytes,
        deadline: Deadline,
        telemetry: Telemetry,
    ) -> None:
        self._api = api
        self._store = store
        self._sidecars = sidecars
        self._settings = settings
        self._access = Access.of(settings)
        self._inspector = inspector
        self._file_executor = file_executor
        self._held_bytes = held_bytes
        self._deadline = deadline
        self._telemetry = telemetry

    def collect_in_time(self, api: Api, job_id: str) -> Outcome:
        """Collect a job unless it is too late to start; a defect of ours makes it pending."""
        if not self._deadline.may_ask():
            return Outcome.out_of_time(job_id)
        started = self._deadline.clock.monotonic()
        try:
            outcome = self.collect(api, job_id)
        except Exception as error:  # noqa: BLE001 - it must not affect other jobs
            self._telemetry.unexpected(error)
            reason = f"an unexpected {type(error).__name__}; see the log"
            outcome = Outcome(job_id, "pending", reason)
        return outcome._replace(started=started)

    def collect(self, api: Api, job_id: str) -> Outcome:
        """Query a job and build its manifest if it has ended; the caller publishes it.

        The outcome is `pending` where a later try may succeed, `rejected` where the service says
        that there is no such job.
        """
        try:
            result = self._api.query(api, job_id)
        except OutOfTime as error:
            return Outcome.out_of_time(job_id, error.calls)
        except ServiceError as error:
            status: JobStatus = "rejected" if isinstance(error, NotFound) else "pending"
            return Outcome(job_id, status, error.reason, query_calls=error.calls)
        outcome = self._judged(api, job_id, result.answer)
        return outcome._replace(query_calls=result.calls)

    def _judged(self, api: Api, job_id: str, answer: Mapping[str, Any]) -> Outcome:
        """Return what an answer means; a defect of ours becomes a problem in its manifest."""
        try:
            job = read_answer(api, job_id, answer)
            return self._by_state(job)._replace(algorithm=job.function_name)
        except OutOfTime as error:
            return Outcome.out_of_time(job_id)._replace(reason=error.reason)
        except ServiceError as error:
            return Outcome(job_id, "pending", error.reason)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's answer can bring about
            self._telemetry.unexpected(error)
            region, name = self._settings.region, type(error).__name__
            try:
                manifest = build_faulty_manifest(job_id, api, region, answer, name)
            except Exception as another:  # noqa: BLE001 - then without what the stranger said
                self._telemetry.unexpected(another)
                manifest = build_faulty_manifest(job_id, api, region, {}, name)
            return Outcome(job_id, manifest.status, document=manifest)

    def _by_state(self, job: Job) -> Outcome:
        if job.state is State.UNKNOWN:
            return Outcome(job.job_id, "rejected", NO_STATE)
        if job.state is State.RUNNING:
            reason = (
                f"the job is {job.state_text}" if job.state_text else "the job has no state yet"
            )
            return Outcome(
                job.job_id,
                "pending",
                reason,
                state=job.state_text,
                unfinished=job,
                course=_course(job)._replace(is_running=True),
            )
        return self._finished(job)

    def _finished(self, job: Job) -> Outcome:
        had_time = self._deadline.mostly_left
        try:
            found = self._resources(job)
            if len(found) > MAX_FILES:
                more = too_many_files(len(found) - MAX_FILES)
                job = job._replace(problems=(*job.problems, more))
            resources = self._inspected(job, with_unique_names(found[:MAX_FILES]))
        except ServiceError as error:
            reason = f"the manifest could not be written: {error.reason}"
            return Outcome(job.job_id, "pending", reason, state=job.state_text, ended=True)
        if not had_time and any(_lacked_time(resource) for resource in resources):
            return Outcome.out_of_time(job.job_id)._replace(
                state=job.state_text, ended=True, needs_time=True
            )
        manifest = build_manifest(job, resources, self._settings.region)
        return Outcome(
            job.job_id,
            manifest.status,
            state=job.state_text,
            document=manifest,
            files=len(resources),
            course=_course(job)._replace(last_file=_last_written(resources)),
        )

    def _resources(self, job: Job) -> list[Resource]:
        resources = listed_resources(job, self._access)
        if not resources and job.resolve_template and job.state is State.SUCCEEDED:
            return find_output_files(job, self._store, self._access)
        return resources

    def _inspected(self, job: Job, resources: list[Resource]) -> list[Resource]:
        """Return the resources after inspecting each object once, all in parallel.

        Those that are large to hold follow, one after the other; then the sidecars. Raises
        ServiceError where one of those cannot be written, or there is no time for a large file.
        """
        unseen = [index for index, resource in enumerate(resources) if resource.unseen]
        context_of, free = file_contexts(job, len(unseen)), FreeBytes()
        contexts = [context_of(resources[i]) for i in unseen]
        tasks = [
            (job.job_id, resources[i], context, free)
            for i, context in zip(unseen, contexts, strict=True)
        ]
        others = [self._file_executor.submit(self._look, *task) for task in tasks[1:]]
        seen = [self._look(*task) for task in tasks[:1]]
        try:
            seen += [other.result() for other in others]
        except CancelledError:  # the invocation has ended while files were waiting
            raise OutOfTime from None
        self._hold([file.resource for file in seen if file.waits])
        sidecars: list[Resource] = []
        for i, file, context in zip(unseen, seen, contexts, strict=True):
            whole = self._look(job.job_id, file.resource, context) if file.waits else file
            resources[i] = whole.resource
            sidecars += [whole.sidecar] if whole.sidecar else []
        return one_per_object(resources) + sidecars

    def _hold(self, files: Sequence[Resource]) -> None:
        """Wait until large files may be held. Raises OutOfTime where there is no time for them."""
        size = max(map(self._inspector.held_bytes, files), default=0)
        if size and not self._held_bytes.hold(size, self._deadline.left()):
            raise OutOfTime

    def _look(
        self,
        job_id: str,
        resource: Resource,
        context: FileContext,
        free: FreeBytes | None = None,
    ) -> _Seen:
        """Find a file, inspect it and write its sidecar; a defect of ours costs no other file.

        One that is larger than what is `free` is only found, and waits; without that it was found
        before. Raises ServiceError where the sidecar cannot be written.
        """
        seen, sidecar = resource, None
        try:
            seen = self._found(resource) if free else resource
            if free and not free.take(self._inspector.held_bytes(seen)):
                return _Seen(seen, waits=True)
            seen = self._inspect(seen, context)
            sidecar = self._sidecars.write(job_id, seen)
        except ServiceError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a stranger's file can bring about
            self._telemetry.unexpected(error)
            seen = seen.failed_by_defect(error)
        return _Seen(seen.with_inspection(webvtt=None), sidecar)  # many would take much memory

    def _found(self, resource: Resource) -> Resource:
        """Return what HEAD says of a file, by its key as it is or else decoded."""
        seen = self._head(resource)
        decoded = seen.decoded(self._access) if seen.status == "missing" else None
        if decoded is None:
            return seen
        found = self._head(decoded) if decoded.unseen else decoded
        return found if found.status != "missing" else seen

    def _head(self, resource: Resource) -> Resource:
        location = resource.location
        if location is None:
            return resource
        try:
            return resource.found(self._store.head(location.bucket, location.key))
        except ServiceError as error:
            return resource.failed(error)

    def _inspect(self, found: Resource, context: FileContext) -> Resource:
        """Inspect a file that was found, once more if it changed in the meantime."""
        if not found.facts:
            return found
        seen = self._inspector.inspect(found, context)
        if seen.error and seen.error.type == "changed":
            seen = self._head(found)
            seen = self._inspector.inspect(seen, context) if seen.facts else seen
        return seen


class _Seen(NamedTuple):
    """A file that was looked at, or `waits` for that."""

    resource: Resource
    sidecar: Resource | None = None
    waits: bool = False


def _course(job: Job) -> Course:
    """Return what an answer says of when its job ran; only IMS tells (facts/mps.md section 4)."""
    created, finished = (parse_time(job.facts.get(name)) for name in ("createTime", "finishTime"))
    return Course(created, finished)


def _last_written(resources: Sequence[Resource]) -> float | None:
    """Return when the newest of a job's files was written."""
    told = (parse_time(file.facts.last_modified) for file in resources if file.facts)
    return max(filter(None, told), default=None)


def _lacked_time(file: Resource) -> bool:
    """Return whether an invocation with more time could find out more about a file.

    Not asked of an invocation that had most of its time for the job, since no later one has more.
    """
    return (file.error is not None and file.error.type == OUT_OF_TIME) or file.digest_skipped
