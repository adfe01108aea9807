"""Keep tickets that cannot be read now, and events, in the backlog, beside the parked jobs."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any, NamedTuple

from mps_manifest.errors import AlreadyExists
from mps_manifest.events import Ticket
from mps_manifest.job_limits import MAX_ASYNC_EVENT, MAX_REASON
from mps_manifest.limits.retry_policy import RetryPolicy
from mps_manifest.parsing.foreign_text import shown
from mps_manifest.ports import Clock
from mps_manifest.state.due_seconds import due_second
from mps_manifest.state.keys import Keys, hash_of_event, hash_of_ticket, ticket_hash
from mps_manifest.state.record_times import record_moment, record_time
from mps_manifest.state.records import Broken, Record, Records

_MAX_ENTRY_BYTES = 2 * MAX_ASYNC_EVENT
_EVENT = "event"


class ParkedTicket(NamedTuple):
    """A parked ticket; `attempts` is the number of times it was read in vain.

    `starts` and `started_until` are as in a job's entry. With `event` it is the copy of an event,
    and the ticket has no address.
    """

    ticket: Ticket
    first_seen: float
    attempts: int = 0
    reason: str = ""
    starts: int = 0
    started_until: float = 0.0
    event: bytes = b""


class ParkedTickets:
    """The parked tickets in the home bucket. Every method may raise ServiceError."""

    def __init__(self, records: Records, keys: Keys, policy: RetryPolicy, clock: Clock) -> None:
        self._records = records
        self._keys = keys
        self._policy = policy
        self._clock = clock

    def park(self, ticket: Ticket, reason: str, earlier: ParkedTicket | None = None) -> str:
        """Write an entry, due after a delay with full jitter; return its key."""
        attempts = earlier.attempts if earlier else 0
        due = self._clock.now() + self._policy.parked_delay(attempts)
        due = due_second(due, bulk=False)  # who can tell how many jobs it names?
        key = self._keys.parked_ticket(due, ticket.bucket, ticket.key)
        first_seen = earlier.first_seen if earlier else self._clock.now()
        entry = ParkedTicket(ticket, first_seen, attempts + 1, shown(reason, MAX_REASON))
        try:
            self._records.write(key, _fields(entry), overwrite=False)
        except AlreadyExists:  # an entry of the same ticket, which has the same effect
            return key
        return key

    def park_event(self, event: bytes, due: float) -> str:
        """Write a copy of an event, whose jobs are parked when it is due; return its key."""
        key = self._keys.parked_event(due_second(due, bulk=False), event)
        entry = ParkedTicket(Ticket("", "", None, _EVENT, ""), self._clock.now(), event=event)
        with suppress(AlreadyExists):  # the same event, in the same second
            self._records.write(key, _fields(entry), overwrite=False)
        return key

    def note_start(self, key: str, entry: ParkedTicket, until: float) -> None:
        """Write into an entry that its ticket is read once more; who reads it ends by then."""
        started = entry._replace(starts=entry.starts + 1, started_until=until)
        self._records.write(key, _fields(started), overwrite=True)

    def read(self, key: str) -> ParkedTicket | Broken | None:
        """Read an entry; None where another sweep has deleted it."""
        found = self._records.read(key, _MAX_ENTRY_BYTES, lambda fields: self._parse(fields, key))
        return found.value if isinstance(found, Record) else found

    def remove(self, key: str) -> None:
        """Delete the entry of a ticket whose jobs are kept elsewhere."""
        self._records.store.delete(key)

    def _parse(self, fields: Any, entry_key: str) -> ParkedTicket:
        """Parse the fields of an entry. Raises an error where they are not those of its ticket."""
        event = base64.b64decode(fields.get("event", ""), validate=True)
        bucket, key, job_id = fields["bucket"], fields["key"], fields.get("jobId")
        if not (isinstance(bucket, str) and isinstance(key, str)):
            raise TypeError("not the address of a ticket")
        _, name = self._keys.parse_backlog_entry(entry_key) or (0.0, "")
        if ticket_hash(name) != (hash_of_event(event) if event else hash_of_ticket(bucket, key)):
            raise ValueError("the entry of another ticket")  # whose jobs are not those of this one
        origin, attempts = fields.get("origin"), fields.get("attempts")
        starts, until = fields.get("starts"), fields.get("startedUntil")
        ticket = Ticket(
            bucket,
            key,
            job_id if isinstance(job_id, str) else None,
            origin if isinstance(origin, str) and origin else f"ticket oss://{bucket}/{key}"[:500],
            "",
        )
        return ParkedTicket(
            ticket,
            min(record_moment(fields.get("firstSeen")), self._clock.now()),
            attempts if isinstance(attempts, int) and 0 <= attempts < 1000 else 0,
            str(fields.get("reason", "")),
            starts if isinstance(starts, int) and 0 <= starts < 1000 else 0,
            record_moment(until) if until else 0.0,
            event,
        )


def _fields(entry: ParkedTicket) -> dict[str, Any]:
    ticket = entry.ticket
    return {
        "bucket": ticket.bucket,
        "key": ticket.key,
        "jobId": ticket.job_id,
        "firstSeen": record_time(entry.first_seen),
        "attempts": entry.attempts,
        "reason": entry.reason,
        "origin": ticket.origin,
        "starts": entry.starts or None,
        "startedUntil": record_time(entry.started_until) if entry.starts else None,
        "event": base64.b64encode(entry.event).decode() if entry.event else None,
    }
