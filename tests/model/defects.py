"""Defects to be planted in the product, and by what the model is to notice each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from mps_manifest.asking import Asked, PatientApi
from mps_manifest.backlog import Backlog, Due, Entry
from mps_manifest.budget import Budget
from mps_manifest.callbacks import Callbacks, TaskJobs
from mps_manifest.errors import Refused, ServiceError, Throttled
from mps_manifest.events import Item, Ticket
from mps_manifest.intake import Intake
from mps_manifest.manifest import Manifest
from mps_manifest.outcome import ManifestRef, Outcome, Tally
from mps_manifest.publish import Published, Publisher, manifest_key
from mps_manifest.replacing import Locks
from mps_manifest.settings import Api
from mps_manifest.settle import Settler
from mps_manifest.tickets import TicketReader
from mps_manifest.versions import Versions

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]
PLANTED: dict[Plant, str] = {}


def shows(symptom: str) -> Callable[[Plant], Plant]:
    """Say by what the model is to notice a defect."""

    def register(plant: Plant) -> Plant:
        PLANTED[plant] = symptom
        return plant

    return register


def nothing(*_: Any, **__: Any) -> None:
    """Stand for a method that was forgotten."""


# --- the backlog -----------------------------------------------------------------------------


@shows("the last entry of .* is gone")
def entry_removed_before_its_successor_is_written(patch: Patch) -> None:
    sound = Settler.settle_parked

    def settle_parked(self: Settler, due: Due, entry: Entry, outcome: Outcome) -> None:
        self.backlog.remove(due, entry)
        sound(self, due, entry, outcome)

    patch.setattr(Settler, "settle_parked", settle_parked)


@shows("is lost on return|the last entry of .* is gone")
def park_failure_swallowed(patch: Patch) -> None:
    sound = Backlog.park

    def park(self: Backlog, entry: Entry) -> str:
        with contextlib.suppress(ServiceError):
            return sound(self, entry)
        return ""

    patch.setattr(Backlog, "park", park)


@shows("is lost on return")
def what_could_not_be_kept_is_not_raised(patch: Patch) -> None:
    patch.setattr(Tally, "lose", nothing)


@shows("left behind: .*backlog|the backlog never gets empty")
def entry_never_removed(patch: Patch) -> None:
    patch.setattr(Backlog, "remove", nothing)


@shows("is partial, but should be complete")
def look_again_never_parked(patch: Patch) -> None:
    patch.setattr(Settler, "_look_again", nothing)


# --- expiry ----------------------------------------------------------------------------------


@shows("expires after")
def given_up_at_once(patch: Patch) -> None:
    patch.setattr(Settler, "_is_within_ttl", lambda *_: False)


@shows("the backlog never gets empty")
def never_given_up(patch: Patch) -> None:
    patch.setattr(Settler, "_is_within_ttl", lambda *_: True)


@shows("expires though the service said how it ended")
def expired_though_it_has_ended(patch: Patch) -> None:
    sound = Settler.settle_parked

    def settle_parked(self: Settler, due: Due, entry: Entry, outcome: Outcome) -> None:
        sound(self, due, entry, replace(outcome, ended=False))

    patch.setattr(Settler, "settle_parked", settle_parked)


# --- manifests -------------------------------------------------------------------------------


def overwrite(publisher: Publisher, manifest: Manifest) -> Published:
    """Write a manifest whatever stands there."""
    key = manifest_key(publisher.settings, manifest.job_id)
    written = publisher.store.write(key, manifest.body, overwrite=True, metadata=manifest.metadata)
    ref = ManifestRef(publisher.settings.bucket, key, written.etag)
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
    patch.setattr(Locks, "held", lambda *_: contextlib.nullcontext())


@shows("left behind: .*locks")
def stale_locks_stay(patch: Patch) -> None:
    patch.setattr(Locks, "drop_stale", nothing)


@shows("a worse manifest of")
def worse_version_not_withdrawn(patch: Patch) -> None:
    patch.setattr(Versions, "settle", nothing)


# --- asking ----------------------------------------------------------------------------------


@shows("has no manifest")
def throttled_answer_treated_as_rejected(patch: Patch) -> None:
    sound = PatientApi.ask

    def ask(self: PatientApi, api: Api, job_id: str) -> Asked:
        try:
            return sound(self, api, job_id)
        except Throttled as fault:
            raise Refused(str(fault)) from fault

    patch.setattr(PatientApi, "ask", ask)


@shows("queries in a second")
def budget_ignored(patch: Patch) -> None:
    patch.setattr(Budget, "take", lambda *_: True)


@shows("was asked about 2 times")
def duplicates_asked_about(patch: Patch) -> None:
    patch.setattr("mps_manifest.recent.Recent.is_new", lambda *_: True)


# --- events ----------------------------------------------------------------------------------


@shows("is lost on return")
def all_but_the_first_of_a_batch_dropped(patch: Patch) -> None:
    sound = Intake.take_in

    def take_in(self: Intake, items: Iterator[Item]) -> dict[str, Any]:
        return sound(self, islice(items, 1))

    patch.setattr(Intake, "take_in", take_in)


@shows("is lost on return")
def unreadable_ticket_swallowed(patch: Patch) -> None:
    sound = TicketReader.read

    def read(self: TicketReader, ticket: Ticket) -> Iterator[Item]:
        with contextlib.suppress(ServiceError):
            yield from sound(self, ticket)

    patch.setattr(TicketReader, "read", read)


@shows("an unusable piece is not in the quarantine")
def unusable_piece_dropped(patch: Patch) -> None:
    patch.setattr(Settler, "quarantine", nothing)


# --- tokens ----------------------------------------------------------------------------------


@shows("not of all its jobs")
def token_reported_before_the_last_job_ended(patch: Patch) -> None:
    sound = Callbacks._outcomes

    def outcomes(self: Callbacks, jobs: TaskJobs, known: Outcome) -> Iterator[Outcome]:
        return (each for each in sound(self, jobs, known) if each.status != "pending")

    patch.setattr(Callbacks, "_outcomes", outcomes)


@shows("not of all its jobs")
def jobs_of_a_task_not_remembered(patch: Patch) -> None:
    patch.setattr(Callbacks, "expect", nothing)


@shows("was never reported")
def callback_failure_swallowed(patch: Patch) -> None:
    sound = Callbacks.ended

    def ended(self: Callbacks, token: str, outcome: Outcome) -> None:
        with contextlib.suppress(ServiceError):
            sound(self, token, outcome)

    patch.setattr(Callbacks, "ended", ended)
