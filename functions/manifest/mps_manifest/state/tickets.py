"""Read tickets: objects that carry job IDs in their metadata, body or name."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import unquote

import orjson

from mps_manifest.errors import NotFound, ServiceError
from mps_manifest.events import Item, JobRequest, Ticket, Unusable, decode_ticket
from mps_manifest.events.line_reader import LineReader, first_line
from mps_manifest.job_ids import is_bare_job_id, is_job_id
from mps_manifest.ports import ObjectStore, ObjectStream
from mps_manifest.settings import Settings
from mps_manifest.state.keys import Keys
from mps_manifest.state.records import Record, Records

READ_AT_ONCE = 1024 * 1024
"""The size in bytes from which a ticket of lines is read as a stream."""
MAX_TICKET_BYTES = 16 * 1024 * 1024
"""The largest ticket of JSON or Base64, since these are decoded as a whole."""
_KEPT_BYTES = 256 * 1024
_MAX_PROGRESS_BYTES = 1024


class TicketReader:
    """The reader of tickets in allowed buckets; it keeps the state of a long one being read."""

    def __init__(
        self, store: ObjectStore, records: Records, keys: Keys, settings: Settings
    ) -> None:
        self._store = store
        self._records = records
        self._keys = keys
        self._settings = settings
        self._reading: LineReader | None = None

    def concerns(self, ticket: Ticket) -> bool:
        """Return whether an object is below the ticket prefix, with its key as it is or decoded."""
        prefix = self._settings.ticket_prefix
        return any(
            key.startswith(prefix) and key != prefix for key in {ticket.key, unquote(ticket.key)}
        )

    def read(self, ticket: Ticket) -> Iterator[Item]:
        """Yield the jobs of a ticket: by `x-oss-meta-job-id`, else its body, else the key's stem.

        Raises ServiceError where a later delivery may be able to read the object.
        """
        if ticket.bucket not in self._settings.allowed_buckets:
            reason = f"the ticket is in bucket {ticket.bucket}, which is not in ALLOWED_BUCKETS"
            yield Unusable(ticket.payload, reason, ticket.origin)
            return
        if is_job_id(ticket.job_id):
            yield _request(ticket, ticket.job_id)
            return
        try:
            stream = self._open(ticket)
        except ServiceError as error:
            if error.retryable:
                raise
            yield from _by_name(ticket, f"the ticket cannot be read: {error.reason}", b"")
            return
        try:
            yield from self._by_content(ticket, stream)
        finally:
            stream.close()

    def _open(self, ticket: Ticket) -> ObjectStream:
        """Open the key as it is; one that is not found and contains `%` is tried decoded."""
        try:
            return self._store.stream(ticket.bucket, ticket.key)
        except NotFound:
            if "%" not in ticket.key:
                raise
            return self._store.stream(ticket.bucket, unquote(ticket.key))

    def _by_content(self, ticket: Ticket, stream: ObjectStream) -> Iterator[Item]:
        named = stream.metadata.get("job-id")
        if is_job_id(named):
            yield _request(ticket, named)
            return
        body = _take(stream, READ_AT_ONCE)
        if len(body) >= READ_AT_ONCE and is_bare_job_id(first_line(body)):
            yield from self._long(ticket, stream, body)
            return
        body += _take(stream, MAX_TICKET_BYTES - len(body))
        if len(body) >= MAX_TICKET_BYTES:
            reason = f"the ticket is larger than {MAX_TICKET_BYTES} bytes and not lines of job IDs"
            yield from _by_name(ticket, reason, body)
            return
        invalid = f"x-oss-meta-job-id {named[:80]!r} is not a job ID" if named else ""
        yield from _by_body(ticket, body, invalid)

    # --- long tickets ------------------------------------------------------------------------

    def _long(self, ticket: Ticket, stream: ObjectStream, head: bytes) -> Iterator[Item]:
        """Stream lines, from where an earlier invocation stopped."""
        key = self._keys.ticket_progress(ticket.bucket, ticket.key, stream.etag)
        progress = self._records.read(key, _MAX_PROGRESS_BYTES, lambda fields: int(fields["done"]))
        skip = progress.value if isinstance(progress, Record) else 0
        self._reading = lines = LineReader(head, stream.chunks, skip=skip, progress_key=key)
        for job_id in lines:
            yield _request(ticket, job_id)
        self._reading = None
        if progress is not None:
            self._store.delete(key)
        if lines.others:
            yield Unusable(_with_body(ticket, head), lines.describe_others(), ticket.origin)

    def save_progress(self) -> str:
        """Write the progress of the long ticket being read; return it as text, or an empty one."""
        lines = self._reading
        if lines is None:
            return ""
        done = lines.read - 1  # there was no time to process the last line that was read
        self._records.write(lines.progress_key, {"done": done}, overwrite=True)
        return f"no time for the ticket beyond line {done}; the next delivery continues there"


def _request(ticket: Ticket, job_id: str) -> JobRequest:
    return JobRequest(job_id, None, "park", ticket.origin, event_time=ticket.event_time)


def _take(stream: ObjectStream, limit: int) -> bytes:
    body = bytearray()
    while len(body) < limit and (chunk := next(stream.chunks, b"")):
        body += chunk
    return bytes(body)


def _by_body(ticket: Ticket, body: bytes, invalid_metadata: str) -> Iterator[Item]:
    items = list(decode_ticket(body, ticket.origin, ticket.event_time))
    if any(isinstance(item, JobRequest) for item in items):
        for item in items:
            if isinstance(item, Unusable):  # its payload may be megabytes
                yield Unusable(_with_body(ticket, body), item.reason, item.origin)
            else:
                yield item
    elif items or not body.strip():  # else it is valid but names no job, such as an empty list
        errors = [item.reason for item in items if isinstance(item, Unusable)]
        named = [*errors, invalid_metadata] if invalid_metadata else errors
        yield from _by_name(ticket, "; ".join(named) or "the ticket is empty", body)


def _by_name(ticket: Ticket, problem: str, body: bytes) -> Iterator[Item]:
    stem = ticket.key.rsplit("/", 1)[-1].split(".", 1)[0]
    if is_bare_job_id(stem):
        yield _request(ticket, stem)
    else:
        reason = f"{problem}; the ticket's name {stem[:80]!r} is not a job ID"
        yield Unusable(_with_body(ticket, body), reason, ticket.origin)


def _with_body(ticket: Ticket, body: bytes) -> str:
    """Return a ticket's address and the first 256 KiB of its body as JSON, in canonical form."""
    kept = body[:_KEPT_BYTES]
    fields: dict[str, object] = {"bucket": ticket.bucket, "key": ticket.key}
    try:
        fields["body"] = kept.decode()
    except UnicodeDecodeError:
        fields["bodyBase64"] = base64.b64encode(kept).decode()
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS).decode()
