"""Read tickets: objects that carry job IDs in their metadata, body or name."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from urllib.parse import unquote

from mps_manifest.causes import Cause
from mps_manifest.errors import NotFound, ServiceError
from mps_manifest.events import (
    TOO_LARGE_REASON,
    Item,
    JobRequest,
    Ticket,
    Unusable,
    decode_lines,
    decode_ticket,
    holds_lines,
)
from mps_manifest.job_ids import is_bare_job_id, is_job_id
from mps_manifest.job_limits import MAX_JSON_BYTES
from mps_manifest.parsing.canonical_json import canonical_text
from mps_manifest.parsing.foreign_text import shown
from mps_manifest.ports import ObjectStore, ObjectStream
from mps_manifest.settings import Settings
from mps_manifest.state.keys import Keys
from mps_manifest.state.records import Record, Records

READ_AT_ONCE = 64 * 1024
"""The size in bytes from which a ticket of lines is read as a stream."""
_BLANK = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"
"""What may be in a file without any text: marks, blanks, and both in UTF-16."""
_KEPT_BYTES = 256 * 1024
_MAX_PROGRESS_BYTES = 1024


class _Progress:
    """How many jobs of a ticket were read, and how many earlier invocations have taken in."""

    def __init__(self, key: str, done: int | None) -> None:
        self.key = key
        self.is_stored = done is not None
        self.done = done or 0
        self.read = 0


class TicketReader:
    """The reader of tickets in allowed buckets, for several threads."""

    def __init__(
        self, store: ObjectStore, records: Records, keys: Keys, settings: Settings
    ) -> None:
        self._store = store
        self._records = records
        self._keys = keys
        self._settings = settings
        self._large = threading.Lock()
        self._open: dict[Ticket, _Progress] = {}

    def is_ticket(self, ticket: Ticket) -> bool:
        """Return whether an object is below the ticket prefix, with its key as it is or decoded."""
        prefix = self._settings.ticket_prefix
        return any(
            key.startswith(prefix) and key != prefix for key in {ticket.key, unquote(ticket.key)}
        )

    def read(self, ticket: Ticket) -> Iterator[Item]:
        """Yield the jobs of a ticket: by `x-oss-meta-job-id`, else its body, else the key's stem.

        All that is wrong with it is one item. Raises ServiceError where the object may be read
        later.
        """
        if ticket.bucket not in self._settings.allowed_buckets:
            name = shown(ticket.bucket, 80)
            reason = f"the ticket is in bucket {name}, which is not in ALLOWED_BUCKETS"
            payload = ticket.payload or _with_address(ticket, b"")
            yield Unusable(payload, reason, ticket.origin, "bucket-not-allowed")
            return
        if is_job_id(ticket.job_id):
            yield _request(ticket, ticket.job_id)
            return
        try:
            stream = self._opened(ticket)
        except ServiceError as error:
            if error.retryable:
                raise
            yield by_name(ticket, f"the ticket cannot be read: {error.reason}", "unreadable")
            return
        try:
            yield from self._by_content(ticket, stream)
        finally:
            stream.close()

    def save_progress(self, ticket: Ticket) -> str:
        """Write how much of a ticket was taken in, all but the last job that was read of it.

        Return that as text; an empty one for a ticket that is not read piece by piece.
        """
        progress = self._open.pop(ticket, None)
        if progress is None:
            return ""
        done = max(progress.read - 1, progress.done)
        self._records.write(progress.key, {"jobs": done}, overwrite=True)
        return f"no time for the ticket beyond job {done}; the next delivery continues there"

    def _opened(self, ticket: Ticket) -> ObjectStream:
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
        head = _take(stream, READ_AT_ONCE)
        if len(head) < READ_AT_ONCE:
            yield from _with_metadata(ticket, named, head, _by_body(ticket, head))
        elif holds_lines(head):
            items = _with_metadata(ticket, named, head, _by_lines(ticket, head, stream))
            yield from self._counted(ticket, stream.etag, items)
        else:
            with self._large:  # a body of megabytes is decoded as a whole, so one after the other
                body = head + _take(stream, MAX_JSON_BYTES + 1 - len(head))
                items = _with_metadata(ticket, named, head, _by_large_body(ticket, body, stream))
                yield from self._counted(ticket, stream.etag, items)

    def _counted(self, ticket: Ticket, etag: str, items: Iterator[Item]) -> Iterator[Item]:
        """Yield items but for the jobs that earlier invocations have taken in."""
        key = self._keys.ticket_progress(ticket.bucket, ticket.key, etag)
        record = self._records.read(key, _MAX_PROGRESS_BYTES, lambda fields: int(fields["jobs"]))
        done = record.value if isinstance(record, Record) else None
        self._open[ticket] = progress = _Progress(key, done)
        for item in items:
            if isinstance(item, JobRequest):
                progress.read += 1
                if progress.read <= progress.done:
                    continue
            yield item
        self._open.pop(ticket, None)
        if progress.is_stored:
            with suppress(ServiceError):
                self._store.delete(key)


def by_name(ticket: Ticket, problem: str, cause: Cause, body: bytes = b"") -> Item:
    """Return the job that a ticket's name names, or else what is wrong with the ticket."""
    stem = ticket.key.rsplit("/", 1)[-1].split(".", 1)[0]
    if is_bare_job_id(stem):
        return _request(ticket, stem)
    name = shown(repr(stem[:80]), 80)
    reason = f"{problem}; the ticket's name {name} is not a job ID"
    return Unusable(_with_address(ticket, body), reason, ticket.origin, cause)


