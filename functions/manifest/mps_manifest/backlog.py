"""Jobs to look at later: parked by due time, so that a list gives what is due and nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import orjson

from mps_manifest.errors import AlreadyExists, NotFound
from mps_manifest.events import JobRequest
from mps_manifest.job_ids import is_job_id
from mps_manifest.pace import Pace
from mps_manifest.ports import Clock, ObjectStore
from mps_manifest.settings import Api, Settings
from mps_manifest.values import dataclass, field, replace
from mps_manifest.versions import is_above_another

FIRST_DELAY, LONGEST_DELAY = 15.0, 900.0
_KEY_TIME = "%Y%m%dT%H%M%SZ"
_BODY_TIME = "%Y-%m-%dT%H:%M:%SZ"
_MAX_ENTRY_BYTES = 64 * 1024


@dataclass(frozen=True)
class Entry:
    """A parked job.

    `attempts` counts the queries made so far, `step` those since its `state` last moved: the
    delay grows with it. `partial_since` is when a success without all its files was first seen,
    `untold_since` when the step that waits for it could first not be told. `etag` is that of
    the object it was read from.
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
    untold_since: float | None = None
    task_token: str | None = None
    etag: str = field(default="", compare=False)

    @classmethod
    def of(cls, request: JobRequest, api: Api, now: float) -> Entry:
        """Make the entry of a job that was just seen for the first time."""
        return cls(request.job_id, api, now, "", request.origin, task_token=request.task_token)

    def tried(self, reason: str, state: str, *, asked: int) -> Entry:
        """Remember a try; the delay starts anew when the state has moved."""
        moved = state != self.state
        return replace(
            self,
            reason=reason[:500],
            state=state,
            attempts=self.attempts + asked,
            step=0 if moved else self.step + 1,
        )


@dataclass(frozen=True)
class Due:
    """An entry that stands in the backlog, by its key."""

    key: str
    job_id: str
    due: float


class Backlog:
    """The backlog in the home bucket."""

    def __init__(self, store: ObjectStore, settings: Settings, clock: Clock, pace: Pace) -> None:
        self._pace = pace
        self._store = store
        self._settings = settings
        self._clock = clock
        self._prefix = f"{settings.state_prefix}backlog/"

    def park(self, entry: Entry) -> str:
        """Write an entry, due after a delay with full jitter; returns its key."""
        highest = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(entry.step + 1, 10))
        due = self._clock.now() + random.uniform(FIRST_DELAY, highest)
        while True:
            key = f"{self._prefix}{_format(due, _KEY_TIME)}/{entry.job_id}.json"
            if self._wrote(key, _encode(entry)):
                return key
            due += 1  # another entry of this job is there, perhaps with another token

    def _wrote(self, key: str, body: bytes) -> bool:
        """Write an entry unless one is there."""
        try:
            with self._pace.measured():
                written = self._store.write(key, body, overwrite=False)
        except AlreadyExists:
            return False
        if written.version_id and is_above_another(self._store, key, written.version_id):
            self._store.withdraw(key, written.version_id)
            return False
        return True

    def due(self) -> Iterator[Due]:
        """List what is due, oldest first, and read no further."""
        now = self._clock.now()
        for key in self._store.keys(self._settings.bucket, self._prefix):
            moment, _, name = key.removeprefix(self._prefix).partition("/")
            due = _parse(moment, _KEY_TIME)
            job_id = name.removesuffix(".json")
            if due is None or not is_job_id(job_id):
                continue
            if due > now:
                return
            yield Due(key, job_id, due)

    def read(self, due: Due) -> Entry | None:
        """Read an entry; None where another sweep was faster. May raise ServiceError."""
        try:
            stored = self._store.read(self._settings.bucket, due.key, _MAX_ENTRY_BYTES)
        except NotFound:
            return None
        return replace(_decode(stored.body, due, self._settings.job_api), etag=stored.etag)

    def remove(self, due: Due, entry: Entry) -> None:
        """Delete an entry whose manifest or successor is safely written.

        With versioning only what was read is withdrawn: an entry it hid stands again then.
        """
        if not self._store.versioned():
            self._store.delete(due.key)
            return
        for version in self._store.versions(due.key):
            if version.etag == entry.etag:
                self._store.withdraw(due.key, version.version_id)
                return


def _encode(entry: Entry) -> bytes:
    fields = {
        "jobId": entry.job_id,
        "api": entry.api,
        "attempts": entry.attempts,
        "step": entry.step,
        "state": entry.state,
        "firstSeen": _format(entry.first_seen, _BODY_TIME),
        "partialSince": entry.partial_since and _format(entry.partial_since, _BODY_TIME),
        "untoldSince": entry.untold_since and _format(entry.untold_since, _BODY_TIME),
        "reason": entry.reason,
        "origin": entry.origin,
        "taskToken": entry.task_token,
    }
    present = {key: value for key, value in fields.items() if value is not None}
    return orjson.dumps(present, option=orjson.OPT_SORT_KEYS)


def _decode(body: bytes, due: Due, default: Api) -> Entry:
    """Read an entry; one that somebody broke is still a job, named by its key."""
    try:
        fields: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        fields = {}
    fields = fields if isinstance(fields, dict) else {}
    api, token = fields.get("api"), fields.get("taskToken")
    return Entry(
        job_id=due.job_id,
        api=api if api in ("mps", "ims") else default,
        first_seen=_parse(_text(fields.get("firstSeen")), _BODY_TIME) or due.due,
        reason=_text(fields.get("reason")),
        origin=_text(fields.get("origin")) or "backlog",
        attempts=_count(fields.get("attempts")),
        step=_count(fields.get("step")),
        state=_text(fields.get("state")),
        partial_since=_parse(_text(fields.get("partialSince")), _BODY_TIME),
        untold_since=_parse(_text(fields.get("untoldSince")), _BODY_TIME),
        task_token=token if isinstance(token, str) and token else None,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def _format(moment: float, form: str) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime(form)


def _parse(text: str, form: str) -> float | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None
