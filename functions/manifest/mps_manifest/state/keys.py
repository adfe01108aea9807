"""Build every key that the function writes, below the two prefixes of its bucket."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timezone
from functools import lru_cache

from mps_manifest.parsing.locations import MAX_KEY_BYTES
from mps_manifest.settings import Settings

_DUE = "%Y%m%dT%H%M%SZ"
_MOMENT = re.compile(r"[0-9]{8}T[0-9]{6}Z")


class Keys:
    """The layout of manifests and state; docs/operations.md describes it."""

    def __init__(self, settings: Settings) -> None:
        self.manifests = settings.manifest_prefix
        self.backlog = f"{settings.state_prefix}backlog/"
        self.rejected = f"{settings.state_prefix}rejected/"
        self.tasks = f"{settings.state_prefix}tasks/"
        self.tickets = f"{settings.state_prefix}tickets/"
        self.locks = f"{settings.state_prefix}locks/"
        self.started = f"{settings.state_prefix}started/"
        self.leases = f"{settings.state_prefix}leases/"
        self.unannounced = f"{settings.state_prefix}unannounced/"
        self.backfills = f"{settings.state_prefix}backfills/"
        self.durations = f"{settings.state_prefix}durations.json"

    def manifest(self, job_id: str) -> str:
        """Return the key of the one manifest of a job."""
        return f"{self.manifests}{job_id}.json"

    def sidecar(self, job_id: str, name: str) -> str:
        """Return the key of the WebVTT sidecar of a resource; a name too long for a key is cut."""
        key = f"{self.manifests}{job_id}/{name}.vtt"
        if len(key.encode()) <= MAX_KEY_BYTES:
            return key
        digest = _sha256(name.encode())[:16]
        room = MAX_KEY_BYTES - len(f"{self.manifests}{job_id}/-{digest}.vtt".encode())
        return f"{self.manifests}{job_id}/{name[:room]}-{digest}.vtt"

    def backlog_entry(self, due: float, job_id: str) -> str:
        """Return the key of a backlog entry: keys sort by when they are due."""
        return f"{self.backlog_second(due)}{job_id}.json"

    def backlog_second(self, due: float) -> str:
        """Return the prefix of the entries that are due at one second."""
        return f"{self.backlog}{_moment(due)}/"

    def behind_second(self, due: float) -> str:
        """Return a text that sorts behind all entries of a second, and before those of the next."""
        return self.backlog_second(due)[:-1] + "0"  # the character after the slash

    def parse_backlog_entry(self, key: str) -> tuple[float, str] | None:
        """Return the due time and the job ID in a key (unchecked); None for other keys."""
        return _parse_due(key.removeprefix(self.backlog))

    def note(self, due: float, writer: str) -> str:
        """Return the key of an invocation's note of what it writes and announces."""
        return f"{self.unannounced}{_moment(due)}/{writer}.json"

    def parse_note(self, key: str) -> tuple[float, str] | None:
        """Return the due time and the writer in a key (unchecked); None for other keys."""
        return _parse_due(key.removeprefix(self.unannounced))

    def parked_ticket(self, due: float, bucket: str, key: str) -> str:
        """Return the key of the entry of a ticket in the backlog."""
        return self.backlog_entry(due, f"{_sha256(f'{bucket}/{key}'.encode())}.ticket")

    def parked_event(self, due: float, event: bytes) -> str:
        """Return the key of the copy of an event in the backlog, which is like that of a ticket."""
        return self.backlog_entry(due, f"{_sha256(event)}.ticket")

    def rejected_piece(self, payload: bytes) -> str:
        """Return the key of a quarantine entry: by content, so that a redelivery has the same."""
        return f"{self.rejected}{_sha256(payload)}.json"

    def task(self, token: str) -> str:
        """Return the key of the list of jobs of a task token."""
        return f"{self.tasks}{_sha256(token.encode())}.json"

    def ended_jobs(self, token: str, task_id: str = "") -> str:
        """Return the prefix of the marks of a task's jobs that have ended, or of all its tasks'."""
        return f"{self.tasks}{_sha256(token.encode())}/{f'{task_id}/' if task_id else ''}"

    def started_sweep(self, name: str) -> str:
        """Return the key of what a sweep is at work on."""
        return f"{self.started}{name}.json"

    def started_event(self, event: bytes) -> str:
        """Return the key that says that an event is being worked on: by content, as above."""
        return f"{self.started}{_sha256(event)}.json"

    def lease(self, share: int, epoch: int) -> str:
        """Return the key of the lease of a share of the quota: keys sort by epoch."""
        return f"{self.leases}{epoch:010d}-{share:02d}"

    def wanted_lease(self, epoch: int, holder: str) -> str:
        """Return the key that says that an instance has too few leases."""
        return f"{self.leases}{epoch:010d}-w-{holder}"

    def ticket_progress(self, bucket: str, key: str, etag: str) -> str:
        """Return the key of the progress record of a long ticket."""
        return f"{self.tickets}{_sha256(f'{bucket}/{key}/{etag}'.encode())}.json"

    def backfill(self, source: str) -> str:
        """Return the key of how far a backfill has come: by what it takes its jobs from."""
        return f"{self.backfills}{_sha256(source.encode())}.json"

    def lock(self, job_id: str, generation: int) -> str:
        """Return the key of a lock of a manifest."""
        return f"{self.locks_of(job_id)}{generation:08d}"

    def locks_of(self, job_id: str) -> str:
        """Return the prefix of all locks of a manifest."""
        return f"{self.locks}{job_id}/"


def _moment(due: float) -> str:
    return datetime.fromtimestamp(due, timezone.utc).strftime(_DUE)


def _parse_due(path: str) -> tuple[float, str] | None:
    moment, _, name = path.partition("/")
    if not _MOMENT.fullmatch(moment):
        return None  # strptime takes fewer digits, too, which do not sort by time
    due = _seconds(moment)
    return None if due is None else (due, name.removesuffix(".json"))


@lru_cache(maxsize=64)
def _seconds(moment: str) -> float | None:
    """Return a moment in seconds since the epoch; keys in order have the same ones in a row."""
    try:
        return datetime.strptime(moment, _DUE).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None


def _sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
