"""Recognize an event that was started before and did not end, and keep copies of large events.

A copy is kept of an event that the queue of failed events could not take: after its last delivery
the platform would drop it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress

from mps_manifest.errors import ServiceError
from mps_manifest.events import JobRequest
from mps_manifest.job_limits import MAX_ASYNC_EVENT, MAX_FAILED_EVENT
from mps_manifest.parsing.json_text import size_within_json
from mps_manifest.ports import Telemetry
from mps_manifest.state.parked_tickets import ParkedTickets
from mps_manifest.state.starts import Starts


class EventStart:
    """The start of one event, for several threads; `event` is its payload, where that is known.

    It is written down before the second of the jobs that are to be kept is started; until then the
    first one is held back. So an event of one job costs nothing.

    Of an event that is too large for the queue of failed events a copy is parked before the first
    of these jobs is started. It is deleted where all of them are safe, else a sweep parks its jobs.
    """

    def __init__(self, starts: Starts, parked: ParkedTickets, telemetry: Telemetry) -> None:
        self._starts = starts
        self._parked = parked
        self._telemetry = telemetry
        self._copy = ""
        self._is_copied = False
        self.event = b""
        self._lock = threading.Lock()
        self._held: list[JobRequest] = []
        self._is_writing = self._is_written = False
        self.is_first = True
        """Whether no other delivery of the event was started that has not ended."""

    def admit(self, request: JobRequest) -> Sequence[JobRequest]:
        """Return the jobs that may be worked on now that an event names one more."""
        if request.on_pending == "return" or self._is_written or not self.event:
            return (request,)
        self._keep_copy()
        with self._lock:
            if self._is_written:
                return (request,)
            self._held.append(request)
            if len(self._held) == 1 or self._is_writing:
                return ()
            self._is_writing = True
        self.is_first = self._starts.event_begins(self.event)
        self._is_written = True
        return self.rest()

    def rest(self) -> Sequence[JobRequest]:
        """Return what is still held back."""
        with self._lock:
            held, self._held = self._held, []
        return held

    def ends(self) -> None:
        """Delete what was written; to be called however the event ended, unless it was killed."""
        if self._is_written:
            self._starts.event_ends(self.event)

    def _keep_copy(self) -> None:
        """Park a copy of the event, once, unless the queue of failed events can take it."""
        with self._lock:
            if self._is_copied or not _needs_copy(self.event):
                return
            self._is_copied = True
            try:
                self._copy = self._parked.park_event(self.event, self._starts.until)
            except ServiceError as error:
                self._telemetry.log("warning", "event not kept", reason=error.reason)

    def forget_copy(self) -> None:
        """Delete the copy of the event, whose jobs are all safe."""
        if self._copy:
            with suppress(ServiceError):  # then a sweep has its jobs looked at once more
                self._parked.remove(self._copy)


def _needs_copy(event: bytes) -> bool:
    """Return whether an event may be one of an asynchronous call, and too large for the queue."""
    return len(event) <= MAX_ASYNC_EVENT and size_within_json(event) > MAX_FAILED_EVENT
