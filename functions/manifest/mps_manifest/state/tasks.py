"""Keep the lists of jobs of task tokens that wait for several."""

from __future__ import annotations

from typing import Any, cast

from mps_manifest.errors import AlreadyExists
from mps_manifest.job_ids import is_job_id
from mps_manifest.settings import Api
from mps_manifest.state.keys import Keys
from mps_manifest.state.records import Broken, Records

TaskJobs = tuple[tuple[Api, str], ...]

_MAX_BYTES = 16 * 1024 * 1024


class Tasks:
    """The lists of jobs of all tasks. Every method may raise ServiceError."""

    def __init__(self, records: Records, keys: Keys) -> None:
        self._records = records
        self._keys = keys

    def expect(self, token: str, jobs: TaskJobs) -> None:
        """Write the list of jobs of a token unless it exists; replace a broken one."""
        key = self._keys.task(token)
        try:
            self._records.write(key, jobs, overwrite=False)
        except AlreadyExists:
            if isinstance(self.jobs(token), Broken):
                self._records.write(key, jobs, overwrite=True)

    def jobs(self, token: str) -> TaskJobs | Broken | None:
        """Return the jobs of a token; None where it waits for one job only, or was reported."""
        found = self._records.read(self._keys.task(token), _MAX_BYTES, _parse)
        return found if found is None or isinstance(found, Broken) else found.value

    def forget(self, token: str) -> None:
        """Delete the list of a token that was reported."""
        self._records.store.delete(self._keys.task(token))


def _parse(value: Any) -> TaskJobs:
    jobs = tuple((api, job_id) for api, job_id in value)
    if not jobs or not all(api in ("mps", "ims") and is_job_id(job_id) for api, job_id in jobs):
        raise ValueError("not a list of jobs")
    return cast("TaskJobs", jobs)
