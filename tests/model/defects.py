"""Defects to be planted in the product, and by what the model is to notice each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from itertools import islice
from types import SimpleNamespace
from typing import Any

import pytest

from mps_manifest.errors import NotFound, ServiceError, Throttled
from mps_manifest.events import Item, Ticket
from mps_manifest.limits.rate_limiter import RateLimiter, Window
from mps_manifest.limits.retrying_api import QueryResult, RetryingApi
from mps_manifest.manifests.locks import HeldLock, ManifestLocks
from mps_manifest.manifests.publisher import ManifestRef, Published, Publisher
from mps_manifest.manifests.ranking import Manifest
from mps_manifest.manifests.versions import Versions
from mps_manifest.settings import Api
from mps_manifest.state.backlog import Backlog, BacklogEntry
from mps_manifest.state.due_entries import DueEntry
from mps_manifest.state.leases import Leases
from mps_manifest.state.tasks import Task, TaskJob, Tasks
from mps_manifest.state.tickets import TicketReader
from mps_manifest.workflow.announcers import CloudFlowAnnouncer
from mps_manifest.workflow.handle_event import EventHandler
from mps_manifest.workflow.outcome import Outcome, Tally
from mps_manifest.workflow.settle_outcome import OutcomeSettler

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]
PLANTED: dict[Plant, str] = {}


def shows(symptom: str) -> Callable[[Plant], Plant]:
    """Register by which symptom the model is to notice a defect."""

    def register(plant: Plant) -> Plant:
        PLANTED[plant] = symptom
        return plant

    return register


def nothing(*_: Any, **__: Any) -> None:
    """Stand for a method that was forgotten."""


# --- the backlog -----------------------------------------------------------------------------


@shows("the last entry of .* is gone")
def entry_removed_before_its_successor_is_written(patch: Patch) -> None:
    sound = OutcomeSettler.settle_parked

    def settle_parked(
        self: OutcomeSettler, due: DueEntry, entry: BacklogEntry, outcome: Outcome
    ) -> None:
        self._backlog.remove(due, entry)
        sound(self, due, entry, outcome)

    patch.setattr(OutcomeSettler, "settle_parked", settle_parked)


@shows("is lost on return|the last entry of .* is gone|was never reported")
def park_failure_swallowed(patch: Patch) -> None:
    sound = Backlog.park

    def park(self: Backlog, entry: BacklogEntry, delay: float | None = None) -> str:
        with contextlib.suppress(ServiceError):
            return sound(self, entry, delay)
        return ""

    patch.setattr(Backlog, "park", park)


@shows("is lost on return|was never reported")
def what_could_not_be_kept_is_not_raised(patch: Patch) -> None:
    patch.setattr(Tally, "add_lost", nothing)


@shows("left behind: .*backlog|the backlog never gets empty|is given up after")
def entry_never_removed(patch: Patch) -> None:
    patch.setattr(Backlog, "remove", nothing)


@shows("is partial, but should be complete")
def look_again_never_parked(patch: Patch) -> None:
    patch.setattr(OutcomeSettler, "_look_again", nothing)


# --- expiry ----------------------------------------------------------------------------------


@shows("expires after")
def given_up_at_once(patch: Patch) -> None:
    patch.setattr(OutcomeSettler, "_is_within_ttl", lambda *_: False)


@shows("the backlog never gets empty")
def never_given_up(patch: Patch) -> None:
    patch.setattr(OutcomeSettler, "_is_within_ttl", lambda *_: True)


@shows("expires though the service said how it ended")
def expired_though_it_has_ended(patch: Patch) -> None:
    sound = OutcomeSettler.publish

    def publish(self: OutcomeSettler, outcome: Outcome) -> Outcome:
        return sound(self, outcome)._replace(ended=False)

    patch.setattr(OutcomeSettler, "publish", publish)


# --- manifests -------------------------------------------------------------------------------


def overwrite(publisher: Publisher, manifest: Manifest) -> Published:
    """Write a manifest whatever stands there."""
    key = publisher._keys.manifest(manifest.job_id)
    written = publisher._store.write(key, manifest.body, overwrite=True, metadata=manifest.metadata)
    ref = ManifestRef(publisher._bucket, key, written.etag)
    return Published(ref, manifest.status, written=True)


@shows("went from|a worse manifest of|a replay of .* (wrote|changed)")
def manifest_overwritten_unconditionally(patch: Patch) -> None:
    patch.setattr(Publisher, "publish", overwrite)


@shows("went from (complete|partial|failed) to expired|a worse manifest of")
def expired_overwrites_what_stands(patch: Patch) -> None:
    sound = Publisher.publish

    def publish(self: Publisher, manifest: Manifest) -> Published:
        return (overwrite if manifest.status == "expired" else sound)(self, manifest)

    patch.setattr(Publisher, "publish", publish)


@shows("went from")
def lock_not_taken(patch: Patch) -> None:
    unheld = SimpleNamespace(check=nothing)
    patch.setattr(ManifestLocks, "held", lambda *_: contextlib.nullcontext(unheld))


@shows("went from")
def lock_not_checked_before_the_write(patch: Patch) -> None:
    patch.setattr(HeldLock, "check", nothing)


@shows("left behind: .*locks")
def stale_locks_stay(patch: Patch) -> None:
    patch.setattr(ManifestLocks, "drop_stale", nothing)


@shows("a worse manifest of")
def worse_version_not_withdrawn(patch: Patch) -> None:
    patch.setattr(Versions, "settle", nothing)


# --- asking ----------------------------------------------------------------------------------


@shows("has no manifest")
def throttled_answer_treated_as_rejected(patch: Patch) -> None:
    sound = RetryingApi.query

    def query(self: RetryingApi, api: Api, job_id: str) -> QueryResult:
        try:
            return sound(self, api, job_id)
        except Throttled as fault:
            raise NotFound(str(fault)) from fault

    patch.setattr(RetryingApi, "query", query)


@shows("names a file of another job")
def answer_of_another_job_used(patch: Patch) -> None:
    sound = RetryingApi.query

    def query(self: RetryingApi, api: Api, job_id: str) -> QueryResult:
        result = sound(self, api, job_id)
        return result._replace(answer={**result.answer, "JobId": job_id})

    patch.setattr(RetryingApi, "query", query)


@shows("queries in a second")
def budget_ignored(patch: Patch) -> None:
    patch.setattr(RateLimiter, "acquire", lambda *_: Window(1))


@shows("queries in a second")
def lease_of_another_used(patch: Patch) -> None:
    sound = Leases.take
    patch.setattr(Leases, "take", lambda self, lease: sound(self, lease) or True)
    patch.setattr(Leases, "listed", lambda *_: (frozenset(), 0))


@shows("was asked about 2 times")
def duplicates_asked_about(patch: Patch) -> None:
    patch.setattr("mps_manifest.limits.lru_set.LruSet.add", lambda *_: True)


# --- events ----------------------------------------------------------------------------------


@shows("is lost on return")
def all_but_the_first_of_a_batch_dropped(patch: Patch) -> None:
    sound = EventHandler.handle

    def handle(self: EventHandler, items: Iterator[Item], event: bytes) -> dict[str, Any]:
        return sound(self, islice(items, 1), event)

    patch.setattr(EventHandler, "handle", handle)


@shows("is lost on return")
def unreadable_ticket_swallowed(patch: Patch) -> None:
    sound = TicketReader.read

    def read(self: TicketReader, ticket: Ticket) -> Iterator[Item]:
        with contextlib.suppress(ServiceError):
            yield from sound(self, ticket)

    patch.setattr(TicketReader, "read", read)


@shows("an unusable piece is not in the quarantine")
def unusable_piece_dropped(patch: Patch) -> None:
    patch.setattr(OutcomeSettler, "quarantine", nothing)


# --- tokens ----------------------------------------------------------------------------------


@shows("not of all its jobs")
def token_reported_before_the_last_job_ended(patch: Patch) -> None:
    sound = CloudFlowAnnouncer._outcomes

    def outcomes(
        self: CloudFlowAnnouncer, task: Task, known: TaskJob, outcome: Outcome
    ) -> list[Outcome]:
        task.jobs = tuple(job for job in task.jobs if job in task.ended)
        return sound(self, task, known, outcome)

    patch.setattr(CloudFlowAnnouncer, "_outcomes", outcomes)
    patch.setattr(Tasks, "is_over", lambda *_: True)


@shows("ended before . did so in it|which it was not")
def task_ended_by_an_old_quarantine_entry(patch: Patch) -> None:
    sound = CloudFlowAnnouncer._ended_last

    def ended_last(self: CloudFlowAnnouncer, task: Task, job: TaskJob, outcome: Outcome) -> bool:
        is_last = sound(self, task, job, outcome)
        for other in task.jobs:
            standing = None if other in task.ended else self._standing(other)
            if standing:
                task.ended[other] = standing
        return is_last or task.waits_for is None

    patch.setattr(CloudFlowAnnouncer, "_ended_last", ended_last)


@shows("left behind: .*tasks|was never reported")
def jobs_do_not_leave_marks(patch: Patch) -> None:
    patch.setattr(Tasks, "end", nothing)


@shows("not of all its jobs")
def jobs_of_a_task_not_remembered(patch: Patch) -> None:
    patch.setattr(Tasks, "expect", nothing)


@shows("was never reported")
def callback_failure_swallowed(patch: Patch) -> None:
    sound = CloudFlowAnnouncer.announce

    def announce(self: CloudFlowAnnouncer, entry: BacklogEntry, outcome: Outcome) -> None:
        with contextlib.suppress(ServiceError):
            sound(self, entry, outcome)

    patch.setattr(CloudFlowAnnouncer, "announce", announce)
