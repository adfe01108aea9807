"""The outcome of a job, and the tally of all outcomes of an event."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from mps_manifest.errors import OutOfTime
from mps_manifest.job_limits import MAX_REASON
from mps_manifest.jobs.job import Job
from mps_manifest.manifests.publisher import ManifestRef
from mps_manifest.manifests.ranking import Manifest
from mps_manifest.parsing.foreign_text import shown

JobStatus = Literal["complete", "partial", "failed", "expired", "pending", "rejected"]
STATUSES: tuple[JobStatus, ...] = (
    "complete",
    "partial",
    "failed",
    "expired",
    "pending",
    "rejected",
)
MAX_RETURN_BYTES = 48 * 1024
_ROOM_FOR_THE_REST = 512


class News(NamedTuple):
    """A manifest that was written and is to be announced, and the mark of its note."""

    body: bytes
    mark: str


class Course(NamedTuple):
    """When a job ran, in seconds since the epoch: as the service says, where it does.

    `last_file` is when the newest of its files was written. `is_running` means that it has not
    ended.
    """

    created: float | None = None
    finished: float | None = None
    last_file: float | None = None
    is_running: bool = False


class Outcome(NamedTuple):
    """The outcome of one job.

    `document` is a manifest that is still to be published. `look_again` means that a published
    manifest may get better later; `state` is the job's state in the service's words; `query_calls`
    is the number of calls made; `ended` means that the job ended but its manifest could not be
    written yet; `needs_time` that it needs more of an invocation's time than was left. `algorithm`
    and `files`, their number, are known once the job was answered; `started` is when it was begun
    (of the monotonic clock), `due` when it is looked at again, `written` whether its manifest was
    written and did not stand there before. `unfinished` is a job that has not ended, as the service
    describes it, which its manifest says should it expire. `news` is there from when a manifest was
    written until it was announced, where manifests are. `course` is what the answer says of when
    the job ran, where there was one.
    """

    job_id: str
    status: JobStatus
    reason: str = ""
    manifest: ManifestRef | None = None
    look_again: bool = False
    state: str = ""
    query_calls: int = 1
    ended: bool = False
    needs_time: bool = False
    document: Manifest | None = None
    algorithm: str = ""
    files: int | None = None
    started: float | None = None
    due: str = ""
    written: bool = False
    unfinished: Job | None = None
    news: News | None = None
    course: Course | None = None

    @classmethod
    def out_of_time(cls, job_id: str, query_calls: int = 0) -> Outcome:
        """Return the outcome of a job that this invocation had no time for."""
        return cls(job_id, "pending", OutOfTime().reason, query_calls=query_calls)

    def as_answer(self) -> dict[str, Any]:
        """Return the job's entry in the return value."""
        entry: dict[str, Any] = {"jobId": self.job_id, "status": self.status}
        if self.manifest:
            entry["manifest"] = {
                "bucket": self.manifest.bucket,
                "key": self.manifest.key,
                "etag": self.manifest.etag,
            }
        if self.reason:
            entry["reason"] = shown(self.reason, MAX_REASON)
        return entry


def _printed_size(entry: dict[str, Any]) -> int:
    """Return the size of an entry as the runtimes print it: indented by four, escaped to ASCII."""
    return len(json.dumps({"jobs": [entry]}, indent=4))


class Tally:
    """The sums of outcomes of several threads, in memory that does not grow with their number."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._jobs: list[dict[str, Any]] = []
        self._size = 0
        self._truncated = False
        self.lost: list[str] = []
        """The first ten reasons why something could be neither finished nor kept."""

    def add(self, outcome: Outcome) -> None:
        """Count a job."""
        with self._lock:
            self._counts[outcome.status] += 1
            if self._truncated:
                return
            entry = outcome.as_answer()
            size = _printed_size(entry)
            if self._size + size > MAX_RETURN_BYTES - _ROOM_FOR_THE_REST:
                self._truncated = True
                return
            self._jobs.append(entry)
            self._size += size

    def add_rejected_piece(self) -> None:
        """Count a piece without a job that was quarantined."""
        with self._lock:
            self._counts["rejected"] += 1

    def add_parked_ticket(self) -> None:
        """Count a ticket that was kept for a later sweep."""
        with self._lock:
            self._counts["pending"] += 1

    def add_lost(self, reason: str) -> None:
        """Record that something could be neither finished nor kept for later."""
        with self._lock:
            if len(self.lost) < 10:
                self.lost.append(shown(reason, MAX_REASON))

    def counts(self) -> Mapping[str, int]:
        """Return the number of jobs for every status."""
        with self._lock:
            return {status: self._counts[status] for status in STATUSES}

    def answer(self) -> dict[str, Any]:
        """Return the return value of the invocation: at most 48 KiB of JSON."""
        counts = self.counts()
        seen = [name for name, count in counts.items() if count]
        status = "empty" if not seen else seen[0] if len(seen) == 1 else "mixed"
        return {
            "status": status,
            "counts": dict(counts),
            "jobs": self._jobs,
            "truncated": self._truncated,
        }


def summarize_outcomes(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Return the outcomes of several jobs in the form of a return value."""
    tally = Tally()
    for outcome in outcomes:
        tally.add(outcome)
    return tally.answer()
