"""The use case of one event: every job it names is finished, parked, rejected, or told of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from mps_manifest.backlog import Backlog, Due
from mps_manifest.collect import Collector
from mps_manifest.deadline import Deadline
from mps_manifest.errors import ServiceError, TemporarilyUnavailable
from mps_manifest.events import Item, JobRequest, Tick, Ticket, Unusable
from mps_manifest.outcome import Outcome
from mps_manifest.ports import Telemetry
from mps_manifest.settings import Api, Settings
from mps_manifest.settle import Settler
from mps_manifest.tickets import TicketReader
from mps_manifest.workers import Workers


@dataclass(frozen=True)
class Intake:
    """Everything one invocation needs to work off one event."""

    settings: Settings
    collector: Collector
    settler: Settler
    backlog: Backlog
    tickets: TicketReader
    deadline: Deadline
    telemetry: Telemetry

    def take_in(self, items: Iterator[Item]) -> dict[str, Any]:
        """Work off an event and give the return value.

        Raises TemporarilyUnavailable when all is done that can be done and something could be
        neither finished nor kept; InvalidEvent where the items do.
        """
        size = self.settings.concurrency
        seen: set[tuple[str, str | None]] = set()
        with Workers(size, 2 * size, self.deadline, self._abandoned) as workers:
            for item in self._without_tickets(items):
                if isinstance(item, Unusable):
                    self.settler.quarantine(item)
                elif isinstance(item, Tick):
                    self._sweep(workers)
                elif isinstance(item, JobRequest) and (item.job_id, item.task_token) not in seen:
                    seen.add((item.job_id, item.task_token))
                    workers.submit(partial(self._new, item), item)
        if self.settler.tally.lost:
            raise TemporarilyUnavailable("; ".join(self.settler.tally.lost))
        return self.settler.tally.answer()

    def _without_tickets(self, items: Iterator[Item]) -> Iterator[Item]:
        for item in items:
            if not isinstance(item, Ticket):
                yield item
            elif self.tickets.concerns(item):
                try:
                    yield from self.tickets.read(item)
                except ServiceError as fault:
                    reason = f"ticket {item.bucket}/{item.key} could not be read ({fault.reason})"
                    self.settler.tally.lose(reason)

    def _new(self, request: JobRequest) -> None:
        api = self._api_of(request)
        outcome = self._collect(api, request.job_id)
        self.settler.settle(request, api, outcome)

    def _api_of(self, request: JobRequest) -> Api:
        return request.api or self.settings.job_api

    def _collect(self, api: Api, job_id: str) -> Outcome:
        if self.deadline.over:
            return Outcome.out_of_time(job_id)
        try:
            return self.collector.collect(api, job_id)
        except Exception as fault:  # noqa: BLE001 - a fault of ours must not take other jobs along
            self.telemetry.fault(fault)
            return Outcome(job_id, "pending", f"an unexpected {type(fault).__name__}; see the log")

    # --- the backlog -------------------------------------------------------------------------

    def _sweep(self, workers: Workers) -> None:
        """Work off what is due; what there is no time for simply stays due."""
        try:
            for due in self.backlog.due():
                if self.deadline.over:
                    return
                workers.submit(partial(self._parked, due), due)
        except ServiceError as fault:
            self.settler.tally.lose(f"the backlog could not be listed ({fault.reason})")

    def _parked(self, due: Due) -> None:
        try:
            entry = None if self.deadline.over else self.backlog.read(due)
        except ServiceError:
            return  # it stays due
        if entry is None:
            return
        outcome = self._collect(entry.api, entry.job_id)
        if outcome.asked:
            self.settler.settle_parked(due, entry, outcome)

    def _abandoned(self, subject: object) -> None:
        """Keep a job whose task hangs beyond the deadline; a parked one is kept already."""
        if isinstance(subject, JobRequest):
            outcome = Outcome.out_of_time(subject.job_id)
            self.settler.settle(subject, self._api_of(subject), outcome)
