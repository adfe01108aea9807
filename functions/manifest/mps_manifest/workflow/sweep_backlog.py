"""The use case of the timer: process the backlog entries that are due."""

from __future__ import annotations

import threading

from mps_manifest.errors import Immutable, ServiceError
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.worker_pool import WorkerPool
from mps_manifest.manifests.locks import ManifestLocks
from mps_manifest.ports import Clock, Telemetry
from mps_manifest.state.backlog import Backlog, BacklogEntry, DueEntry
from mps_manifest.workflow.collect_job import JobCollector
from mps_manifest.workflow.outcome import Tally
from mps_manifest.workflow.settle_outcome import OutcomeSettler

_MAX_DUPLICATES = 10_000


class BacklogSweeper:
    """The sweeper of due entries: at most `capacity` of them, in `threads` threads.

    Entries that there is no time for remain due.
    """

    def __init__(
        self,
        *,
        collector: JobCollector,
        settler: OutcomeSettler,
        backlog: Backlog,
        locks: ManifestLocks,
        tally: Tally,
        deadline: Deadline,
        clock: Clock,
        telemetry: Telemetry,
        threads: int,
        capacity: int,
    ) -> None:
        self._collector = collector
        self._settler = settler
        self._backlog = backlog
        self._locks = locks
        self._tally = tally
        self._deadline = deadline
        self._clock = clock
        self._telemetry = telemetry
        self._threads = threads
        self._capacity = capacity
        self._settled: dict[str, BacklogEntry] = {}
        self._duplicates: list[DueEntry] = []
        self._stuck = threading.Event()

    def sweep(self) -> None:
        """Process due entries, then delete duplicates and stale locks."""
        room = max(self._capacity, 2 * self._threads)
        with WorkerPool(
            self._threads, room, self._deadline, self._work_off, self._leave_due
        ) as pool:
            self._submit_due(pool)
        if self._settled and self._deadline.may_ask():
            self._remove_duplicates()
            self._drop_stale_locks()

    def _submit_due(self, pool: WorkerPool[DueEntry]) -> None:
        """Submit the due entries, as many as the rate limit allows in the time left."""
        seen: set[str] = set()
        try:
            for due in self._backlog.due():
                if self._is_over() or len(seen) >= self._capacity:
                    return
                if due.job_id in seen:
                    self._duplicates.append(due)
                    if len(self._duplicates) >= _MAX_DUPLICATES:
                        return
                else:
                    seen.add(due.job_id)
                    pool.submit(due)
        except ServiceError as error:
            self._tally.lose(f"the backlog could not be listed ({error.reason})")

    def _work_off(self, due: DueEntry) -> None:
        """Query one parked job again and settle it."""
        entry = self._entry(due)
        if entry is None or (entry.needs_time and not self._deadline.mostly_left):
            return  # the entry remains due
        self._telemetry.peak("backlogOldestSeconds", self._clock.now() - entry.first_seen)
        self._telemetry.peak("backlogLagSeconds", self._clock.now() - due.due)
        outcome = self._collector.collect_in_time(entry.api, entry.job_id)
        if not outcome.query_calls:
            return
        try:
            self._settler.settle_parked(due, entry, outcome)
            self._settled[due.job_id] = entry
        except Immutable as error:
            self._stuck.set()
            self._telemetry.log("error", "the backlog cannot be processed", reason=error.reason)
            reason = f"the bucket's rules forbid deleting backlog entries ({error.reason})"
            self._tally.lose(f"{reason}; use a BUCKET or STATE_PREFIX without such rules")

    def _leave_due(self, due: DueEntry) -> None:
        """Do nothing for an entry whose task outlasts the deadline: it remains due."""

    def _is_over(self) -> bool:
        return self._stuck.is_set() or not self._deadline.may_ask()

    def _entry(self, due: DueEntry) -> BacklogEntry | None:
        try:
            return None if self._is_over() else self._backlog.read(due)
        except ServiceError:
            return None  # the entry remains due

    def _remove_duplicates(self) -> None:
        """Delete further entries of jobs that this sweep has settled."""
        for due in self._duplicates:
            if not self._deadline.may_ask() or due.job_id not in self._settled:
                continue
            try:
                entry, settled = self._backlog.read(due), self._settled[due.job_id]
                if entry and _is_superfluous(entry, settled):
                    self._backlog.remove(due, entry)
            except ServiceError as error:
                self._telemetry.log(
                    "warning", "entry remains due", job_id=due.job_id, reason=error.reason
                )

    def _drop_stale_locks(self) -> None:
        try:
            self._locks.drop_stale()
        except ServiceError as error:
            self._telemetry.log("warning", "locks remain", reason=error.reason)


def _is_superfluous(entry: BacklogEntry, settled: BacklogEntry) -> bool:
    """Return whether an entry has the same API and no other task token."""
    return entry.api == settled.api and entry.task_token in {None, settled.task_token}
