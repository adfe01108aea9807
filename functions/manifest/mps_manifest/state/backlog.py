"""Parked jobs, in keys that sort by due time, so that a sweep lists only what is due."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, NamedTuple

import orjson

from mps_manifest.errors import AlreadyExists, ServiceError
from mps_manifest.events import JobRequest
from mps_manifest.limits.retry_policy import RetryPolicy
from mps_manifest.limits.write_latency import WriteLatency
from mps_manifest.parsing.foreign_text import shown
from mps_manifest.ports import Clock, ObjectStore
from mps_manifest.settings import Api, Settings
from mps_manifest.state.due_entries import DueEntries, DueEntry
from mps_manifest.state.due_seconds import due_second
from mps_manifest.state.keys import Keys
from mps_manifest.state.record_times import record_moment, record_time
from mps_manifest.state.records import Broken, Records

_MAX_ENTRY_BYTES = 64 * 1024
_MAX_REASON = 500
_MAX_STATE = 100
_MAX_COUNT = 1_000_000
_MAX_NAMES = 10
_BULK = "bulk"
# a field of an entry that is no JSON any more, such as one that was cut
_FIELD = re.compile(r'"(api|class|firstSeen|origin|taskToken)":\s*("(?:[^"\\]|\\.)*")')


class BacklogEntry(NamedTuple):
    """A parked job.

    `attempts` is the number of queries so far, `step` the number of tries since `state` last
    changed, with which the delay grows. `partial_since` is when a success with missing files was
    first seen. `untold` names the announcers that still have to announce the outcome, and
    `untold_since` is when one first failed to. `needs_time` means that the job needs most of an
    invocation's time. `starts` is how often it was started without an end since it last ended, and
    `started_until` by when the last of these starts is over. `bulk` is the class of the job, which
    it keeps; `running_at` is when the service last said that it runs, unless it has ended since.
    `etag` is that of the object the entry was read from.
    """

    job_id: str
    api: Api
    first_seen: float
    reason: str
    origin: str
    attempts: int = 0
    step: int = 0
    state: str = ""
    partial_since: float | None = None
    untold: tuple[str, ...] = ()
    untold_since: float | None = None
    task_token: str | None = None
    needs_time: bool = False
    starts: int = 0
    started_until: float | None = None
    bulk: bool = False
    running_at: float | None = None
    etag: str = ""

    @classmethod
    def of(cls, request: JobRequest, api: Api, now: float) -> BacklogEntry:
        """Return the entry of a job that is seen for the first time."""
        return cls(
            request.job_id,
            api,
            now,
            "",
            request.origin,
            task_token=request.task_token,
            bulk=request.bulk,
        )

    def after_try(
        self, reason: str, state: str, *, query_calls: int, needs_time: bool = False
    ) -> BacklogEntry:
        """Return the entry after one more try, which ended; a changed state resets the delay."""
        state = shown(state, _MAX_STATE)
        return self._replace(
            reason=shown(reason, _MAX_REASON),
            state=state,
            starts=0,
            started_until=None,
            attempts=self.attempts + query_calls,
            step=0 if state != self.state else self.step + 1,
            needs_time=needs_time,
        )


class Backlog:
    """The backlog in the home bucket. Every method may raise ServiceError."""

    def __init__(
        self,
        *,
        records: Records,
        keys: Keys,
        settings: Settings,
        policy: RetryPolicy,
        clock: Clock,
        write_latency: WriteLatency,
    ) -> None:
        self._records = records
        self._store: ObjectStore = records.store
        self._telemetry = records.telemetry
        self._keys = keys
        self._settings = settings
        self._policy = policy
        self._clock = clock
        self._write_latency = write_latency

    def park(self, entry: BacklogEntry, delay: float | None = None) -> str:
        """Write an entry, due after a delay, by default one with full jitter; return its key."""
        if delay is None:
            delay = self._policy.parked_delay(entry.step)
        due = due_second(self._clock.now() + delay, bulk=entry.bulk)
        while True:
            key = self._keys.backlog_entry(due, entry.job_id)
            if self._wrote(key, entry):
                return key
            # there is another entry of this job, perhaps with another token
            due = due_second(due + 1, bulk=entry.bulk)

    def due_time(self, key: str) -> str:
        """Return when the entry with this key is due, as records have times."""
        due, _job_id = self._keys.parse_backlog_entry(key) or (None, "")
        return _format(due) or ""

    def _wrote(self, key: str, entry: BacklogEntry) -> bool:
        """Write an entry; return False and leave nothing behind where the key is taken."""
        try:
            with self._write_latency.measured():
                written = self._records.write(key, _fields(entry), overwrite=False)
        except AlreadyExists:
            return False
        if written.version_id and _hides_another(self._store, key, written.version_id):
            self._store.withdraw(key, written.version_id)
            return False
        return True

    def due_entries(self) -> DueEntries:
        """Return what is due, to be listed."""
        return DueEntries(self._store, self._settings.bucket, self._keys, self._clock)

    def read(self, due: DueEntry) -> BacklogEntry | None:
        """Read an entry; None where another sweep has deleted it.

        A broken one is read as an entry with defaults, since its key names the job, and with what
        can still be told of its fields.
        """
        found = self._records.read(
            due.key, _MAX_ENTRY_BYTES, lambda fields: self._parse(fields, due)
        )
        if isinstance(found, Broken):
            saved = _saved(found.body)
            names = ", ".join(sorted(saved)) or "nothing"
            self._telemetry.log("warning", "backlog entry repaired", job_id=due.job_id, saved=names)
            return self._parse(saved, due)._replace(etag=found.etag)
        return None if found is None else found.value._replace(etag=found.etag)

    def note_start(self, due: DueEntry, entry: BacklogEntry, until: float) -> BacklogEntry:
        """Write into an entry that its job is started once more; return it as it is now.

        Raises Immutable where the bucket forbids it.
        """
        return self._rewritten(due, entry._replace(starts=entry.starts + 1, started_until=until))

    def note_end(self, due: DueEntry, entry: BacklogEntry, starts: int) -> None:
        """Write into an entry that remains due that its job was not started, or has ended."""
        self._rewritten(due, entry._replace(starts=starts, started_until=None))

    def _rewritten(self, due: DueEntry, entry: BacklogEntry) -> BacklogEntry:
        """Replace an entry; on a versioned bucket the version that was read is withdrawn."""
        written = self._records.write(due.key, _fields(entry), overwrite=True)
        if written.version_id and written.etag != entry.etag:
            self.remove(due, entry)
        return entry._replace(etag=written.etag)

    def remove(self, due: DueEntry, entry: BacklogEntry) -> None:
        """Delete an entry whose manifest or successor is written.

        On a versioned bucket only the version that was read is withdrawn, so that an entry that it
        hid becomes current again.
        """
        if not self._store.versioned():
            self._store.delete(due.key)
            return
        for version in self._store.versions(due.key):
            if version.etag == entry.etag:
                self._store.withdraw(due.key, version.version_id)
                return

    def _parse(self, fields: Any, due: DueEntry) -> BacklogEntry:
        """Parse the fields of an entry; invalid ones get their defaults.

        No time but the end of a start lies in the future: else nothing would ever be given up.
        """
        if not isinstance(fields, dict):
            raise TypeError("not an object")
        api, untold, now = fields.get("api"), fields.get("untold"), self._clock.now()
        names = untold[:_MAX_NAMES] if isinstance(untold, list) else ()
        return BacklogEntry(
            job_id=due.job_id,
            api=api if api in ("mps", "ims") else self._settings.job_api,
            first_seen=min(_past(fields.get("firstSeen"), now) or due.due, now),
            reason=_text(fields.get("reason")),
            origin=_text(fields.get("origin")) or "backlog",
            attempts=_count(fields.get("attempts")),
            step=_count(fields.get("step")),
            state=_text(fields.get("state"))[:_MAX_STATE],
            partial_since=_past(fields.get("partialSince"), now),
            untold=tuple(map(_text, names)),
            untold_since=_past(fields.get("untoldSince"), now),
            task_token=_text(fields.get("taskToken")) or None,
            needs_time=fields.get("needsTime") is True,
            starts=_count(fields.get("starts")),
            started_until=_moment(fields.get("startedUntil")),
            bulk=fields.get("class") == _BULK,
            running_at=_past(fields.get("runningAt"), now),
        )


def _fields(entry: BacklogEntry) -> dict[str, Any]:
    return {
        "jobId": entry.job_id,
        "api": entry.api,
        "attempts": entry.attempts,
        "step": entry.step,
        "state": entry.state,
        "firstSeen": _format(entry.first_seen),
        "partialSince": _format(entry.partial_since),
        "untold": list(entry.untold) or None,
        "untoldSince": _format(entry.untold_since),
        "reason": entry.reason,
        "origin": entry.origin,
        "taskToken": entry.task_token,
        "needsTime": entry.needs_time or None,
        "starts": entry.starts or None,
        "startedUntil": _format(entry.started_until),
        "class": _BULK if entry.bulk else None,
        "runningAt": _format(entry.running_at),
    }


def _hides_another(store: ObjectStore, key: str, own: str) -> bool:
    """Return whether the version that was just written hides another one.

    Where the versions cannot be listed it is withdrawn, since it may.
    """
    try:
        versions = store.versions(key)
    except ServiceError:
        with suppress(ServiceError):
            store.withdraw(key, own)
        raise
    names = [version.version_id for version in versions]
    below = versions[names.index(own) + 1 :] if own in names else []
    return bool(below) and below[0].etag is not None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return min(max(value, 0), _MAX_COUNT) if type(value) is int else 0  # True is an int, too


def _format(moment: float | None) -> str | None:
    return None if moment is None else record_time(moment)


def _saved(body: bytes) -> dict[str, str]:
    """Return the fields that can still be told of an entry that is no JSON."""
    saved = {}
    for name, value in _FIELD.findall(body.decode(errors="replace")):
        with suppress(orjson.JSONDecodeError):
            saved[name] = orjson.loads(value)
    return saved


def _past(value: object, now: float) -> float | None:
    moment = _moment(value)
    return None if moment is None else min(moment, now)


def _moment(value: object) -> float | None:
    try:
        return record_moment(value)
    except ValueError:
        return None
