"""The use case of the timer: work off the backlog that is due, and nothing else."""

from __future__ import annotations

import threading

from mps_manifest.backlog import Backlog, Due, Entry
from mps_manifest.collect import Collector
from mps_manifest.deadline import Deadline
from mps_manifest.errors import Immutable, ServiceError
from mps_manifest.ports import Clock, Telemetry
from mps_manifest.replacing import Locks
from mps_manifest.settle import Settler
from mps_manifest.values import dataclass, field
from mps_manifest.workers import Workers

_MAX_DUPLICATES = 10_000


@dataclass(frozen=False)
class Sweeper:
    """Works off due entries. What there is no time for simply stays due."""

    collector: Collector
    settler: Settler
    backlog: Backlog
    locks: Locks
    deadline: Deadline
    clock: Clock
    telemetry: Telemetry
    _settled: dict[str, Entry] = field(default_factory=dict)
    _duplicates: list[Due] = field(default_factory=list)
    _stuck: threading.Event = field(default_factory=threading.Event)

    def submit_due(self, workers: Workers[Due], capacity: int) -> None:
        """Give every due entry to the workers, as many as the budget allows in the time left."""
        seen: set[str] = set()
        try:
            for due in self.backlog.due():
                if self.deadline.over or self._stuck.is_set() or len(seen) >= capacity:
                    return
                if due.job_id in seen:
                    self._duplicates.append(due)
                    if len(self._duplicates) >= _MAX_DUPLICATES:
                        return
                else:
                    seen.add(due.job_id)
                    workers.submit(due)
        except ServiceError as fault:
            self.settler.tally.lose(f"the backlog could not be listed ({fault.reason})")

    def work_off(self, due: Due) -> None:
        """Ask for one parked job again and settle it."""
        entry = self._entry(due)
        if entry is None or self._stuck.is_set():
            return
        self.telemetry.peak("backlogOldestSeconds", self.clock.now() - entry.first_seen)
        self.telemetry.peak("backlogLagSeconds", self.clock.now() - due.due)
        outcome = self.collector.collect_in_time(entry.api, entry.job_id)
        if not outcome.asked:
            return
        try:
            self.settler.settle_parked(due, entry, outcome)
            self._settled[due.job_id] = entry
        except Immutable as fault:
            self._stuck.set()
            self.telemetry.log("error", "the backlog cannot be worked off", reason=fault.reason)
            reason = f"the bucket lets no backlog entry be deleted ({fault.reason})"
            self.settler.tally.lose(
                f"{reason}; put BUCKET or STATE_PREFIX where no rule forbids it"
            )

    def leave(self, due: Due) -> None:
        """Leave an entry whose task hangs beyond the deadline: it stays due."""

    def tidy(self) -> None:
        """Remove what a sweep that did something may have made superfluous."""
        if not self._settled or self.deadline.over:
            return
        self._remove_duplicates()
        try:
            self.locks.drop_stale()
        except ServiceError as fault:
            self.telemetry.log("warning", "locks stay", reason=fault.reason)

    def _remove_duplicates(self) -> None:
        """Remove entries of jobs that were settled by another entry of theirs just now."""
        for due in self._duplicates:
            if self.deadline.over or due.job_id not in self._settled:
                continue
            try:
                entry, settled = self.backlog.read(due), self._settled[due.job_id]
                if entry and _says_no_more(entry, settled):
                    self.backlog.remove(due, entry)
            except ServiceError as fault:
                self.telemetry.log("warning", "entry stays", job_id=due.job_id, reason=fault.reason)

    def _entry(self, due: Due) -> Entry | None:
        try:
            return None if self.deadline.over else self.backlog.read(due)
        except ServiceError:
            return None  # it stays due


def _says_no_more(entry: Entry, settled: Entry) -> bool:
    """Tell whether an entry asks the same API, for nobody else who waits."""
    return entry.api == settled.api and entry.task_token in {None, settled.task_token}
