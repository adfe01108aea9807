"""Take in the items of an event: query, park, quarantine or read each of them, in threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from hashlib import sha256
from types import TracebackType
from typing import TypeVar

from typing_extensions import Self

from mps_manifest.errors import OutOfTime
from mps_manifest.events import Item, JobRequest, Pause, Tick, Ticket, Unusable
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.lru_set import LruSet
from mps_manifest.limits.work_claim import claim_finished
from mps_manifest.limits.worker_pool import WorkerPool
from mps_manifest.limits.write_latency import WriteLatency
from mps_manifest.ports import Telemetry
from mps_manifest.settings import Api, Settings
from mps_manifest.state.unannounced import WriteNotes
from mps_manifest.workflow.collect_job import JobCollector
from mps_manifest.workflow.event_start import EventStart
from mps_manifest.workflow.expected_tasks import ExpectedTasks
from mps_manifest.workflow.outcome import Outcome, Tally
from mps_manifest.workflow.settle_outcome import OutcomeSettler
from mps_manifest.workflow.ticket_intake import TicketIntake

_T = TypeVar("_T")

_STARTED_BEFORE = "an earlier delivery of the event was started and has not ended"

_OUT_OF_TIME = OutOfTime().reason
_LOGGED = 1000
"""Jobs that were not asked about, and are returned, have a log line each up to this number."""


class Intake:
    """The intake of one event, a context.

    `capacity` is the number of jobs that the rate limit and the deadline allow to query; further
    jobs of the event are parked immediately, while the others are queried. `ticked` says whether
    the event was that of a timer.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        collector: JobCollector,
        settler: OutcomeSettler,
        tickets: TicketIntake,
        tasks: ExpectedTasks,
        tally: Tally,
        deadline: Deadline,
        write_latency: WriteLatency,
        telemetry: Telemetry,
        start: EventStart,
        notes: WriteNotes,
        capacity: int,
    ) -> None:
        self._settings = settings
        self._collector = collector
        self._settler = settler
        self._tickets = tickets
        self._tasks = tasks
        self._tally = tally
        self._deadline = deadline
        self._write_latency = write_latency
        self._telemetry = telemetry
        self._start = start
        self._notes = notes
        self._capacity = capacity
        self._lock = threading.Lock()
        self._submitted = self._unasked = 0
        self._recent = LruSet()
        self.ticked = False
        self._open = ExitStack()
        threads = settings.concurrency
        self._querying = self._pool(self._collect, self._park, max(capacity, 2 * threads))
        self._parking = self._pool(self._park, self._park, 2 * threads)
        self._keeping = self._pool(self._quarantine, self._quarantine, 2 * threads)
        self._reading = self._pool(self._read, self._leave, 2 * threads)

    def _pool(
        self, work: Callable[[_T], None], abandon: Callable[[_T], None], room: int
    ) -> WorkerPool[_T]:
        threads = self._settings.concurrency
        return WorkerPool(
            threads,
            room,
            self._deadline,
            work,
            abandon,
            parking_time=lambda tasks: self._write_latency.estimate(tasks, threads),
        )

    def __enter__(self) -> Self:
        # left in the opposite order: tickets hand their jobs to the others
        for pool in (self._querying, self._parking, self._keeping):
            self._open.enter_context(pool)
        self._open.callback(self._take_rest)
        self._open.enter_context(self._reading)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)
        if self._unasked > _LOGGED:
            more = self._unasked - _LOGGED
            self._telemetry.log("info", "jobs returned without being asked about", jobs=more)

    def take(self, item: Item) -> bool:
        """Take in an item; return False where there is no time for it, nor for any other."""
        if isinstance(item, JobRequest):
            return self._take_job(item)
        if isinstance(item, Ticket):
            return self._take_ticket(item)
        if isinstance(item, Unusable):
            return self._take_unusable(item)
        self.ticked = self.ticked or isinstance(item, Tick)
        return not isinstance(item, Pause) or self._deadline.may_park()

    def _take_job(self, request: JobRequest) -> bool:
        if not self._recent.add((request.api, request.job_id, request.task_token)):
            return True
        return self._submit_all(self._start.admit(request))

    def _take_rest(self) -> None:
        """Submit the job that was held back in case the event names another."""
        if not self._submit_all(self._start.rest()):
            self._tally.add_lost("no time to park a job")

    def _submit_all(self, requests: Sequence[JobRequest]) -> bool:
        is_whole = True
        for request in requests:
            is_whole = self._submit(request) and is_whole
        return is_whole

    def _submit(self, request: JobRequest) -> bool:
        """Submit a job; those of an event that was started before, and never ended, are parked."""
        with self._lock:
            self._submitted += 1
            may_query = self._submitted <= self._capacity
        if may_query and (self._start.is_first or request.on_pending == "return"):
            self._notes.expect((request.job_id,))
            self._querying.submit(request)
        elif request.on_pending == "return" and not request.task_token:
            return self._return_unasked(request)
        elif self._deadline.may_park():
            self._parking.submit(request)
        else:
            return False
        return True

    def _return_unasked(self, request: JobRequest) -> bool:
        """Count a job that is the caller's to ask for again; there may be a million of them."""
        self._unasked += 1
        if self._unasked <= _LOGGED:
            self._park(request)
        else:
            self._tally.add(Outcome(request.job_id, "pending", _OUT_OF_TIME))
        return self._deadline.may_write()

    def _take_ticket(self, ticket: Ticket) -> bool:
        if not self._tickets.is_ticket(ticket):
            return True
        if not self._recent.add((ticket.bucket, ticket.key, ticket.job_id)):
            return True
        if self._deadline.may_park():
            self._reading.submit(ticket)
            return True
        return False

    def _take_unusable(self, piece: Unusable) -> bool:
        """Have a piece quarantined; one that is the same as another is only counted."""
        payload = piece.payload
        raw = payload.encode("utf-8", "replace") if isinstance(payload, str) else payload
        if not self._recent.add(sha256(raw).digest()):
            self._tally.add_rejected_piece()
            self._telemetry.count("rejected")
        elif self._deadline.may_park():
            self._keeping.submit(piece)
        else:
            return False
        return True

    # --- in threads --------------------------------------------------------------------------

    def _collect(self, request: JobRequest) -> None:
        """Collect a job, or park it if the time left is needed to park the waiting ones."""
        waiting = self._write_latency.estimate(self._querying.waiting, self._settings.concurrency)
        if not self._deadline.may_ask(waiting):
            self._park(request)
        elif self._tasks.has_list(request):
            api = self._api_of(request)
            self._settler.settle(request, api, self._collector.collect_in_time(api, request.job_id))
        self._notes.forget(request.job_id)

    def _park(self, request: JobRequest) -> None:
        """Park a job that was not queried, or whose task hangs.

        Where there is no time for a write the job counts as lost, so that the event is delivered
        again.
        """
        outcome = Outcome.out_of_time(request.job_id)
        if not self._start.is_first:
            outcome = outcome._replace(reason=_STARTED_BEFORE)
        if request.on_pending == "return" or self._deadline.may_write():
            if self._tasks.has_list(request):
                self._settler.settle(request, self._api_of(request), outcome)
        elif claim_finished():
            self._tally.add_lost(f"no time to park job {request.job_id}")
            self._tally.add(outcome)

    def _quarantine(self, piece: Unusable) -> None:
        if self._deadline.may_write():
            self._settler.quarantine(piece)
        elif claim_finished():
            self._tally.add_lost("no time to quarantine a part of the event")

    def _read(self, ticket: Ticket) -> None:
        self._tickets.read(ticket, self.take)

    def _leave(self, ticket: Ticket) -> None:
        """Park a ticket whose reading hangs."""
        self._tickets.park(ticket, _OUT_OF_TIME)

    def _api_of(self, request: JobRequest) -> Api:
        return request.api or self._settings.job_api
