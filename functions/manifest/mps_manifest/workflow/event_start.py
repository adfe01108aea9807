"""Tell an event of several jobs that was started before, and did not end, from a new one."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from mps_manifest.events import JobRequest
from mps_manifest.state.starts import Starts


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
