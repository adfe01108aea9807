"""Work alone on jobs that may have crashed an invocation; give up those that do so again.

The record that an instance left behind says which jobs were running (state/starts.py).
From then on the entry itself counts how often its job was started and never ended: it is written
before the job is started, and a job that ends has a new entry, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from mps_manifest.errors import Immutable, ServiceError
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.retry_policy import RetryPolicy
from mps_manifest.limits.worker_pool import WorkerPool
from mps_manifest.manifests.document import build_given_up_manifest
from mps_manifest.ports import Telemetry
from mps_manifest.settings import Settings
from mps_manifest.state.backlog import Backlog, BacklogEntry
from mps_manifest.state.due_entries import DueEntry
from mps_manifest.state.starts import Start, Starts
from mps_manifest.workflow.collect_job import JobCollector
from mps_manifest.workflow.outcome import Outcome
from mps_manifest.workflow.parked_jobs import ParkedJobs
from mps_manifest.workflow.ticket_intake import TicketIntake


class Suspects:
    """The entries of a sweep that are worked on alone, after all others."""

    def __init__(
        self,
        *,
        jobs: ParkedJobs,
        tickets: TicketIntake,
        collector: JobCollector,
        cautious_collector: JobCollector,
        backlog: Backlog,
        starts: Starts,
        policy: RetryPolicy,
        deadline: Deadline,
        settings: Settings,
        telemetry: Telemetry,
    ) -> None:
        self._jobs = jobs
        self._tickets = tickets
        self._collector = collector
        self._cautious_collector = cautious_collector
        self._backlog = backlog
        self._starts = starts
        self._policy = policy
        self._deadline = deadline
        self._settings = settings
        self._telemetry = telemetry
        self._others: list[Start] = []
        self._named: set[str] = set()
        self._died_over: set[str] = set()
        self._unmarked: list[DueEntry] = []
        self._marked: list[tuple[int, DueEntry]] = []
        self._left: set[str] = set()

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self._unmarked or self._marked)

    def look_for(self) -> None:
        """Read which jobs other sweeps name; where that fails there are no suspects this time."""
        try:
            self._others = self._starts.others()
        except ServiceError as error:
            self._telemetry.log(
                "warning", "records of running sweeps not read", reason=error.reason
            )
        for start in self._others:
            self._named |= start.jobs
            self._died_over |= start.jobs if start.is_over else set()

    def add_if_suspect(self, due: DueEntry) -> bool:
        """Return whether an entry is that of a suspect, and keep it if so."""
        if due.job_id not in self._named:
            return False
        self.add(due)
        return True

    def add(self, due: DueEntry, starts: int = 0) -> None:
        """Keep an entry for later; one that was started before comes after those that were not."""
        if starts:
            self._marked.append((starts, due))
        else:
            self._left.add(due.job_id)
            self._unmarked.append(due)

    def work_off(self) -> None:
        """Work on one entry at a time, on those that were started most often last."""
        unmarked, self._unmarked = self._unmarked, []
        tickets = [due for due in unmarked if due.is_ticket]
        self._one_by_one([due for due in unmarked if not due.is_ticket], self._look_at)
        marked, self._marked = self._marked, []
        self._one_by_one([due for _, due in sorted(marked)], self._look_again_at)
        self._one_by_one(tickets, self._take_up)

    def forget_records(self) -> None:
        """Delete the records of dead sweeps whose jobs were all looked after."""
        for start in self._others:
            if not start.jobs & self._left:
                self._starts.forget(start)

    def _one_by_one(self, entries: Sequence[DueEntry], work: Callable[[DueEntry], None]) -> None:
        if not entries:
            return
        with WorkerPool[DueEntry](1, 1, self._deadline, work, lambda _due: None) as pool:
            for due in entries:
                if self._jobs.is_over():
                    return
                pool.submit(due)

    def _look_at(self, due: DueEntry) -> None:
        entry = self._jobs.entry(due)
        if entry and entry.starts:
            self._left.discard(due.job_id)  # its entry says more than a record
            self.add(due, entry.starts)
        elif entry:
            starts = 1 if due.job_id in self._died_over else 0
            self._start(due, entry._replace(starts=starts))
        elif not self._jobs.is_over():
            self._left.discard(due.job_id)  # it has ended meanwhile

    def _look_again_at(self, due: DueEntry) -> None:
        entry = self._jobs.entry(due)
        if entry and not self._starts.counts(entry.started_until):
            self._start(due, entry)

    def _take_up(self, due: DueEntry) -> None:
        self._tickets.take_up(due.key, self._starts)
        self._left.discard(due.job_id)

    def _start(self, due: DueEntry, entry: BacklogEntry) -> None:
        """Work on an entry after it says so; where it does not end, it says so for good."""
        if entry.starts < self._policy.uninspected_from and not self._jobs.has_time_for(entry):
            return
        try:
            noted = self._backlog.note_start(due, entry, self._starts.until)
        except Immutable:
            noted = entry
        except ServiceError as error:
            self._telemetry.log(
                "warning", "entry remains due", job_id=due.job_id, reason=error.reason
            )
            return
        if entry.starts:
            self._telemetry.count("suspects")
            self._telemetry.log("warning", "suspect", job_id=due.job_id, starts=entry.starts)
        if self._is_settled(due, noted, entry.starts):
            self._left.discard(due.job_id)
        else:
            with suppress(ServiceError):
                self._backlog.note_end(due, noted, entry.starts)

    def _is_settled(self, due: DueEntry, entry: BacklogEntry, starts: int) -> bool:
        if starts >= self._policy.given_up_from:
            manifest = build_given_up_manifest(entry.job_id, entry.api, self._settings, starts)
            outcome = Outcome(entry.job_id, "expired", document=manifest, query_calls=0)
            return self._jobs.settle(due, entry, outcome)
        cautious = starts >= self._policy.uninspected_from
        collector = self._cautious_collector if cautious else self._collector
        return self._jobs.collect(due, entry, collector)
