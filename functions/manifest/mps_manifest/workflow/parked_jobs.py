"""What every way of working off a backlog entry has in common: read it, collect, settle."""

from __future__ import annotations

import threading

from mps_manifest.errors import Immutable, ServiceError
from mps_manifest.limits.deadline import Deadline
from mps_manifest.ports import Clock, Telemetry
from mps_manifest.state.backlog import Backlog, BacklogEntry
from mps_manifest.state.due_entries import DueEntry
from mps_manifest.workflow.collect_job import JobCollector
from mps_manifest.workflow.outcome import Outcome, Tally
from mps_manifest.workflow.settle_outcome import OutcomeSettler


class ParkedJobs:
    """The parked jobs of one sweep; `settled` are those whose entries are done with."""

    def __init__(
        self,
        *,
        backlog: Backlog,
        settler: OutcomeSettler,
        tally: Tally,
        deadline: Deadline,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._backlog = backlog
        self._settler = settler
        self._tally = tally
        self._deadline = deadline
        self._clock = clock
        self._telemetry = telemetry
        self._stuck = threading.Event()
        self.settled: dict[str, BacklogEntry] = {}

    def is_over(self) -> bool:
        """Return whether no further entry is to be worked on."""
        return self._stuck.is_set() or not self._deadline.may_ask()

    def entry(self, due: DueEntry) -> BacklogEntry | None:
        """Read an entry; None where it is gone, or cannot be read and remains due."""
        try:
            entry = None if self.is_over() else self._backlog.read(due)
        except ServiceError:
            return None
        if entry:
            self._telemetry.peak("backlogOldestSeconds", self._clock.now() - entry.first_seen)
            self._telemetry.peak("backlogLagSeconds", self._clock.now() - due.due)
        return entry

    def has_time_for(self, entry: BacklogEntry) -> bool:
        """Return whether this sweep has the time that the job of an entry needs."""
        return not entry.needs_time or self._deadline.mostly_left

    def collect(self, due: DueEntry, entry: BacklogEntry, collector: JobCollector) -> bool:
        """Query a parked job again and settle it; return whether its entry is gone.

        One that was finished meanwhile, as after its notification, is not queried.
        """
        known = None
        if entry.running_at is not None or entry.job_id in self.settled:
            known = self._settler.last_word(entry)
        if known:
            return self.settle(due, entry, known)
        outcome = collector.collect_in_time(entry.api, entry.job_id)
        return bool(outcome.query_calls) and self.settle(due, entry, outcome)

    def settle(self, due: DueEntry, entry: BacklogEntry, outcome: Outcome) -> bool:
        """Settle a parked job; return whether its entry is gone, or remains due."""
        try:
            is_gone = self._settler.settle_parked(due, entry, outcome)
        except Immutable as error:
            self._stuck.set()
            self._telemetry.log("error", "the backlog cannot be processed", reason=error.reason)
            reason = f"the bucket's rules forbid deleting backlog entries ({error.reason})"
            self._tally.add_lost(f"{reason}; use a BUCKET or STATE_PREFIX without such rules")
            return False
        self.settled[due.job_id] = entry
        return is_gone
