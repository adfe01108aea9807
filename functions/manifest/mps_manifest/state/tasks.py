"""Keep the lists of jobs of task tokens that wait for several, and which of them have ended.

A job that ends in a task leaves a mark, whose key says it all; the task is over once every job has
one. What has become of a job before, or elsewhere, does not count. Whoever ends a job writes its
mark first and looks for those of the others then, so the last one finds them all.
"""

from __future__ import annotations

import secrets
import threading
from typing import Any, NamedTuple, cast

from mps_manifest.errors import AlreadyExists, NotFound, OutOfTime
from mps_manifest.job_ids import is_job_id
from mps_manifest.limits.deadline import Deadline
from mps_manifest.settings import Api, Settings
from mps_manifest.state.keys import EndedJob, Keys, ended_job_order
from mps_manifest.state.records import Broken, Record, Records

TaskJob = tuple[Api, str]
TaskJobs = tuple[TaskJob, ...]

_MAX_BYTES = 16 * 1024 * 1024
_MAX_KNOWN = 1000
_ID = "task-id"
_BEST_LAST = ("rejected", "expired", "partial", "failed", "complete")


class JobEnd(NamedTuple):
    """What became of a job in a task: a status, and the ETag of its manifest if it has one."""

    status: str
    etag: str


_UNKNOWN = JobEnd("", "")


class Task:
    """A task as one invocation knows it; an `id` tells it from a later task of the same token.

    Tasks of the releases before have none, nor marks of what ended then.
    """

    def __init__(self, token: str, jobs: TaskJobs, task_id: str) -> None:
        self.token = token
        self.jobs = jobs
        self.id = task_id
        self.ended: dict[TaskJob, JobEnd] = {}
        self._in_order = sorted(dict.fromkeys(jobs), key=lambda job: ended_job_order(*job))
        self._first = 0

    @property
    def waits_for(self) -> TaskJob | None:
        """The first job, in the order of the marks' keys, that is not known to have ended."""
        first = self._first  # written last, and never too high: other threads do the same
        while first < len(self._in_order) and self._in_order[first] in self.ended:
            first += 1
        self._first = first
        return self._in_order[first] if first < len(self._in_order) else None


class Tasks:
    """All tasks. Every method may raise ServiceError."""

    def __init__(
        self, records: Records, keys: Keys, settings: Settings, deadline: Deadline
    ) -> None:
        self._records = records
        self._store = records.store
        self._keys = keys
        self._bucket = settings.bucket
        self._deadline = deadline
        self._known: dict[str, Task] = {}
        self._cleaning = threading.Lock()

    def expect(self, token: str, jobs: TaskJobs) -> None:
        """Write the list of jobs of a token unless it exists; replace a broken one."""
        if self._store.versioned() and isinstance(self.task(token), Task):
            return  # where writing refuses nothing
        try:
            self._write(token, jobs, overwrite=False)
        except AlreadyExists:
            if isinstance(self.task(token), Broken):
                self._write(token, jobs, overwrite=True)

    def _write(self, token: str, jobs: TaskJobs, *, overwrite: bool) -> None:
        identity = {_ID: secrets.token_hex(8)}
        self._records.write(self._keys.task(token), jobs, overwrite=overwrite, metadata=identity)

    def task(self, token: str) -> Task | Broken | None:
        """Return the task of a token; None where it waits for one job only, or was reported."""
        if token in self._known:
            return self._known[token]
        found = self._records.read(self._keys.task(token), _MAX_BYTES, _parse)
        if not isinstance(found, Record):
            return found
        task = Task(token, found.value, found.metadata.get(_ID, ""))
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()  # they can be read again
        return self._known.setdefault(token, task)

    def end(self, task: Task, job: TaskJob, end: JobEnd) -> None:
        """Write how a job ended in a task."""
        mark = EndedJob(*job, end.status, end.etag)
        key = self._keys.ended_job(task.token, task.id, mark)
        self._records.write(key, end._asdict(), overwrite=True)
        task.ended[job] = end

    def is_reported(self, task: Task) -> bool:
        """Return whether a task was reported since it was read; then what it left is deleted."""
        try:
            facts = self._store.head(self._bucket, self._keys.task(task.token))
        except NotFound:
            facts = None
        if facts and facts.metadata.get(_ID, "") == task.id:
            return False
        self._known.pop(task.token, None)
        self._delete_marks(self._folder(task))
        return True

    def is_over(self, task: Task) -> bool:
        """Return whether all jobs of a task have ended.

        Usually that is one request: whether the job that it waited for last has a mark by now.
        """
        waits_for = task.waits_for
        if waits_for is None:
            return True
        awaited = self._keys.ends_of_job(task.token, task.id, *waits_for)
        if next(self._store.keys(self._bucket, awaited), None) is None:
            return False
        self._read_marks(task, awaited)
        return task.waits_for is None

    def _read_marks(self, task: Task, first: str) -> None:
        """Read the marks from the first on, up to the next job that has none."""
        for key in self._store.keys(self._bucket, self._folder(task), first):
            mark = self._keys.parse_ended_job(key)
            if mark is None or mark.status not in _BEST_LAST:
                continue
            job = (mark.api, mark.job_id)
            waits_for = task.waits_for
            if waits_for is None or ended_job_order(*waits_for) < ended_job_order(*job):
                return
            end = JobEnd(mark.status, mark.etag)
            task.ended[job] = max(end, task.ended.get(job, _UNKNOWN), key=_worth)

    def forget(self, token: str) -> None:
        """Delete the list of a token that was reported, and everything else that is left of it.

        Raises OutOfTime where there is no time for all; it can be called again.
        """
        task = self._known.pop(token, None)
        self._store.delete(self._keys.task(token))
        if self._store.versioned():
            # two deliveries at once may both have written a list there, and marks for each
            standing = self.task(token)
            kept = self._folder(standing) if isinstance(standing, Task) else ""
            self._delete_marks(self._keys.ended_jobs_of_token(token), kept)
        elif task:
            self._delete_marks(self._folder(task))
        else:
            self._delete_marks(self._keys.ended_jobs_of_token(token))

    def _delete_marks(self, folder: str, kept: str = "") -> None:
        # one thread at a time, or each that ends a job now would delete the marks of all others
        with self._cleaning:
            for key in list(self._store.keys(self._bucket, folder)):
                if kept and key.startswith(kept):
                    continue
                if not self._deadline.may_write():
                    raise OutOfTime
                self._store.delete(key)

    def _folder(self, task: Task) -> str:
        return self._keys.ended_jobs(task.token, task.id)


def _worth(end: JobEnd) -> int:
    return _BEST_LAST.index(end.status) if end.status in _BEST_LAST else -1


def _parse(value: Any) -> TaskJobs:
    jobs = tuple((api, job_id) for api, job_id in value)
    if not jobs or not all(api in ("mps", "ims") and is_job_id(job_id) for api, job_id in jobs):
        raise ValueError("not a list of jobs")
    return cast("TaskJobs", jobs)
