"""What can be replayed: a job, a quarantine entry, a ticket; each yields the items it names."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import orjson

from mps_manifest.errors import InvalidEvent, NotFound
from mps_manifest.events import Item, JobRequest, Ticket, Unusable, decode_event, decode_ticket
from mps_manifest.job_limits import MAX_JSON_BYTES
from mps_manifest.settings import Api
from mps_manifest.workflow.core import Core
from operate.replay.jobs import api_of

ORIGIN = "mpsm replay"
_MOST_BYTES = 2 * MAX_JSON_BYTES
"""The largest entry: a body of the most that is taken, in Base64."""
_MAX_TEXT = 500
_DIRECT = "direct"
"""The origin of what stands in a payload itself, of which the entry knows more."""


class Source(NamedTuple):
    """What is replayed: one of `job_id`, `entry` (a key of the quarantine) and `ticket`."""

    job_id: str = ""
    entry: str = ""
    ticket: tuple[str, str] | None = None
    api: Api | None = None

    @property
    def kind(self) -> str:
        """What it is."""
        return "job" if self.job_id else "entry" if self.entry else "ticket"

    @property
    def name(self) -> str:
        """What a person calls it."""
        if self.ticket:
            return f"oss://{self.ticket[0]}/{self.ticket[1]}"
        return self.job_id or self.entry.rpartition("/")[2].removesuffix(".json")

    def items(self, core: Core) -> Iterator[Item]:
        """Yield what it names. Raises ServiceError."""
        if self.ticket:
            bucket, key = self.ticket
            yield from core.tickets.read(Ticket(bucket, key, None, f"{ORIGIN} of {self.name}", ""))
        elif self.entry:
            yield from _items_of_entry(core, self.entry)
        else:
            api = self.api or api_of(core, self.job_id)
            yield JobRequest(self.job_id, api, "park", ORIGIN)


class Entry(NamedTuple):
    """A quarantine entry."""

    reason: str
    origin: str
    payload: bytes


def parse_entry(body: bytes) -> Entry:
    """Parse a quarantine entry. Raises ValueError where it is none."""
    fields = orjson.loads(body)
    if not isinstance(fields, dict) or not isinstance(fields.get("payload"), str):
        raise ValueError("not a quarantine entry")  # noqa: TRY004 - of whoever wrote the object
    text = fields["payload"]
    try:
        encoded = fields.get("encoding") == "base64"
        payload = base64.b64decode(text, validate=True) if encoded else text.encode()
    except binascii.Error:
        raise ValueError("not Base64") from None
    return Entry(_text(fields.get("reason")), _text(fields.get("origin")), payload)


def _text(value: Any) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _items_of_entry(core: Core, key: str) -> Iterator[Item]:
    """Yield what the payload of an entry names. Raises ServiceError."""
    stored = core.store.read(core.settings.bucket, key, _MOST_BYTES)
    try:
        entry = parse_entry(stored.body)
    except ValueError:
        yield Unusable(b"", "the object is not a quarantine entry", key, "unreadable")
        return
    ticket = _ticket_in(entry.payload)
    if ticket:
        yield from _items_of_ticket(core, *ticket, entry.origin)
        return
    try:
        for item in decode_event(entry.payload).items:
            if isinstance(item, JobRequest) and item.origin == _DIRECT:
                yield item._replace(origin=entry.origin or ORIGIN)
            else:
                yield item
    except InvalidEvent as error:
        yield Unusable(entry.payload, str(error), entry.origin, error.cause)


def _ticket_in(payload: bytes) -> tuple[str, str, bytes] | None:
    """Return bucket, key and kept body where a payload is that of a ticket (state/tickets.py)."""
    try:
        fields = orjson.loads(payload)
        if fields.keys() - {"bucket", "key"} not in ({"body"}, {"bodyBase64"}):
            return None
        body = fields.get("body")
        raw = body.encode() if body is not None else base64.b64decode(fields["bodyBase64"])
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    bucket, key = fields["bucket"], fields["key"]
    return (bucket, key, raw) if isinstance(bucket, str) and isinstance(key, str) else None


def _items_of_ticket(core: Core, bucket: str, key: str, kept: bytes, origin: str) -> Iterator[Item]:
    """Yield what a ticket names as it is now, or where it is gone what was kept of its body."""
    ticket = Ticket(bucket, key, None, origin or ORIGIN, "")
    if bucket in core.settings.allowed_buckets:
        with suppress(NotFound):
            core.store.head(bucket, key)
            yield from core.tickets.read(ticket)
            return
    yield from decode_ticket(kept, ticket.origin)
