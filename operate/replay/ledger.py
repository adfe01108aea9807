"""How far a backfill has come: an object in the bucket, so that anybody can go on with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, cast

from mps_manifest.settings import Api
from mps_manifest.state.records import Record
from mps_manifest.workflow.core import Core
from operate.console.words import moment
from operate.replay.jobs import Ended

MOST_OPEN = 1_000
"""Jobs that are not complete, and are named one by one."""
_MAX_BYTES = 4 * 1024 * 1024
_LONGEST_REASON = 500


@dataclass
class Progress:
    """What a backfill has done so far; `position` is where it goes on, and empty at first."""

    source: str
    started_at: str
    position: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    open: list[Ended] = field(default_factory=list)

    def add(self, ended: Ended) -> None:
        """Count a job."""
        self.counts[ended.status] += 1
        if ended.status != "complete":
            self.note_open(ended)

    def note_open(self, ended: Ended) -> None:
        """Keep a job that is not complete, if there is room."""
        if len(self.open) < MOST_OPEN:
            reason = ended.reason[:_LONGEST_REASON]
            self.open.append(Ended(ended.job_id, ended.api, ended.status, reason))

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "source": self.source,
            "position": self.position,
            "startedAt": self.started_at,
            "counts": dict(self.counts),
            "open": [each.document() for each in self.open],
        }


class Ledger:
    """The object of one backfill, by what it takes its jobs from. Methods raise ServiceError."""

    def __init__(self, core: Core, source: str, now: float) -> None:
        self._core = core
        self._source = source
        self._now = now
        self.key = core.keys.backfill(source)

    def read(self) -> Progress:
        """Return how far the backfill has come; one that is not there, or broken, begins now."""
        found = self._core.records.read(self.key, _MAX_BYTES, _parse)
        if isinstance(found, Record) and found.value.source == self._source:
            return found.value
        return self.begun()

    def begun(self) -> Progress:
        """Return the progress of a backfill that begins now."""
        return Progress(self._source, moment(self._now))

    def write(self, progress: Progress) -> None:
        """Write how far it has come."""
        self._core.records.write(self.key, progress.document(), overwrite=True)

    def delete(self) -> None:
        """Forget it: the next one with the same source begins anew."""
        self._core.store.delete(self.key)


def _parse(fields: Any) -> Progress:
    counts = Counter({str(name): int(count) for name, count in fields["counts"].items()})
    jobs = [
        Ended(
            str(each["jobId"]),
            cast("Api", str(each["api"])),
            str(each["status"]),
            str(each.get("reason", "")),
        )
        for each in fields["open"][:MOST_OPEN]
    ]
    return Progress(
        str(fields["source"]), str(fields["startedAt"]), str(fields["position"]), counts, jobs
    )
