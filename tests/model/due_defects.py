"""Defects about what is due, and about its classes, to be planted as those in defects.py."""

from __future__ import annotations

from mps_manifest.state.backlog import BacklogEntry
from mps_manifest.state.due_entries import DueEntries, DueEntry
from mps_manifest.workflow.outcome import Outcome
from mps_manifest.workflow.settle_outcome import OutcomeSettler
from mps_manifest.workflow.sweep_backlog import BacklogSweeper
from tests.model.defects import Patch, nothing, shows


@shows("the backlog never gets empty")
def bulk_never_has_its_turn(patch: Patch) -> None:
    patch.setattr(DueEntries, "next_bulk", nothing)


@shows("the backlog never gets empty")
def what_a_look_jumps_over_is_not_due(patch: Patch) -> None:
    patch.setattr(DueEntries, "_note_bulk", nothing)


@shows("the last entry of .* is gone")
def what_a_sweep_has_parked_itself_is_a_duplicate(patch: Patch) -> None:
    def is_duplicate(self: BacklogSweeper, due: DueEntry) -> bool:
        return due.job_id in self._taken

    patch.setattr(BacklogSweeper, "_is_duplicate", is_duplicate)


@shows("was never reported")
def a_manifest_is_the_last_word_for_a_step_as_well(patch: Patch) -> None:
    sound = OutcomeSettler.last_word

    def last_word(self: OutcomeSettler, entry: BacklogEntry) -> Outcome | None:
        return sound(self, entry._replace(task_token=None))

    announce = OutcomeSettler._announce

    def announce_what_was_asked(
        self: OutcomeSettler, entry: BacklogEntry, outcome: Outcome
    ) -> tuple[tuple[str, ...], str]:
        return announce(self, entry, outcome) if outcome.query_calls else ((), "")

    patch.setattr(OutcomeSettler, "last_word", last_word)
    patch.setattr(OutcomeSettler, "_announce", announce_what_was_asked)
