"""Remember which manifests may have been written and not announced.

An invocation writes one note before its first manifest, which names the jobs whose manifests it
may write, and deletes it once all that it wrote is announced. One that is left behind is worked
off by a sweep: of the jobs it names, those count whose manifest bears the note's name. The proof
is in docs/decisions, 16.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count, islice
from typing import Any, NamedTuple, Protocol

from mps_manifest.errors import ServiceError
from mps_manifest.job_ids import is_job_id
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.retry_policy import RetryPolicy
from mps_manifest.ports import Clock, StoredObject, Telemetry
from mps_manifest.settings import Settings
from mps_manifest.state.keys import Keys
from mps_manifest.state.records import Record, Records

WRITTEN_BY = "written-by"
"""The metadata of a manifest that names the note of its writer, and its number among its writes."""
_MARGIN = 10.0
"""Seconds after its timeout by which an invocation is surely over, whatever its clock says."""
_MOST_AHEAD = 1000
"""Jobs that a note names before their manifests are about to be written."""
_MAX_BYTES = 1024 * 1024
_MAX_TRIES = 1_000
_WRITER = re.compile(r"[0-9a-f]{16}")


class WriteNotes(Protocol):
    """What the writer of manifests notes before and after it writes."""

    def new_mark(self) -> str:
        """Return a mark for one write, which its manifest bears; empty where none is needed."""

    def expect(self, job_ids: Iterable[str]) -> None:
        """Name jobs in the next note, so that many of them need one write; costs no request."""

    def forget(self, job_id: str) -> None:
        """Take back what was expected of a job that has ended."""

    def before_write(self, mark: str, job_id: str) -> None:
        """Make sure that a note names a job whose manifest is about to be written.

        Raises ServiceError where none could be written; then the manifest must not be, either.
        """

    def settled(self, mark: str) -> None:
        """Note that nothing was written under a mark, or that it is announced."""

    def refused(self, mark: str) -> None:
        """Note that what was written under a mark could not be announced by this invocation."""

    def ended(self) -> None:
        """Delete the note, or leave one that names what is still to be announced."""


class NoNotes:
    """The WriteNotes of an invocation that announces nothing."""

    def new_mark(self) -> str:
        """Return no mark."""
        return ""

    def expect(self, job_ids: Iterable[str]) -> None:
        """Do nothing."""

    def forget(self, job_id: str) -> None:
        """Do nothing."""

    def before_write(self, mark: str, job_id: str) -> None:
        """Do nothing."""

    def settled(self, mark: str) -> None:
        """Do nothing."""

    def refused(self, mark: str) -> None:
        """Do nothing."""

    def ended(self) -> None:
        """Do nothing."""


class OwnNote:
    """The note of this invocation; safe to use from several threads."""

    def __init__(self, records: Records, keys: Keys, deadline: Deadline, clock: Clock) -> None:
        self._records = records
        self._keys = keys
        self._clock = clock
        self._writer = secrets.token_hex(8)
        self._numbers = count(1)
        self._key = keys.note(clock.now() + deadline.until_answer() + _MARGIN, self._writer)
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._expected: dict[str, None] = {}
        self._open: dict[str, str] = {}
        self._refused: set[str] = set()
        self._named: frozenset[str] = frozenset()
        self._is_written = False

    def new_mark(self) -> str:
        """Return the note's name and a number of its own."""
        return f"{self._writer}.{next(self._numbers)}"

    def expect(self, job_ids: Iterable[str]) -> None:
        """Name jobs in the next note."""
        with self._lock:
            self._expected.update(dict.fromkeys(job_ids))

    def forget(self, job_id: str) -> None:
        """Take back what was expected of a job."""
        with self._lock:
            self._expected.pop(job_id, None)

    def before_write(self, mark: str, job_id: str) -> None:
        """Write the note unless it names the job; who waits for another's write is named by it."""
        with self._lock:
            self._open[mark] = job_id
        try:
            with self._writing:
                if job_id not in self._named:
                    self._write(self._key, self._about_to_be_written())
        except ServiceError:
            self.settled(mark)
            raise

    def settled(self, mark: str) -> None:
        """Forget a mark."""
        with self._lock:
            self._open.pop(mark, None)
            self._refused.discard(mark)

    def refused(self, mark: str) -> None:
        """Leave a mark to the next sweep."""
        with self._lock:
            self._refused.add(mark)

    def ended(self) -> None:
        """Delete the note, or have it name what is open only.

        What the topic refused is due at once; what may not even be written yet, because its call
        hangs, when this invocation is surely over. Where that fails the note stays as it was.
        """
        with self._lock:
            left = frozenset(self._open.values())
            is_over = self._open.keys() <= self._refused
        old = self._key
        with suppress(ServiceError):
            if left:
                key = self._keys.note(self._clock.now(), self._writer) if is_over else old
                self._write(key, left)
            if self._is_written and (not left or is_over):
                self._records.store.delete(old)

    def _about_to_be_written(self) -> frozenset[str]:
        with self._lock:
            return frozenset([*self._open.values(), *islice(self._expected, _MOST_AHEAD)])

    def _write(self, key: str, jobs: frozenset[str]) -> None:
        if key == self._key and self._is_written and jobs == self._named:
            return
        self._is_written = True  # perhaps, even where the answer is an error
        self._records.write(key, {"jobs": sorted(jobs)}, overwrite=True)
        self._named = jobs


