"""What there is in the bucket of a running system, and whether it is worked off."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from deploy.errors import DeployError
from mps_manifest.errors import NotFound
from mps_manifest.limits.quota_shares import EPOCH, Quota
from mps_manifest.manifests.ranking import known_status
from mps_manifest.parsing.foreign_text import shown
from mps_manifest.state.due_entries import DueEntry
from mps_manifest.state.due_seconds import is_bulk_second
from mps_manifest.state.keys import Keys
from operate.access.connection import Connection
from operate.access.estimate import estimate
from operate.access.in_parallel import in_parallel
from operate.access.survey import HEX, Sample, survey
from operate.console.words import moment
from operate.records.backlog_keys import entry_of, survey_backlog
from operate.records.manifest_list import algorithm_in
from operate.records.rejected_entries import read_rejected

T = TypeVar("T")
U = TypeVar("U")

LATE_SECONDS = 900.0
"""By how much a job is overdue when something is wrong: sweeps run every minute or so."""
UNKNOWN = "unknown"
_SWEEP_MINUTES = 60
_LOOKS = 4
"""At the same time: one list often has to wait for a page before it can be split."""
_REASON = 120
# what differs between reasons of one kind
_PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|[0-9A-Za-z-]*[0-9][0-9A-Za-z-]*")


class Manifests(NamedTuple):
    """How many manifests there are, and outcomes and algorithms of those looked at.

    Where the total is `estimated`, its standard error is below two percent.
    """

    total: int
    looked_at: int
    by_status: Mapping[str, int]
    by_algorithm: Mapping[str, int]
    estimated: bool = False


class BacklogState(NamedTuple):
    """The entries of the backlog.

    `lag` is by how many seconds the first of them is overdue, `oldest` the age of the oldest job
    among those looked at.
    """

    total: int
    due: int
    bulk: int
    tickets: int
    lag: float
    looked_at: int
    oldest: float
    by_reason: Mapping[str, int]


class QuarantineState(NamedTuple):
    """The entries of the quarantine, and the kinds of reasons of those looked at."""

    total: int
    looked_at: int
    by_reason: Mapping[str, int]


class LeaseState(NamedTuple):
    """The shares of the quota that are held, of how many, and instances that want more.

    Without `shares` the quota is split.
    """

    shares: int
    held: int
    waiting: int


class LastSweep(NamedTuple):
    """How many seconds ago a sweep ended, or why that is not known."""

    ago: float | None
    problem: str = ""


class SystemState(NamedTuple):
    """All of it, at a moment in seconds since the epoch."""

    target: str
    at: float
    manifests: Manifests
    backlog: BacklogState
    quarantine: QuarantineState
    leases: LeaseState
    at_work: int
    unannounced: int
    last_sweep: LastSweep

    @property
    def is_late(self) -> bool:
        """Whether the backlog is not worked off."""
        return self.backlog.lag > LATE_SECONDS

    def document(self) -> dict[str, Any]:
        """Return it as JSON; docs/mpsm.md describes it."""
        backlog, sweep = self.backlog, self.last_sweep
        return {
            "target": self.target,
            "at": moment(self.at),
            "manifests": {
                "total": self.manifests.total,
                "estimated": self.manifests.estimated,
                "lookedAt": self.manifests.looked_at,
                "byStatus": dict(self.manifests.by_status),
                "byAlgorithm": dict(self.manifests.by_algorithm),
            },
            "backlog": {
                "total": backlog.total,
                "due": backlog.due,
                "bulk": backlog.bulk,
                "tickets": backlog.tickets,
                "lagSeconds": round(backlog.lag),
                "lookedAt": backlog.looked_at,
                "oldestSeconds": round(backlog.oldest),
                "byReason": dict(backlog.by_reason),
            },
            "quarantine": {
                "total": self.quarantine.total,
                "lookedAt": self.quarantine.looked_at,
                "byReason": dict(self.quarantine.by_reason),
            },
            "leases": self.leases._asdict(),
            "atWork": self.at_work,
            "unannounced": self.unannounced,
            "lastSweep": {
                "secondsAgo": None if sweep.ago is None else round(sweep.ago),
                "problem": sweep.problem or None,
            },
            "late": self.is_late,
        }


def look(connection: Connection, sample: int, *, exact: bool = False) -> SystemState:
    """Look at everything, and into `sample` objects of each kind at most. Raises ServiceError.

    Many manifests are counted by a part of them, unless `exact`.
    """
    now = connection.clock.now()
    _ = connection.core, connection.pages  # what all look with is built once
    looks = ThreadPoolExecutor(_LOOKS)
    try:
        sweep = looks.submit(last_sweep, connection, now)
        manifests = looks.submit(_manifests, connection, sample, exact=exact)
        quarantine = looks.submit(_quarantine, connection, sample)
        backlog = looks.submit(_backlog, connection, now, sample)
        return SystemState(
            target=connection.target.name,
            at=now,
            manifests=manifests.result(),
            backlog=backlog.result(),
            quarantine=quarantine.result(),
            leases=_leases(connection, now),
            at_work=_count(connection, connection.core.keys.started),
            unannounced=_count(connection, connection.core.keys.unannounced),
            last_sweep=sweep.result(),
        )
    finally:
        looks.shutdown(wait=False, cancel_futures=True)


def kind_of(reason: str) -> str:
    """Return a reason without what is particular to one job, so that equal kinds count together."""
    return shown(_PARTICULAR.sub("...", shown(reason, 4 * _REASON)), _REASON) or UNKNOWN


# --- manifests -----------------------------------------------------------------------------------


def _manifests(connection: Connection, size: int, *, exact: bool) -> Manifests:
    prefix, sample = connection.core.keys.manifests, Sample(size)
    pages, threads = connection.pages.page, connection.threads

    def is_manifest(key: str) -> bool:
        return connection.core.keys.parse_manifest(key) is not None

    def note(page: Sequence[str]) -> None:
        sample.note(filter(is_manifest, page))

    about = None if exact else estimate(pages, prefix, is_manifest, note, threads)
    if about is None:
        survey(pages, prefix, note, splits=HEX, threads=threads)
    found = [*_each(connection, sample.keys, lambda key: _outcome(connection, key))]
    return Manifests(
        total=sample.total if about is None else about,
        looked_at=len(found),
        by_status=_ranked(Counter(status for status, _ in found)),
        by_algorithm=_ranked(Counter(algorithm for _, algorithm in found)),
        estimated=about is not None,
    )


def _outcome(connection: Connection, key: str) -> tuple[str, str]:
    metadata = connection.core.store.head(connection.settings.bucket, key).metadata
    algorithm = shown(algorithm_in(metadata), _REASON)
    return known_status(metadata.get("status")) or UNKNOWN, algorithm or UNKNOWN


# --- backlog -------------------------------------------------------------------------------------


class _BacklogKeys:
    """What keys of backlog entries say."""

    def __init__(self, keys: Keys, now: float, size: int) -> None:
        self._keys = keys
        self._now = now
        self.sample = Sample(size)
        self.due = self.bulk = self.tickets = 0
        self.first_due = now

    def note(self, page: Sequence[str]) -> None:
        """Count the entries of a page; keys of strangers are none."""
        for key in page:
            entry = self.entry(key)
            if entry is None:
                continue
            self.due += entry.due <= self._now
            self.bulk += is_bulk_second(entry.due)
            self.first_due = min(self.first_due, entry.due)
            if entry.is_ticket:
                self.tickets += 1
            else:
                self.sample.add(key)

    def entry(self, key: str) -> DueEntry | None:
        """Return what a key says; None for that of a stranger."""
        return entry_of(self._keys, key)


def _backlog(connection: Connection, now: float, size: int) -> BacklogState:
    found = _BacklogKeys(connection.core.keys, now, size)
    survey_backlog(connection, found.note)
    due = [entry for key in found.sample.keys if (entry := found.entry(key))]
    read = [each for each in _each(connection, due, connection.core.backlog.read) if each]
    return BacklogState(
        total=found.sample.total + found.tickets,
        due=found.due,
        bulk=found.bulk,
        tickets=found.tickets,
        lag=now - found.first_due,
        looked_at=len(read),
        oldest=max((now - entry.first_seen for entry in read), default=0.0),
        by_reason=_ranked(Counter(kind_of(entry.reason) for entry in read)),
    )


# --- quarantine ----------------------------------------------------------------------------------


def _quarantine(connection: Connection, size: int) -> QuarantineState:
    prefix, sample = connection.core.keys.rejected, Sample(size)
    survey(connection.pages.page, prefix, sample.note, splits=HEX, threads=connection.threads)
    reasons = [*_each(connection, sample.keys, lambda key: read_rejected(connection, key).reason)]
    kinds = Counter(map(kind_of, reasons))
    return QuarantineState(sample.total, len(reasons), _ranked(kinds))


# --- leases, sweeps, notes -----------------------------------------------------------------------


def _leases(connection: Connection, now: float) -> LeaseState:
    settings = connection.settings
    if settings.quota_sharing == "split" or settings.api_qps < 1:
        return LeaseState(0, 0, 0)
    quota = Quota.of(settings.api_qps)
    leases, waiting = connection.core.leases.listed(int(now // EPOCH) - 1)
    held = sum(lease == quota.current(lease.share, now) for lease in leases)
    return LeaseState(quota.shares, held, waiting)


def last_sweep(connection: Connection, now: float) -> LastSweep:
    """Return when the last sweep wrote its line of metrics, as the alert looks for it."""
    target = connection.target
    query = f'message: metrics and functionName: "{target.function_name("Sweep")}"'
    try:
        lines = target.log(query, _SWEEP_MINUTES)
    except DeployError as error:
        return LastSweep(None, error.what)
    times = [int(line["__time__"]) for line in lines if line.get("__time__", "").isdecimal()]
    if not times:
        return LastSweep(None, f"none in the last {_SWEEP_MINUTES} minutes, as the log says")
    return LastSweep(max(0.0, now - max(times)))


def _count(connection: Connection, prefix: str) -> int:
    """Return how many objects there are, a thousand at most."""
    return len(connection.pages.page(prefix).keys)


# --- for all -------------------------------------------------------------------------------------


def _each(connection: Connection, items: Sequence[T], work: Callable[[T], U]) -> Iterator[U]:
    """Yield what becomes of each, as it comes; what is gone meanwhile is left out."""

    def unless_gone(item: T) -> tuple[U, ...]:
        try:
            return (work(item),)
        except NotFound:
            return ()

    for done in in_parallel(connection.threads, unless_gone, items):
        yield from done


def _ranked(counted: Counter[str]) -> dict[str, int]:
    """Return counts, the highest first, equal ones by name."""
    return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))
