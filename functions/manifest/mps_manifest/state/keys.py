"""Build and parse every key that the function writes, below the two prefixes of its bucket."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timezone
from functools import lru_cache
from typing import NamedTuple, cast

from mps_manifest.job_ids import is_job_id
from mps_manifest.limits.quota_shares import Lease
from mps_manifest.parsing.locations import MAX_KEY_BYTES
from mps_manifest.settings import Api, Settings

_DUE = "%Y%m%dT%H%M%SZ"
_MOMENT = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_TICKET = re.compile(r"([0-9a-f]{64})\.ticket")
_SHA256 = re.compile(r"([0-9a-f]{64})\.json")
_SWEEP = re.compile(r"([0-9a-f]{16})\.json")
_LEASE = re.compile(r"(\d{10})-(\d{2})")
_WANTED_LEASE = re.compile(r"(\d{10})-w-([0-9a-f]{16})")
_ENDED_JOB = re.compile(r"([0-9A-Za-z-]{1,64})\.(mps|ims)\.([a-z]+)\.([0-9A-Za-z-]{0,64})\.json")
_NO_TASK_ID = "0"
"""In place of the ID of a task that has none."""


class EndedJob(NamedTuple):
    """What the key of a mark says: how a job ended in a task, and the ETag of its manifest."""

    api: Api
    job_id: str
    status: str
    etag: str


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

    def parse_manifest(self, key: str) -> str | None:
        """Return the job ID in the key of a manifest; None for other keys."""
        name = key.removeprefix(self.manifests)
        job_id = name.removesuffix(".json")
        return job_id if job_id != name and is_job_id(job_id) else None

    def behind_sidecars(self, key: str) -> str:
        """Return a text that sorts behind all sidecars of the job that this is a sidecar of."""
        job_id = key.removeprefix(self.manifests).partition("/")[0]
        return f"{self.manifests}{job_id}0"  # the character after the slash

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
        return f"{self.backlog}{self.second_in_backlog(due)}"

    def second_in_backlog(self, due: float) -> str:
        """Return what comes behind the prefix of the backlog in the keys of one second."""
        return f"{_moment(due)}/"

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
        return self.backlog_entry(due, f"{hash_of_ticket(bucket, key)}.ticket")

    def parked_event(self, due: float, event: bytes) -> str:
        """Return the key of the copy of an event in the backlog, which is like that of a ticket."""
        return self.backlog_entry(due, f"{hash_of_event(event)}.ticket")

    def rejected_piece(self, payload: bytes) -> str:
        """Return the key of a quarantine entry: by content, so that a redelivery has the same."""
        return self.rejected_by_hash(_sha256(payload))

    def rejected_by_hash(self, sha256: str) -> str:
        """Return the key of the quarantine entry that people name by its hash."""
        return f"{self.rejected}{sha256}.json"

    def parse_rejected(self, key: str) -> str | None:
        """Return the hash in the key of a quarantine entry; None for other keys."""
        return _only_group(_SHA256, key.removeprefix(self.rejected))

    def task(self, token: str) -> str:
        """Return the key of the list of jobs of a task token."""
        return f"{self.tasks}{_sha256(token.encode())}.json"

    def ended_jobs_of_token(self, token: str) -> str:
        """Return the prefix of the marks of all tasks of a token."""
        return f"{self.tasks}{_sha256(token.encode())}/"

    def ended_jobs(self, token: str, task_id: str) -> str:
        """Return the prefix of the marks of a task's jobs that have ended."""
        return f"{self.ended_jobs_of_token(token)}{task_id or _NO_TASK_ID}/"

    def ends_of_job(self, token: str, task_id: str, api: Api, job_id: str) -> str:
        """Return the prefix of the marks of a job of a task; in the order of `ended_job_order`."""
        return f"{self.ended_jobs(token, task_id)}{ended_job_order(api, job_id)}"

    def ended_job(self, token: str, task_id: str, end: EndedJob) -> str:
        """Return the key of the mark that says how a job ended in a task."""
        before = self.ends_of_job(token, task_id, end.api, end.job_id)
        return f"{before}{end.status}.{end.etag}.json"

    def parse_ended_job(self, key: str) -> EndedJob | None:
        """Return what the key of a mark says (its status is unchecked); None for other keys."""
        mark = _ENDED_JOB.fullmatch(key.rpartition("/")[2])
        return EndedJob(cast("Api", mark[2]), mark[1], mark[3], mark[4]) if mark else None

    def started_sweep(self, name: str) -> str:
        """Return the key of what a sweep is at work on."""
        return f"{self.started}{name}.json"

    def started_event(self, event: bytes) -> str:
        """Return the key that says that an event is being worked on: by content, as above."""
        return f"{self.started}{_sha256(event)}.json"

    def parse_started_sweep(self, key: str) -> str | None:
        """Return the name of a sweep in the key of what it is at work on; None for other keys."""
        return _only_group(_SWEEP, key.removeprefix(self.started))

    def parse_started_event(self, key: str) -> str | None:
        """Return the hash of an event in the key that says so; None for other keys."""
        return _only_group(_SHA256, key.removeprefix(self.started))

    def lease(self, share: int, epoch: int) -> str:
        """Return the key of the lease of a share of the quota: keys sort by epoch."""
        return f"{self.leases_from(epoch)}-{share:02d}"

    def leases_from(self, epoch: int) -> str:
        """Return a text that sorts before all leases of an epoch, wanted ones, too."""
        return f"{self.leases}{epoch:010d}"

    def parse_lease(self, key: str) -> Lease | None:
        """Return the lease in a key; None for other keys."""
        found = _LEASE.fullmatch(key.removeprefix(self.leases))
        return Lease(share=int(found[2]), epoch=int(found[1])) if found else None

    def wanted_lease(self, epoch: int, holder: str) -> str:
        """Return the key that says that an instance has too few leases."""
        return f"{self.leases_from(epoch)}-w-{holder}"

    def parse_wanted_lease(self, key: str) -> str | None:
        """Return which instance has too few leases; None for other keys."""
        found = _WANTED_LEASE.fullmatch(key.removeprefix(self.leases))
        return found[2] if found else None

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

    def parse_lock(self, key: str) -> tuple[str, int | None]:
        """Return the job ID (unchecked) and the generation in the key of a lock.

        The generation is None in what a stranger put there.
        """
        job_id, _, generation = key.removeprefix(self.locks).partition("/")
        return job_id, int(generation) if generation.isdecimal() else None


def ticket_hash(name: str) -> str | None:
    """Return the hash in what the entry of a parked ticket has in place of a job ID, else None."""
    return _only_group(_TICKET, name)


def hash_of_ticket(bucket: str, key: str) -> str:
    """Return the hash that names a parked ticket."""
    return _sha256(f"{bucket}/{key}".encode("utf-8", "replace"))


def hash_of_event(event: bytes) -> str:
    """Return the hash that names the copy of an event in the backlog."""
    return _sha256(event)


def ended_job_order(api: Api, job_id: str) -> str:
    """Return a text by which the jobs of a task sort as the keys of their marks do."""
    return f"{job_id}.{api}."


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


def _only_group(pattern: re.Pattern[str], name: str) -> str | None:
    found = pattern.fullmatch(name)
    return found[1] if found else None


def _sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
