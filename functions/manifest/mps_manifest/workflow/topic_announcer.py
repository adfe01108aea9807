"""Announce written manifests on a topic, each at least once.

What cannot be announced here stays in the note that was written before its manifest, so it needs
no backlog entry, and its job is not asked about again (state/unannounced.py).
"""

from __future__ import annotations

import threading
from contextlib import nullcontext, suppress

from mps_manifest.errors import Refused, ServiceError, Unreachable
from mps_manifest.limits.held_bytes import FREE
from mps_manifest.limits.retry_policy import RetryPolicy
from mps_manifest.manifests.announcement import MAX_ANNOUNCEMENT_BYTES, Origin, announcement
from mps_manifest.manifests.publisher import ManifestRef
from mps_manifest.ports import Clock, Telemetry, Topic
from mps_manifest.settings import Settings
from mps_manifest.state.backlog import BacklogEntry
from mps_manifest.state.unannounced import WriteNotes
from mps_manifest.workflow.outcome import Outcome

LEAST_BYTES = 1024
"""The least that a topic can be set to take of a message (MaximumMessageSize)."""


class TopicAnnouncer:
    """The announcer for whoever has subscribed to the topic; safe to use from several threads."""

    name = "topic"

    def __init__(
        self,
        *,
        topic: Topic,
        notes: WriteNotes,
        settings: Settings,
        policy: RetryPolicy,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._topic = topic
        self._notes = notes
        self._policy = policy
        self._origin = Origin(settings.region, settings.account, settings.function)
        self._clock = clock
        self._telemetry = telemetry
        self._failures = 0
        self._reading_large = threading.Lock()

    @property
    def has_given_up(self) -> bool:
        """Whether the topic failed so often in a row that this invocation asks it no more."""
        return self._failures >= self._policy.topic_tries

    def announce(self, entry: BacklogEntry, outcome: Outcome) -> None:  # noqa: ARG002 - Announcer's
        """Announce a manifest that was written; never raises, since its note is kept."""
        news, ref = outcome.news, outcome.manifest
        if news is None or ref is None:
            return
        try:
            self.announce_manifest(outcome.job_id, news.body, ref)
        except ServiceError:
            self._notes.refused(news.mark)
        else:
            self._notes.settled(news.mark)

    def announce_manifest(self, job_id: str, manifest: bytes, ref: ManifestRef) -> None:
        """Announce a manifest that stands. Raises ServiceError where it must be done again."""
        try:
            if self.has_given_up:
                raise Unreachable("the topic failed several times in a row")
            self._publish(manifest, ref)
        except ValueError:  # whoever wrote over it has nothing to announce
            self._telemetry.log("error", "no manifest to announce", job_id=job_id, key=ref.key)
        except ServiceError as error:
            self._telemetry.count("unannounced")
            if not self.has_given_up:
                self._telemetry.log(
                    "warning",
                    "not announced",
                    job_id=job_id,
                    announcer=self.name,
                    reason=error.reason,
                )
            self._failures += not isinstance(error, Refused)
            raise
        else:
            self._failures = 0
            self._telemetry.count("announced")

    def _publish(self, manifest: bytes, ref: ManifestRef) -> None:
        """Publish the message, once more with the least in it where the topic refuses it."""
        moment = self._clock.now()
        whole = self._text(manifest, ref, moment, MAX_ANNOUNCEMENT_BYTES)
        try:
            self._topic.publish(whole)
        except Refused:
            least = ""
            with suppress(ValueError):  # the names alone may be too long
                least = self._text(manifest, ref, moment, LEAST_BYTES)
            if least in {"", whole}:
                raise
            self._topic.publish(least)

    def _text(self, manifest: bytes, ref: ManifestRef, moment: float, limit: int) -> str:
        """Return the message; large manifests are read one by one, since that takes much memory."""
        with self._reading_large if len(manifest) > FREE else nullcontext():
            return announcement(manifest, ref._asdict(), self._origin, moment, limit)
