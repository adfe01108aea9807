"""Read tickets for their jobs; park those that cannot be read now, and take those up again."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing

from mps_manifest.causes import Cause
from mps_manifest.errors import InvalidEvent, OutOfTime, ServiceError
from mps_manifest.events import Item, JobRequest, Ticket, Unusable, decode_event
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.retry_policy import RetryPolicy
from mps_manifest.limits.work_claim import claim_finished, is_given_up
from mps_manifest.ports import Clock, Telemetry
from mps_manifest.settings import Settings
from mps_manifest.state.backlog import Backlog, BacklogEntry
from mps_manifest.state.parked_tickets import ParkedTicket, ParkedTickets
from mps_manifest.state.records import Broken
from mps_manifest.state.starts import Starts
from mps_manifest.state.tickets import TicketReader, by_name
from mps_manifest.workflow.outcome import Tally
from mps_manifest.workflow.settle_outcome import OutcomeSettler

"""Starts without an end after which a ticket is not read any more."""
_FROM_A_TICKET = "named by a ticket that could not be read before"
_FROM_AN_EVENT = "named by an event that could not be worked on before"


class TicketIntake:
    """The intake of the tickets of one invocation, for several threads."""

    def __init__(
        self,
        *,
        tickets: TicketReader,
        parked: ParkedTickets,
        backlog: Backlog,
        settler: OutcomeSettler,
        settings: Settings,
        tally: Tally,
        policy: RetryPolicy,
        deadline: Deadline,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._tickets = tickets
        self._parked = parked
        self._backlog = backlog
        self._settler = settler
        self._settings = settings
        self._tally = tally
        self._policy = policy
        self._deadline = deadline
        self._clock = clock
        self._telemetry = telemetry
        self._unfinished: list[Ticket] = []

    # --- tickets of an event -----------------------------------------------------------------

    def is_ticket(self, ticket: Ticket) -> bool:
        """Return whether an object is a ticket."""
        return self._tickets.is_ticket(ticket)

    def read(self, ticket: Ticket, take: Callable[[Item], bool]) -> None:
        """Pass the items of a ticket to `take`, until it returns False because time is over.

        A ticket that cannot be read now is parked.
        """
        if not self._deadline.may_ask():
            self.park(ticket, OutOfTime().reason)
            return
        try:
            with closing(self._items(ticket)) as items:
                is_whole = all(self._has_time() and take(item) for item in items)
        except ServiceError as error:
            self.park(ticket, error.reason)
            return
        if claim_finished() and not is_whole:
            self._unfinished.append(ticket)

    def park(self, ticket: Ticket, reason: str) -> None:
        """Keep a ticket for a later sweep; where that fails it counts as lost."""
        try:
            self._parked.park(ticket, reason)
        except ServiceError as error:
            if claim_finished():
                address = f"{ticket.bucket}/{ticket.key}"
                self._tally.add_lost(f"ticket {address} was neither read nor kept ({error.reason})")
            return
        if claim_finished():
            self._count_parked(ticket, reason)

    def leave_the_rest(self) -> str:
        """Save how far tickets were taken in; return what is to be said of one of them.

        To be called only where all jobs up to there were kept.
        """
        said = [self._saved(ticket) for ticket in self._unfinished]
        return next(filter(None, said), "")

    def _saved(self, ticket: Ticket) -> str:
        try:
            return self._tickets.save_progress(ticket)
        except ServiceError as error:
            return f"no time for the whole ticket ({error.reason})"

    @property
    def has_rest(self) -> bool:
        """Whether there was no time for a whole ticket."""
        return bool(self._unfinished)

    # --- parked tickets ----------------------------------------------------------------------

    def take_up(self, key: str, starts: Starts | None = None) -> None:
        """Park the jobs of a parked ticket; it remains due where it cannot be replaced.

        After JOB_TTL_HOURS it is quarantined, unless its name is a job ID. With `starts` an earlier
        sweep may have crashed on it: then its entry counts that, and it is not read for ever.
        """
        try:
            entry = self._parked.read(key)
            if isinstance(entry, Broken):
                self._settler.quarantine(_broken(entry))
            elif entry is not None and starts and starts.counts(entry.started_until):
                return
            elif entry is not None and starts and entry.starts >= self._policy.ticket_given_up_from:
                piece = "event" if entry.event else "ticket"
                reason = (
                    f"the function crashed {entry.starts} times while reading this {piece}; "
                    "split it and send it again"
                )
                self._keep(_given_up(entry.ticket, entry.event, reason, "died"))
            elif entry is not None:
                if starts:
                    self._parked.note_start(key, entry, starts.until)
                if not self._is_taken_up(entry):
                    return
            if entry is not None:
                self._parked.remove(key)
        except ServiceError as error:
            self._telemetry.log("warning", "ticket remains due", key=key, reason=error.reason)

    def _is_taken_up(self, entry: ParkedTicket) -> bool:
        """Return whether a ticket was read, or parked again. Raises ServiceError."""
        is_old = self._clock.now() - entry.first_seen >= self._settings.job_ttl_hours * 3600
        reason = f"the ticket could not be read in time: {entry.reason}"
        expired = _given_up(entry.ticket, entry.event, reason, "unreadable")
        try:
            with closing(self._items(entry.ticket, entry.event)) as items:
                for item in items:
                    if not self._has_time():
                        if entry.event:
                            return False
                        self._tickets.save_progress(entry.ticket)
                        return False
                    self._keep(item, _FROM_AN_EVENT if entry.event else _FROM_A_TICKET)
        except ServiceError as error:
            if isinstance(error, OutOfTime):
                raise
            if is_old:
                self._keep(expired)
            else:
                self._parked.park(entry.ticket, error.reason, entry)
                self._count_parked(entry.ticket, error.reason)
        return True

    def _keep(self, item: Item, reason: str = _FROM_A_TICKET) -> None:
        """Park a job or a ticket, quarantine anything else. Raises ServiceError."""
        if isinstance(item, Unusable):
            self._settler.quarantine(item)
        elif isinstance(item, JobRequest):
            api = item.api or self._settings.job_api
            entry = BacklogEntry.of(item, api, self._clock.now())
            self._backlog.park(entry.after_try(reason, "", query_calls=0))
            self._telemetry.count("parked")
        elif isinstance(item, Ticket) and self.is_ticket(item):
            self._parked.park(item, _FROM_AN_EVENT)

    # --- both --------------------------------------------------------------------------------

    def _items(self, ticket: Ticket, event: bytes = b"") -> Generator[Item, None, None]:
        """Yield the items of a ticket, or of an event; a defect of ours makes it unusable."""
        try:
            yield from _kept_items(event) if event else self._tickets.read(ticket)
        except InvalidEvent as error:
            yield Unusable(event, str(error), ticket.origin, error.cause)
        except ServiceError:
            raise
        except Exception as error:  # noqa: BLE001 - it must not bring the ticket back for ever
            self._telemetry.unexpected(error)
            reason = f"an unexpected {type(error).__name__}; see the log"
            yield _given_up(ticket, event, reason, "internal-fault")

    def _has_time(self) -> bool:
        """Return whether one more job can be kept, before the time for parking is over."""
        return not is_given_up() and self._deadline.may_park_another()

    def _count_parked(self, ticket: Ticket, reason: str) -> None:
        self._tally.add_parked_ticket()
        self._telemetry.count("parked")
        self._telemetry.log("warning", "ticket parked", origin=ticket.origin, reason=reason)


def _broken(entry: Broken) -> Unusable:
    reason = f"the entry of a parked ticket is broken ({entry.reason})"
    return Unusable(entry.body, reason, entry.key, "unreadable")


def _kept_items(event: bytes) -> Iterator[Item]:
    """Yield what an event names, but for the jobs that are its caller's to ask for again."""
    for item in decode_event(event).items:
        if not isinstance(item, JobRequest) or item.on_pending == "park":
            yield item


def _given_up(ticket: Ticket, event: bytes, reason: str, cause: Cause) -> Item:
    """Return what is left of a ticket, or an event, that is not read any more."""
    if event:
        return Unusable(event, reason, ticket.origin, cause)
    return by_name(ticket, reason, cause)
