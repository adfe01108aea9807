"""Objects that carry job IDs: in their metadata, in their body, or in their name."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import orjson

from mps_manifest.errors import NotFound, ServiceError
from mps_manifest.events import Item, JobRequest, Ticket, Unusable, decode_ticket
from mps_manifest.job_ids import is_bare_job_id, is_job_id
from mps_manifest.ports import ObjectStore, StoredObject
from mps_manifest.settings import Settings

MAX_TICKET_BYTES = 32 * 1024 * 1024
_KEPT_BYTES = 256 * 1024


@dataclass(frozen=True)
class TicketReader:
    """Reads tickets from allowed buckets."""

    store: ObjectStore
    settings: Settings

    def concerns(self, ticket: Ticket) -> bool:
        """Tell a ticket from other objects, our own manifests and state among them."""
        return any(
            key.startswith(self.settings.ticket_prefix) and key != self.settings.ticket_prefix
            for key in {ticket.key, unquote(ticket.key)}
        )

    def read(self, ticket: Ticket) -> Iterator[Item]:
        """Find the IDs: `x-oss-meta-job-id`, then a direct body, then the key's stem.

        Raises ServiceError where the object cannot be read now.
        """
        if ticket.bucket not in self.settings.allowed_buckets:
            reason = f"a ticket in bucket {ticket.bucket}, which is not in ALLOWED_BUCKETS"
            yield Unusable(ticket.payload, reason, ticket.origin)
            return
        if is_job_id(ticket.job_id):
            yield JobRequest(ticket.job_id, None, "park", ticket.origin)
            return
        try:
            stored = self._fetch(ticket)
        except ServiceError as fault:
            if fault.retryable:
                raise
            yield from self._by_name(ticket, f"cannot be read: {fault.reason}")
            return
        yield from self._by_content(ticket, stored)

    def _fetch(self, ticket: Ticket) -> StoredObject:
        """Take the key as it is; one that is not found and holds `%` is tried decoded."""
        try:
            return self.store.read(ticket.bucket, ticket.key, MAX_TICKET_BYTES)
        except NotFound:
            if "%" not in ticket.key:
                raise
            return self.store.read(ticket.bucket, unquote(ticket.key), MAX_TICKET_BYTES)

    def _by_content(self, ticket: Ticket, stored: StoredObject) -> Iterator[Item]:
        named = stored.metadata.get("job-id")
        if is_job_id(named):
            yield JobRequest(named, None, "park", ticket.origin)
            return
        items = list(decode_ticket(stored.body, ticket.origin))
        if any(isinstance(item, JobRequest) for item in items):
            yield from items
        elif not items and stored.body.strip():
            return  # a body that is understood and names no job, as an empty list
        else:
            faults = [item.reason for item in items if isinstance(item, Unusable)]
            if named:
                faults.append(f"x-oss-meta-job-id is {named[:80]!r}, no job ID")
            yield from self._by_name(ticket, "; ".join(faults) or "has no content", stored)

    def _by_name(
        self, ticket: Ticket, otherwise: str, stored: StoredObject | None = None
    ) -> Iterator[Item]:
        stem = ticket.key.rsplit("/", 1)[-1].split(".", 1)[0]
        if is_bare_job_id(stem):
            yield JobRequest(stem, None, "park", ticket.origin)
        else:
            payload = _with_body(ticket, stored.body if stored else b"")
            reason = f"{otherwise}; and its name {stem[:80]!r} is no job ID"
            yield Unusable(payload, reason, ticket.origin)


def _with_body(ticket: Ticket, body: bytes) -> str:
    """Write a ticket's address and as much of its body as is kept, always the same way."""
    kept = body[:_KEPT_BYTES]
    fields: dict[str, object] = {"bucket": ticket.bucket, "key": ticket.key}
    try:
        fields["body"] = kept.decode()
    except UnicodeDecodeError:
        fields["bodyBase64"] = base64.b64encode(kept).decode()
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS).decode()