def _request(ticket: Ticket, job_id: str) -> JobRequest:
    return JobRequest(job_id, None, "park", ticket.origin, event_time=ticket.event_time)


def _take(stream: ObjectStream, limit: int) -> bytes:
    return b"".join(_chunks(stream, limit))


def _chunks(stream: ObjectStream, limit: int) -> Iterator[bytes]:
    while limit > 0 and (chunk := next(stream.chunks, b"")):
        limit -= len(chunk)
        yield chunk


def _by_lines(ticket: Ticket, head: bytes, stream: ObjectStream) -> Iterator[Item]:
    """Yield the jobs of lines of any length, of which the head has been read."""
    chunks = chain((head,), stream.chunks)
    return _with_head(ticket, head, decode_lines(chunks, ticket.origin, ticket.event_time))


def _by_large_body(ticket: Ticket, body: bytes, stream: ObjectStream) -> Iterator[Item]:
    """Yield the jobs of a body of which more may follow than one JSON text may have.

    Then its beginning is not taken for the whole; lines may stand below a long comment.
    """
    if len(body) <= MAX_JSON_BYTES:
        return _by_body(ticket, body)
    if holds_lines(body):
        return _by_lines(ticket, body, stream)
    return iter([by_name(ticket, TOO_LARGE_REASON, "too-large", body)])


def _with_head(ticket: Ticket, head: bytes, items: Iterator[Item]) -> Iterator[Item]:
    """Yield items, with the ticket's address and the start of its body in what is unusable."""
    for item in items:
        if isinstance(item, Unusable):
            yield item._replace(payload=_with_address(ticket, head))
        else:
            yield item


def _with_metadata(
    ticket: Ticket, named: str | None, body: bytes, items: Iterator[Item]
) -> Iterator[Item]:
    """Yield items, with what is wrong with the ticket's `x-oss-meta-job-id` in the one piece."""
    if not named:
        yield from items
        return
    fault = f"x-oss-meta-job-id {shown(repr(named[:80]), 80)} is not a job ID"
    piece = Unusable(_with_address(ticket, body), fault, ticket.origin, "not-a-job-id")
    for item in items:
        if isinstance(item, Unusable):
            piece = item._replace(reason=f"{item.reason}; {fault}")
        else:
            yield item
    yield piece


def _by_body(ticket: Ticket, body: bytes) -> Iterator[Item]:
    """Yield the jobs of a body, else that of the name; at last all that is wrong, as one item.

    A body that is valid but names no job, as an empty list, asks for nothing.
    """
    cause: Cause = "empty"
    found, fault = False, "" if body.strip(_BLANK) else "the ticket is empty"
    for item in decode_ticket(body, ticket.origin, ticket.event_time):
        if isinstance(item, JobRequest):
            found = True
            yield item
        elif isinstance(item, Unusable):
            fault, cause = item.reason, item.cause
        else:
            cause = "trigger-event"
            fault = "the ticket contains a trigger event; upload a ticket with job IDs"
    if found and fault:
        yield Unusable(_with_address(ticket, body), fault, ticket.origin, cause)
    elif fault:
        yield by_name(ticket, fault, cause, body)


def _with_address(ticket: Ticket, body: bytes) -> str:
    """Return a ticket's address and the first 256 KiB of its body as JSON, in canonical form."""
    kept = body[:_KEPT_BYTES]
    fields: dict[str, object] = {"bucket": ticket.bucket, "key": ticket.key}
    try:
        fields["body"] = kept.decode()
    except UnicodeDecodeError:
        fields["bodyBase64"] = base64.b64encode(kept).decode()
    return canonical_text(fields)
