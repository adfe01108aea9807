"""The use case of the timer: process the backlog entries that are due."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice

from mps_manifest.errors import ServiceError
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.worker_pool import WorkerPool
from mps_manifest.manifests.locks import ManifestLocks
from mps_manifest.ports import Telemetry
from mps_manifest.state.backlog import Backlog, BacklogEntry, DueEntry
from mps_manifest.state.leases import Leases
from mps_manifest.state.starts import Starts
from mps_manifest.state.unannounced import WriteNotes
from mps_manifest.workflow.collect_job import JobCollector
from mps_manifest.workflow.outcome import Tally
from mps_manifest.workflow.parked_jobs import ParkedJobs
from mps_manifest.workflow.suspects import Suspects
from mps_manifest.workflow.ticket_intake import TicketIntake

_MAX_DUPLICATES = 10_000
_GROUP = 100
"""Entries that are written down before they are started, besides those that are open."""
_TICKET_THREADS = 4
_MAX_TICKETS = 1_000
"""Parked tickets of one sweep."""
_FOR_SUSPECTS = 4
"""One part in so many of a sweep's time is kept for suspects, where there are any."""


class BacklogSweeper:
    """The sweeper of due entries: at most `capacity` of them, in `threads` threads.

    Those over which an earlier sweep may have died are worked on alone, after all others. Entries
    that there is no time for remain due.
    """

    def __init__(
        self,
        *,
        jobs: ParkedJobs,
        tickets: TicketIntake,
        suspects: Suspects,
        collector: JobCollector,
        backlog: Backlog,
        starts: Starts,
        locks: ManifestLocks,
        leases: Leases | None,
        notes: WriteNotes,
        announce_left: Callable[[], None] | None,
        tally: Tally,
        deadline: Deadline,
        telemetry: Telemetry,
        threads: int,
        capacity: int,
    ) -> None:
        self._jobs = jobs
        self._tickets = tickets
        self._suspects = suspects
        self._collector = collector
        self._backlog = backlog
        self._starts = starts
        self._locks = locks
        self._leases = leases
        self._notes = notes
        self._announce_left = announce_left
        self._tally = tally
        self._deadline = deadline
        self._telemetry = telemetry
        self._threads = threads
        self._capacity = capacity
        self._for_suspects = deadline.left() / _FOR_SUSPECTS
        self._duplicates: list[DueEntry] = []
        self._open: set[str] = set()
        self._running: set[str] = set()

    def sweep(self) -> None:
        """Announce what was left, process due entries, then delete what is over."""
        if self._announce_left:
            self._announce_left()
        due = self._due()
        first = list(islice(due, 2))
        if first:
            self._suspects.look_for()
        if len(first) > 1:
            self._work_in_groups(chain(first, due))
            self._starts.ended(self._running)
        elif first:  # it can harm no other, and its own entry is record enough
            self._suspects.take(first[0])
        self._suspects.work_off()
        self._suspects.forget_records()
        if self._jobs.settled and self._deadline.may_ask():
            self._remove_duplicates()
            self._drop_stale_locks()
            self._drop_old_leases()

    def _due(self) -> Iterator[DueEntry]:
        """Yield the due entries, one of each job, as many as the rate limit and time allow.

        Those of tickets need no query, so that they have a limit of their own.
        """
        seen: set[str] = set()
        tickets = 0
        try:
            for due in self._backlog.due():
                if self._jobs.is_over() or len(seen) >= self._capacity:
                    return
                if due.is_ticket:
                    tickets += 1
                    if tickets <= _MAX_TICKETS:  # else it remains due
                        yield due
                elif due.job_id not in seen:
                    seen.add(due.job_id)
                    yield due
                elif len(self._duplicates) < _MAX_DUPLICATES:
                    self._duplicates.append(due)
                else:
                    return
        except ServiceError as error:
            self._tally.lose(f"the backlog could not be listed ({error.reason})")

    # --- jobs that may be worked on at the same time -----------------------------------------

    def _work_in_groups(self, entries: Iterator[DueEntry]) -> None:
        """Write down a group of entries, and then start them; suspects are kept for later."""
        with (
            WorkerPool[DueEntry](
                _TICKET_THREADS, _MAX_TICKETS, self._deadline, self._take_up, self._leave_due
            ) as tickets,
            WorkerPool[DueEntry](
                self._threads, 2 * self._threads, self._deadline, self._work_off, self._leave_due
            ) as jobs,
        ):
            while group := list(islice(entries, _GROUP)):
                group = [due for due in group if not self._suspects.takes(due)]
                if self._must_leave():
                    return
                self._open.update(due.job_id for due in group)
                self._notes.expect(due.job_id for due in group if not due.is_ticket)
                if group:
                    self._starts.at_work_on(set(self._open))
                for due in group:
                    (tickets if due.is_ticket else jobs).submit(due)

    def _must_leave(self) -> bool:
        """Return whether the time that is left belongs to suspects, or is over."""
        kept = self._for_suspects if self._suspects else 0.0
        return self._jobs.is_over() or self._deadline.left() <= kept

    def _work_off(self, due: DueEntry) -> None:
        """Query one parked job again and settle it."""
        with self._at_work_on(due):
            entry = None if self._must_leave() else self._jobs.entry(due)
            if entry and entry.starts:
                self._suspects.take(due, entry.starts)
            elif entry and self._jobs.has_time_for(entry):
                self._jobs.collect(due, entry, self._collector)

    def _take_up(self, due: DueEntry) -> None:
        """Read one parked ticket again."""
        with self._at_work_on(due):
            if not self._must_leave():
                self._tickets.take_up(due.key)

    @contextmanager
    def _at_work_on(self, due: DueEntry) -> Iterator[None]:
        self._running.add(due.job_id)
        try:
            yield
        finally:
            self._running.discard(due.job_id)
            self._open.discard(due.job_id)
            self._notes.forget(due.job_id)

    def _leave_due(self, due: DueEntry) -> None:
        """Do nothing for an entry whose task outlasts the deadline: it remains due."""

    # --- what is left ------------------------------------------------------------------------

    def _remove_duplicates(self) -> None:
        """Delete further entries of jobs that this sweep has settled."""
        settled = self._jobs.settled
        for due in self._duplicates:
            if not self._deadline.may_ask() or due.job_id not in settled:
                continue
            try:
                entry = self._backlog.read(due)
                if entry and _is_superfluous(entry, settled[due.job_id]):
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

    def _drop_old_leases(self) -> None:
        try:
            if self._leases:
                self._leases.drop_old()
        except ServiceError as error:
            self._telemetry.log("warning", "leases remain", reason=error.reason)


def _is_superfluous(entry: BacklogEntry, settled: BacklogEntry) -> bool:
    """Return whether an entry has the same API and no other task token."""
    return entry.api == settled.api and entry.task_token in {None, settled.task_token}
