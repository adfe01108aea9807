"""Defects about jobs that kill their instance, to be planted as those in defects.py."""

from __future__ import annotations

from mps_manifest.limits.retry_policy import DEFAULT_POLICY
from mps_manifest.state.backlog import Backlog
from mps_manifest.state.starts import Starts
from mps_manifest.workflow.suspects import Suspects
from tests.model.defects import Patch, nothing, shows


@shows("the backlog never gets empty")
def starts_never_counted(patch: Patch) -> None:
    patch.setattr(Backlog, "note_start", lambda _self, _due, entry, _until: entry)


@shows("the backlog never gets empty")
def suspects_not_worked_on_alone(patch: Patch) -> None:
    patch.setattr(Suspects, "add_if_suspect", lambda *_: False)


@shows("the backlog never gets empty")
def nobody_writes_down_what_is_started(patch: Patch) -> None:
    patch.setattr(Starts, "at_work_on", nothing)


@shows("the backlog never gets empty|has no manifest")
def never_given_up_over_deaths(patch: Patch) -> None:
    policy = DEFAULT_POLICY._replace(given_up_from=10**6)
    patch.setattr("mps_manifest.workflow.core.DEFAULT_POLICY", policy)


@shows("is given up after . deaths")
def given_up_at_its_first_death(patch: Patch) -> None:
    policy = DEFAULT_POLICY._replace(given_up_from=1)
    patch.setattr("mps_manifest.workflow.core.DEFAULT_POLICY", policy)


@shows("is never taken in")
def event_worked_on_again_and_again(patch: Patch) -> None:
    patch.setattr(Starts, "event_begins", lambda *_: True)


@shows("left behind: .*started")
def records_of_starts_stay(patch: Patch) -> None:
    patch.setattr(Starts, "forget", nothing)
