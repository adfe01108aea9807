"""The use case of one event: every job it names is finished, parked, rejected or returned."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

from mps_manifest.errors import ServiceError, TemporarilyUnavailable
from mps_manifest.events import Item, JobRequest, Tick, Ticket, Unusable
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.lru_set import LruSet
from mps_manifest.limits.worker_pool import WorkerPool
from mps_manifest.limits.write_latency import WriteLatency
from mps_manifest.settings import Api, Settings
from mps_manifest.state.tasks import Tasks
from mps_manifest.state.tickets import TicketReader
from mps_manifest.workflow.collect_job import JobCollector
from mps_manifest.workflow.outcome import Outcome, Tally
from mps_manifest.workflow.settle_outcome import OutcomeSettler
from mps_manifest.workflow.sweep_backlog import BacklogSweeper


class EventHandler:
    """The handler of one event.

    `capacity` is the number of jobs that the rate limit and the deadline allow to query; further
    jobs of the event are parked immediately, while the others are queried.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        collector: JobCollector,
        settler: OutcomeSettler,
        sweeper: BacklogSweeper,
        tickets: TicketReader,
        tasks: Tasks,
        tally: Tally,
        deadline: Deadline,
        write_latency: WriteLatency,
        capacity: int,
    ) -> None:
        self._settings = settings
        self._collector = collector
        self._settler = settler
        self._sweeper = sweeper
        self._tickets = tickets
        self._tasks = tasks
        self._tally = tally
        self._deadline = deadline
        self._write_latency = write_latency
        self._capacity = capacity
        self._recent = LruSet()
        self._expected: dict[str, bool] = {}

    def handle(self, items: Iterator[Item]) -> dict[str, Any]:
        """Process the items of an event and return the answer.

        Raises TemporarilyUnavailable after everything else is done if something could be neither
        finished nor kept; InvalidEvent where iterating the items does.
        """
        with closing(self._without_tickets(items)) as pieces:
            ticked, whole = self._distribute(pieces)
        if not whole:
            self._leave_the_rest()
        if ticked:
            self._sweeper.sweep()
        if self._tally.lost:
            raise TemporarilyUnavailable("; ".join(self._tally.lost))
        return self._tally.answer()

    def _distribute(self, pieces: Iterator[Item]) -> tuple[bool, bool]:
        """Submit every job to a pool; return whether there was a tick and whether all was read."""
        ticked, submitted = False, 0
        threads = self._settings.concurrency
        room = max(self._capacity, 2 * threads)
        with (
            WorkerPool[JobRequest](
                threads, room, self._deadline, lambda one: self._collect(one, querying), self._park
            ) as querying,
            WorkerPool[JobRequest](
                threads, 2 * threads, self._deadline, self._park, self._park
            ) as parking,
        ):
            for item in pieces:
                if isinstance(item, Unusable):
                    self._settler.quarantine(item)
                elif isinstance(item, Tick):
                    ticked = True
                elif isinstance(item, JobRequest) and self._is_wanted(item):
                    submitted += 1
                    if submitted <= self._capacity:
                        querying.submit(item)
                    elif item.on_pending == "return" or self._deadline.may_park():
                        parking.submit(item)
                    else:
                        return ticked, False
        return ticked, True

    def _without_tickets(self, items: Iterator[Item]) -> Generator[Item, None, None]:
        """Yield the items with the jobs of tickets in place of the tickets."""
        for item in items:
            if not isinstance(item, Ticket):
                yield item
            elif self._tickets.concerns(item):
                try:
                    yield from self._tickets.read(item)
                except ServiceError as error:
                    self._tally.lose(
                        f"ticket {item.bucket}/{item.key} could not be read ({error.reason})"
                    )

    def _leave_the_rest(self) -> None:
        """Record that the rest of the event needs another delivery.

        The progress of a ticket is saved only if all jobs up to there were kept.
        """
        reason = "no time to process the whole event"
        try:
            reason = reason if self._tally.lost else self._tickets.save_progress() or reason
        except ServiceError as error:
            reason = f"{reason} ({error.reason})"
        self._tally.lose(reason)

    def _is_wanted(self, request: JobRequest) -> bool:
        """Return whether a request is new, and the list of its task (if any) is written."""
        identity = request.api, request.job_id, request.task_token
        return self._recent.add(identity) and self._is_expected(request)

    def _is_expected(self, request: JobRequest) -> bool:
        """Write the list of a task's jobs before the first can end; False where that failed."""
        token = request.task_token
        if not request.task_jobs or not token:
            return True
        if token not in self._expected:
            jobs = tuple((api or self._settings.job_api, name) for api, name in request.task_jobs)
            try:
                self._tasks.expect(token, jobs)
                self._expected[token] = True
            except ServiceError as error:
                self._expected[token] = False
                self._tally.lose(f"the job list of a task could not be written ({error.reason})")
        return self._expected[token]

    # --- one job -----------------------------------------------------------------------------

    def _collect(self, request: JobRequest, pool: WorkerPool[JobRequest]) -> None:
        """Collect a job, or park it if the time left is needed to park the waiting ones."""
        parking = self._write_latency.estimate(pool.waiting, self._settings.concurrency)
        if not self._deadline.may_ask(parking):
            self._park(request)
            return
        api = self._api_of(request)
        self._settler.settle(request, api, self._collector.collect_in_time(api, request.job_id))

    def _park(self, request: JobRequest) -> None:
        """Park a job that was not queried, or whose task hangs.

        Where there is no time for a write the job counts as lost, so that the event is delivered
        again.
        """
        outcome = Outcome.out_of_time(request.job_id)
        if request.on_pending == "return" or self._deadline.may_write():
            self._settler.settle(request, self._api_of(request), outcome)
        else:
            self._tally.lose(f"no time to park job {request.job_id}")
            self._tally.add(outcome)

    def _api_of(self, request: JobRequest) -> Api:
        return request.api or self._settings.job_api
