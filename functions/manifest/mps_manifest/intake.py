"""The use case of one event: every job it names is finished, parked, rejected, or told of."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any, TypeVar

from mps_manifest.collect import Collector
from mps_manifest.deadline import Deadline
from mps_manifest.errors import ServiceError, TemporarilyUnavailable
from mps_manifest.events import Item, JobRequest, Tick, Ticket, Unusable
from mps_manifest.outcome import Outcome
from mps_manifest.pace import Pace
from mps_manifest.recent import Recent
from mps_manifest.settings import Api, Settings
from mps_manifest.settle import Settler
from mps_manifest.sweep import Sweeper
from mps_manifest.tickets import TicketReader
from mps_manifest.values import dataclass
from mps_manifest.workers import Workers

S = TypeVar("S")


@dataclass(frozen=True)
class Intake:
    """Everything one invocation needs to work off one event.

    `capacity` is how many jobs the budget and the deadline allow to ask for; whatever an event
    names beyond that is parked from the start, while the others are asked for.
    """

    settings: Settings
    collector: Collector
    settler: Settler
    sweeper: Sweeper
    tickets: TicketReader
    deadline: Deadline
    pace: Pace
    capacity: int

    def take_in(self, items: Iterator[Item]) -> dict[str, Any]:
        """Work off an event and give the return value.

        Raises TemporarilyUnavailable when all is done that can be done and something could be
        neither finished nor kept; InvalidEvent where the items do.
        """
        with closing(self._without_tickets(items)) as pieces:
            ticked, whole = self._distribute(pieces)
        if not whole:
            self._leave_the_rest()
        if ticked:
            sweeper = self.sweeper
            with self._workers(self.capacity, sweeper.work_off, sweeper.leave) as due:
                sweeper.submit_due(due, self.capacity)
            sweeper.tidy()
        if self.settler.tally.lost:
            raise TemporarilyUnavailable("; ".join(self.settler.tally.lost))
        return self.settler.tally.answer()

    def _distribute(self, pieces: Iterator[Item]) -> tuple[bool, bool]:
        """Give every job to the workers; tells whether a tick was met, and whether all was read."""
        ticked, recent, asked = False, Recent(), 0
        tasks: dict[str, bool] = {}
        with (
            self._workers(self.capacity, lambda one: self._ask(one, asking), self._park) as asking,
            self._workers(0, self._park, self._park) as parking,
        ):
            for item in pieces:
                if isinstance(item, Unusable):
                    self.settler.quarantine(item)
                elif isinstance(item, Tick):
                    ticked = True
                elif isinstance(item, JobRequest) and recent.is_new(_identity(item)):
                    if not self._expected(item, tasks):
                        continue
                    asked += 1
                    if asked <= self.capacity:
                        asking.submit(item)
                    elif item.on_pending == "park" and self._too_late_to_park():
                        return ticked, False
                    else:
                        parking.submit(item)
        return ticked, True

    def _workers(
        self, room: int, work: Callable[[S], None], abandon: Callable[[S], None]
    ) -> Workers[S]:
        size = self.settings.concurrency
        return Workers(size, max(room, 2 * size), self.deadline, work, abandon)

    def _without_tickets(self, items: Iterator[Item]) -> Generator[Item, None, None]:
        for item in items:
            if not isinstance(item, Ticket):
                yield item
            elif self.tickets.concerns(item):
                try:
                    yield from self.tickets.read(item)
                except ServiceError as fault:
                    reason = f"ticket {item.bucket}/{item.key} could not be read ({fault.reason})"
                    self.settler.tally.lose(reason)

    def _leave_the_rest(self) -> None:
        """Leave the rest of the event to its next delivery.

        How far a ticket was taken in is noted only if all of that was kept.
        """
        reason = "no time to take in the whole event"
        try:
            reason = reason if self.settler.tally.lost else self.tickets.remember() or reason
        except ServiceError as fault:
            reason = f"{reason} ({fault.reason})"
        self.settler.tally.lose(reason)

    def _expected(self, request: JobRequest, tasks: dict[str, bool]) -> bool:
        """Remember the jobs of a task before the first of them can end; else leave all of them."""
        token = request.task_token
        if not request.task_jobs or not token:
            return True
        if token not in tasks:
            jobs = tuple((api or self.settings.job_api, name) for api, name in request.task_jobs)
            tasks[token] = True
            try:
                self.settler.callbacks.expect(token, jobs)
            except ServiceError as fault:
                tasks[token] = False
                self.settler.tally.lose(f"the jobs of a task could not be kept ({fault.reason})")
        return tasks[token]

    # --- one job -----------------------------------------------------------------------------

    def _ask(self, request: JobRequest, workers: Workers[JobRequest]) -> None:
        if self._others_must_be_parked(workers):
            self._park(request)
            return
        api = self._api_of(request)
        self.settler.settle(request, api, self.collector.collect_in_time(api, request.job_id))

    def _others_must_be_parked(self, workers: Workers[JobRequest]) -> bool:
        """Tell whether the time left is needed to park what waits."""
        needed = self.pace.needed(workers.waiting, self.settings.concurrency)
        return self.deadline.passed(
            min(self.deadline.work_until, self.deadline.park_until - needed)
        )

    def _too_late_to_park(self) -> bool:
        return self.deadline.passed(self.deadline.park_until)

    def _park(self, request: JobRequest) -> None:
        """Park a job unasked, or one that hangs, unless the answer is due.

        Then only another delivery can help.
        """
        outcome = Outcome.out_of_time(request.job_id)
        if request.on_pending == "return" or not self.deadline.passed(self.deadline.write_until):
            self.settler.settle(request, self._api_of(request), outcome)
        else:
            self.settler.tally.lose(f"no time to keep job {request.job_id}")
            self.settler.tally.add(outcome)

    def _api_of(self, request: JobRequest) -> Api:
        return request.api or self.settings.job_api


def _identity(request: JobRequest) -> tuple[str | None, ...]:
    """Say what makes two requests the same; asking twice is harmless, so a few are enough."""
    return request.api, request.job_id, request.task_token
