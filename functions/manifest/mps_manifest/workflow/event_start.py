"""Tell an event of several jobs that was started before, and did not end, from a new one.

And an event that the queue of failed events could take from one that it could not, which would be
dropped in the end if its jobs were not kept before anything else is tried.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property

from mps_manifest.events import JobRequest
from mps_manifest.job_limits import MAX_FAILED_EVENT
from mps_manifest.parsing.json_text import size_within_json
from mps_manifest.state.starts import Starts

_STARTED_BEFORE = "an earlier delivery of the event was started and has not ended"
_TOO_LARGE = "the event is too large for the queue of failed events, so its jobs are kept first"


class EventStart:
    """The start of one event, for several threads; `event` is its payload, where that is known.

    It is written down before the second of the jobs that are to be kept is started; until then the
    first one is held back. So an event of one job costs nothing.
    """

    def __init__(self, starts: Starts) -> None:
        self._starts = starts
        self.event = b""
        self._lock = threading.Lock()
        self._held: list[JobRequest] = []
        self._is_writing = self._is_written = False
        self.is_first = True
        """Whether no other delivery of the event was started that has not ended."""

    @property
    def why_park(self) -> str:
        """Why the jobs that are to be kept are parked before any is asked about; empty if not."""
        if not self.is_first:
            return _STARTED_BEFORE
        return "" if self._fits_failure_queue else _TOO_LARGE

    @cached_property
    def _fits_failure_queue(self) -> bool:
        return size_within_json(self.event) <= MAX_FAILED_EVENT

    def admit(self, request: JobRequest) -> Sequence[JobRequest]:
        """Return the jobs that may be worked on now that an event names one more."""
        if request.on_pending == "return" or self._is_written or not self.event:
            return (request,)
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
