"""One job of a replay: asked about and settled by the function's own parts, or parked."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from mps_manifest.errors import NotFound, ServiceError
from mps_manifest.events import JobRequest
from mps_manifest.manifests.ranking import Manifest
from mps_manifest.ports import Clock
from mps_manifest.settings import Api
from mps_manifest.state.backlog import BacklogEntry
from mps_manifest.workflow.core import Core
from mps_manifest.workflow.expected_tasks import ExpectedTasks
from mps_manifest.workflow.outcome import Outcome, Tally
from operate.records.manifest_list import known_api
from operate.replay.json_diff import Difference, differences

LOST = "lost"
"""The status of a job that could be neither finished nor parked: it is as it was."""
PARKED = "parked by mpsm; the next sweep asks about it"
_KEPT = "kept: "


class Ended(NamedTuple):
    """What became of a job.

    `verdict` is `better` where its manifest was written, `same` or `kept` where what stands stays;
    empty where there is no manifest. Of a dry run `changes` are those of the manifest, and `is_new`
    says that none stands yet.
    """

    job_id: str
    api: Api
    status: str
    reason: str = ""
    verdict: str = ""
    due: str = ""
    changes: tuple[Difference, ...] = ()
    is_new: bool = False

    def document(self) -> dict[str, Any]:
        """Return it as JSON, without what does not apply."""
        told = {
            "jobId": self.job_id,
            "api": self.api,
            "status": self.status,
            "verdict": self.verdict,
            "reason": self.reason,
            "due": self.due,
            "isNew": self.is_new or None,
            "changes": [each.document() for each in self.changes],
        }
        return {name: value for name, value in told.items() if value}


class JobRunner:
    """Runs jobs through a core, in several threads.

    Where it does not ask, since it has no part of the quota, it parks a job as due now. With
    `compares` it tells what would change.
    """

    def __init__(self, core: Core, clock: Clock, *, asks: bool, compares: bool = False) -> None:
        self.core = core
        self._clock = clock
        self._asks = asks
        self._compares = compares
        self._tasks = ExpectedTasks(core.tasks, core.settings, Tally())

    def run(self, request: JobRequest) -> Ended:
        """Finish or park a job, whatever `onPending` says; never raises ServiceError."""
        api = request.api or self.core.settings.job_api
        request = request._replace(on_pending="park")
        if self._compares:  # a dry run tells no step that waits
            request = request._replace(task_token=None, task_jobs=())
        try:
            return self._ask(request, api) if self._asks else self._park(request, api)
        except ServiceError as error:
            return Ended(request.job_id, api, LOST, error.reason)

    def _park(self, request: JobRequest, api: Api) -> Ended:
        """Park a job for the next sweep."""
        if not self._tasks.has_list(request):
            return _lost(request, api)
        backlog = self.core.backlog
        entry = BacklogEntry.of(request, api, self._clock.now())
        key = backlog.park(entry.after_try(PARKED, "", query_calls=0), 0.0)
        return Ended(request.job_id, api, "pending", PARKED, due=backlog.due_time(key))

    def _ask(self, request: JobRequest, api: Api) -> Ended:
        if not self._tasks.has_list(request):
            return _lost(request, api)
        notes = self.core.notes
        notes.expect((request.job_id,))
        outcome = self.core.collector.collect_in_time(api, request.job_id)
        standing = self._standing(outcome) if self._compares else None
        settled = self.core.settler.settle(request, api, outcome)
        notes.forget(request.job_id)
        if settled is None:
            return _lost(request, api)
        ended = Ended(
            request.job_id,
            api,
            settled.status,
            settled.reason,
            _verdict(settled),
            settled.due,
        )
        return _compared(ended, standing, outcome.document) if self._compares else ended

    def _standing(self, outcome: Outcome) -> bytes | None:
        """Return the manifest that stands, before another one is written."""
        if outcome.document is None:
            return None
        found = self.core.publisher.standing(outcome.job_id)
        return found.body if found else None


def _lost(request: JobRequest, api: Api) -> Ended:
    return Ended(request.job_id, api, LOST, "it could be neither finished nor parked")


def _verdict(settled: Outcome) -> str:
    if settled.manifest is None:
        return ""
    if settled.written:
        return "better"
    return "kept" if settled.reason.startswith(_KEPT) else "same"


def _compared(ended: Ended, standing: bytes | None, manifest: Manifest | None) -> Ended:
    if manifest is None:
        return ended
    if standing is None:
        return ended._replace(is_new=True)
    try:
        old = orjson.loads(standing)
    except orjson.JSONDecodeError:
        old = None  # a broken one, or one that is too long to be read
    changes = differences(old, orjson.loads(manifest.body))
    return ended._replace(changes=tuple(changes))


def api_of(core: Core, job_id: str) -> Api | None:
    """Return the API that a job's manifest names; None where there is none. Raises ServiceError."""
    try:
        facts = core.store.head(core.settings.bucket, core.keys.manifest(job_id))
    except NotFound:
        return None
    return known_api(facts.metadata.get("api"))
