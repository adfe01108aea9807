"""The use case of one event: every job it names is finished, parked, rejected or returned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mps_manifest.errors import ManifestError, TemporarilyUnavailable
from mps_manifest.events import Item
from mps_manifest.job_limits import MAX_ERROR
from mps_manifest.parsing.foreign_text import shown
from mps_manifest.state.unannounced import WriteNotes
from mps_manifest.workflow.event_start import EventStart
from mps_manifest.workflow.intake import Intake
from mps_manifest.workflow.outcome import Tally
from mps_manifest.workflow.sweep_backlog import BacklogSweeper
from mps_manifest.workflow.ticket_intake import TicketIntake

_NO_TIME = "no time to process the whole event"


class EventHandler:
    """The handler of one event."""

    def __init__(
        self,
        *,
        start: EventStart,
        intake: Intake,
        tickets: TicketIntake,
        sweeper: BacklogSweeper,
        notes: WriteNotes,
        tally: Tally,
    ) -> None:
        self._start = start
        self._intake = intake
        self._tickets = tickets
        self._sweeper = sweeper
        self._notes = notes
        self._tally = tally

    def handle(self, items: Iterator[Item], event: bytes = b"") -> dict[str, Any]:
        """Process the items of an event, given with its payload, and return the answer.

        Raises TemporarilyUnavailable after everything else is done if something could be neither
        finished nor kept; InvalidEvent where iterating the items does.
        """
        self._start.event = event
        try:
            answer = self._answer(items)
        except TemporarilyUnavailable:
            raise  # it may have been the last delivery, so a copy of the event stays
        except ManifestError:
            self._start.forget_copy()
            raise
        finally:
            self._notes.ended()
        self._start.forget_copy()
        return answer

    def _answer(self, items: Iterator[Item]) -> dict[str, Any]:
        try:
            with self._intake as intake:
                is_whole = all(map(intake.take, items))
        finally:
            self._start.ends()
        if not is_whole or self._tickets.has_rest:
            self._leave_the_rest()
        if intake.ticked:
            self._sweeper.sweep()
        if self._tally.lost:
            raise TemporarilyUnavailable(shown("; ".join(self._tally.lost), MAX_ERROR))
        return self._tally.answer()

    def _leave_the_rest(self) -> None:
        """Record that the rest of the event needs another delivery.

        The progress of tickets is saved only if all jobs up to there were kept.
        """
        said = "" if self._tally.lost else self._tickets.leave_the_rest()
        self._tally.add_lost(said or _NO_TIME)
