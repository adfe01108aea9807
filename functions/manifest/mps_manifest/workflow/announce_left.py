"""Announce what earlier invocations wrote and could not announce, by the notes they left."""

from __future__ import annotations

from mps_manifest.errors import ServiceError
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.worker_pool import WorkerPool
from mps_manifest.manifests.publisher import Publisher
from mps_manifest.ports import Telemetry
from mps_manifest.state.unannounced import LeftNote, LeftNotes
from mps_manifest.workflow.topic_announcer import TopicAnnouncer

_THREADS = 4
_SHARE = 4
"""One part in so many of a sweep's time is for this."""


class LeftAnnouncements:
    """The use case of the notes that are due; it reads manifests and asks no API."""

    def __init__(
        self,
        notes: LeftNotes,
        publisher: Publisher,
        announcer: TopicAnnouncer,
        deadline: Deadline,
        telemetry: Telemetry,
    ) -> None:
        self._notes = notes
        self._publisher = publisher
        self._announcer = announcer
        self._deadline = deadline
        self._telemetry = telemetry
        self._left_to_others = deadline.left() * (_SHARE - 1) / _SHARE

    def announce(self) -> None:
        """Work off the notes that are due, as far as the time and the topic allow."""
        with WorkerPool[LeftNote](
            _THREADS, _THREADS, self._deadline, self._work_off, lambda _note: None
        ) as pool:
            try:
                for note in self._notes.due():
                    if self._is_over():
                        return
                    pool.submit(note)
            except ServiceError as error:
                self._telemetry.log("warning", "notes not listed", reason=error.reason)

    def _is_over(self) -> bool:
        return (
            not self._deadline.may_ask_and_leave(self._left_to_others)
            or self._announcer.has_given_up
        )

    def _work_off(self, unread: LeftNote) -> None:
        """Announce what a note names; what cannot be announced stays in it."""
        try:
            note = None if self._is_over() else self._notes.read(unread)
            if note:
                self._leave(
                    note, [job_id for job_id in note.jobs if not self._is_told(note, job_id)]
                )
        except ServiceError as error:
            self._telemetry.log(
                "warning", "announcement record kept", key=unread.key, reason=error.reason
            )

    def _leave(self, note: LeftNote, left: list[str]) -> None:
        self._notes.leave(note, left, is_tried=not self._is_over())

    def _is_told(self, note: LeftNote, job_id: str) -> bool:
        """Announce the manifest of a job if this note's invocation wrote what stands.

        Where it did not, nothing is announced: who wrote it has a note of its own.
        """
        if self._is_over():
            return False
        try:
            standing = self._publisher.standing(job_id)
            if standing and note.is_of(standing):
                ref = self._publisher.ref(job_id, standing.etag)
                self._announcer.announce_manifest(job_id, standing.body, ref)
        except ServiceError:
            return False
        return True