class LeftNote(NamedTuple):
    """A note that an invocation left behind, and how often sweeps worked on it in vain."""

    key: str
    writer: str
    jobs: tuple[str, ...] = ()
    tries: int = 0

    def is_of(self, manifest: StoredObject) -> bool:
        """Return whether the invocation of this note wrote a manifest."""
        return manifest.metadata.get(WRITTEN_BY, "").partition(".")[0] == self.writer


class LeftNotes:
    """The notes whose invocations are over. `due`, `read` and `leave` may raise ServiceError."""

    def __init__(
        self,
        *,
        records: Records,
        keys: Keys,
        settings: Settings,
        policy: RetryPolicy,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._records = records
        self._keys = keys
        self._bucket = settings.bucket
        self._policy = policy
        self._clock = clock
        self._telemetry = telemetry

    def due(self) -> Iterator[LeftNote]:
        """Yield the notes that are due, unread, oldest first; list no others."""
        now = self._clock.now()
        for key in self._records.store.keys(self._bucket, self._keys.unannounced):
            due, writer = self._keys.parse_note(key) or (now, "")
            if due > now:
                return
            if _WRITER.fullmatch(writer):
                self._telemetry.peak("unannouncedOldestSeconds", now - due)
                yield LeftNote(key, writer)

    def read(self, note: LeftNote) -> LeftNote | None:
        """Read what a note names; None where another sweep has deleted it.

        A broken one names nobody, and is deleted.
        """
        found = self._records.read(note.key, _MAX_BYTES, _parse)
        if not isinstance(found, Record):
            if found:
                self._records.store.delete(note.key)
            return None
        jobs, tries = found.value
        return note._replace(jobs=jobs, tries=tries)

    def leave(self, note: LeftNote, jobs: Iterable[str], *, is_tried: bool) -> None:
        """Leave a note with the jobs that are still to be announced, or delete it.

        One whose message was refused is due later, so that it is in nobody's way.
        """
        left = tuple(jobs)
        key, tries = note.key, note.tries
        if left and is_tried:
            tries = min(tries + 1, _MAX_TRIES)
            key = self._keys.note(self._clock.now() + self._policy.parked_delay(tries), note.writer)
        if left and (key != note.key or left != note.jobs):
            self._records.write(key, {"jobs": left, "tries": tries}, overwrite=True)
        if not left or key != note.key:
            self._records.store.delete(note.key)


def _parse(fields: Any) -> tuple[tuple[str, ...], int]:
    jobs = tuple(name for name in fields["jobs"] if is_job_id(name))
    tries = fields.get("tries", 0)
    return jobs, min(max(int(tries), 0), _MAX_TRIES)
