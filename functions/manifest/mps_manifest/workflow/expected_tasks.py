"""Write the jobs of a task down before the first of them can end."""

from __future__ import annotations

import threading

from mps_manifest.errors import ServiceError
from mps_manifest.events import JobRequest
from mps_manifest.limits.lru_set import LruSet
from mps_manifest.settings import Settings
from mps_manifest.state.tasks import Tasks
from mps_manifest.workflow.outcome import Tally

_LOCKS = 16


class ExpectedTasks:
    """The tasks of one event, for several threads; a list that cannot be written counts as lost."""

    def __init__(self, tasks: Tasks, settings: Settings, tally: Tally) -> None:
        self._tasks = tasks
        self._settings = settings
        self._tally = tally
        self._locks = [threading.Lock() for _ in range(_LOCKS)]
        self._written = LruSet()
        self._failed = LruSet()

    def has_list(self, request: JobRequest) -> bool:
        """Return whether the list of a request's task is written, or none is needed."""
        token = request.task_token
        if not request.task_jobs or not token:
            return True
        with self._locks[hash(token) % _LOCKS]:
            if token not in self._written and token not in self._failed:
                self._write(token, request)
            return token in self._written

    def _write(self, token: str, request: JobRequest) -> None:
        jobs = tuple((api or self._settings.job_api, name) for api, name in request.task_jobs)
        try:
            self._tasks.expect(token, jobs)
            self._written.add(token)
        except ServiceError as error:
            self._failed.add(token)
            self._tally.add_lost(f"the job list of a task could not be written ({error.reason})")
