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
from mps_manifest.state.backlog import Backlog, BacklogEntry
from mps_manifest.state.due_entries import DueEntry
from mps_manifest.state.durations import DurationRecord
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
_URGENT_IN_A_ROW = 4
"""Urgent entries between two bulk ones, where there are both."""
_LOOK_EVERY = 10.0
"""Seconds after which a sweep that works off bulk lists what has become urgent meanwhile."""
LINGER_SECONDS = 58.0
"""After so many seconds a sweep waits for nothing: timers tick once a minute at most (fc.md)."""
_SHORTEST_WAIT, _LONGEST_WAIT = 0.5, 5.0
"""Seconds between two looks at the list of a sweep that lingers."""
_FOR_SUSPECTS = 4
"""One part in so many of a sweep's time is kept for suspects, where there are any."""


class BacklogSweeper:
    """The sweeper of due entries: at most `capacity` of them, in `threads` threads.

    Those that may have crashed an earlier sweep are worked on alone, after all others. Entries
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
        durations: DurationRecord,
        threads: int,
        capacity: int,
        may_linger: bool,
    ) -> None:
        self._jobs = jobs
        self._tickets = tickets
        self._suspects = suspects
        self._collector = collector
        self._backlog = backlog
        self._entries = backlog.due_entries()
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
        self._durations = durations
        self._may_linger = may_linger
        self._clock = deadline.clock
        self._linger_until = self._clock.monotonic() + LINGER_SECONDS
        self._for_suspects = deadline.left() / _FOR_SUSPECTS
        self._has_looked_for_suspects = self._stops = False
        self._taken_count = self._ticket_count = 0
        self._taken: dict[str, tuple[str, float]] = {}
        self._duplicates: list[DueEntry] = []
        self._open: set[str] = set()
        self._running: set[str] = set()

    def sweep(self) -> None:
        """Announce what was left, process due entries, then delete what is over.

        A sweep that may linger goes on with urgent entries that fall due before the next tick. What
        was learned is saved at the end.
        """
        if self._announce_left:
            self._announce_left()
        worked = self._work_off_due()
        while self._may_go_on() and (worked or self._waits()):
            worked = self._work_off_due()  # what was parked meanwhile may be due soon as well
        self._telemetry.peak("backlogEntries", self._entries.entries_seen)
        self._suspects.forget_records()
        if self._jobs.settled and self._deadline.may_ask():
            self._remove_duplicates()
            self._drop_stale_locks()
            self._drop_old_leases()
            self._durations.save()

    def _work_off_due(self) -> bool:
        """Process what is due, suspects last; return whether there was anything."""
        due = self._due()
        first = list(islice(due, 2))
        if first and not self._has_looked_for_suspects:
            self._has_looked_for_suspects = True
            self._suspects.look_for()
        if len(first) > 1:
            self._work_in_groups(chain(first, due))
            self._starts.ended(self._running)
        elif first:  # it can harm no other, and its own entry is record enough
            self._suspects.add(first[0])
        self._suspects.work_off()
        return bool(first)

    def _may_go_on(self) -> bool:
        is_over = self._stops or self._jobs.is_over()
        return self._may_linger and not is_over and self._clock.monotonic() < self._linger_until

    def _waits(self) -> bool:
        """Wait for the next urgent entry, or for a look at the list; return False where none comes.

        It is not waited for beyond the next tick, which does what is due then, nor beyond the time
        that this invocation has for work.
        """
        left = min(self._linger_until - self._clock.monotonic(), self._deadline.left())
        try:
            coming = self._entries.next_urgent(self._clock.now() + left)
        except ServiceError:
            return False
        if coming is None:
            return False
        wait = min(max(coming - self._clock.now(), _SHORTEST_WAIT), _LONGEST_WAIT)
        self._telemetry.count("lingeredSeconds", wait)
        self._clock.sleep(wait)
        return True

    # --- what is due ---------------------------------------------------------------------------

    def _due(self) -> Iterator[DueEntry]:
        """Yield the due entries, one of each job, as many as the rate limit and time allow.

        Those of tickets need no query, so that they have a limit of their own.
        """
        try:
            for due in self._in_turn():
                if self._jobs.is_over() or self._stops:
                    break
                if due.is_ticket:
                    self._ticket_count += 1
                    if self._ticket_count <= _MAX_TICKETS:  # else it remains due
                        yield due
                elif self._is_duplicate(due):
                    self._duplicates.append(due)
                    self._stops = len(self._duplicates) >= _MAX_DUPLICATES
                elif due.job_id not in self._open:  # else one more entry of it remains due
                    self._taken[due.job_id] = due.key, self._clock.now()
                    self._taken_count += 1
                    self._stops = self._taken_count >= self._capacity
                    yield due
        except ServiceError as error:
            self._stops = True
            self._tally.add_lost(f"the backlog could not be listed ({error.reason})")

    def _is_duplicate(self, due: DueEntry) -> bool:
        """Return whether an entry was due as well when another one of its job was taken.

        One that falls due later may be what this sweep itself has parked.
        """
        key, taken_at = self._taken.get(due.job_id, ("", float("-inf")))
        return due.due <= taken_at and due.key != key

    def _in_turn(self) -> Iterator[DueEntry]:
        """Yield urgent entries before bulk ones, but one of those after every few.

        While there is nothing but bulk, what has become urgent meanwhile is looked for.
        """
        urgent: Iterator[DueEntry] | None = self._entries.look()
        looked_at = float("-inf")
        in_a_row = 0
        while True:
            due = next(urgent, None) if urgent and in_a_row < _URGENT_IN_A_ROW else None
            if due:
                in_a_row += 1
                yield due
                continue
            if urgent and in_a_row < _URGENT_IN_A_ROW:
                urgent, looked_at = None, self._clock.monotonic()
            in_a_row = 0
            bulk = self._entries.next_bulk()
            if bulk:
                yield bulk
            elif not urgent:
                return
            if not urgent and self._clock.monotonic() - looked_at >= _LOOK_EVERY:
                urgent = self._entries.look()

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
                group = [due for due in group if not self._suspects.add_if_suspect(due)]
                if self._must_leave():
                    self._stops = True
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
        return self._jobs.is_over() or not self._deadline.may_ask_and_leave(kept)

    def _work_off(self, due: DueEntry) -> None:
        """Query one parked job again and settle it."""
        with self._at_work_on(due):
            entry = None if self._must_leave() else self._jobs.entry(due)
            if entry and entry.starts:
                self._suspects.add(due, entry.starts)
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
