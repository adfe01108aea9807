"""What follows from an outcome: keep the job for later, quarantine it, or be done with it."""

from __future__ import annotations

from mps_manifest.backlog import Backlog, Due, Entry
from mps_manifest.callbacks import Callbacks
from mps_manifest.errors import Immutable, ServiceError
from mps_manifest.events import JobRequest, Unusable
from mps_manifest.events.scope import as_text
from mps_manifest.manifest import build_expired
from mps_manifest.outcome import Outcome, Tally
from mps_manifest.ports import Clock, ObjectStore, Telemetry
from mps_manifest.publish import Publisher
from mps_manifest.quarantine import quarantine
from mps_manifest.settings import Api, Settings
from mps_manifest.values import dataclass, replace

LOOK_AGAIN_SECONDS = 3600.0


@dataclass(frozen=True)
class Settler:
    """Settles the outcomes of one invocation and counts them."""

    settings: Settings
    store: ObjectStore
    backlog: Backlog
    publisher: Publisher
    callbacks: Callbacks
    clock: Clock
    telemetry: Telemetry
    tally: Tally

    def settle(self, request: JobRequest, api: Api, outcome: Outcome) -> None:
        """Settle a job an event asked for; one that cannot be kept is counted as lost."""
        entry = Entry.of(request, api, self.clock.now())
        try:
            outcome = self._settled(entry, outcome, keep=request.on_pending == "park")
        except ServiceError as fault:
            self.tally.lose(f"job {outcome.job_id} could not be kept ({fault.reason})")
        self._count(outcome, request.event_time or entry.first_seen)

    def settle_parked(self, due: Due, entry: Entry, outcome: Outcome) -> None:
        """Settle a job from the backlog.

        Its entry goes when its manifest or its successor is safely written; if that fails the
        entry stays due, and nothing is lost. Raises Immutable where the bucket lets nothing be
        deleted: then no sweep can ever make progress.
        """
        try:
            outcome = self._settled(entry, outcome, keep=True)
            self.backlog.remove(due, entry)
        except Immutable:
            raise
        except ServiceError as fault:
            self.telemetry.log("warning", "entry stays", job_id=entry.job_id, reason=fault.reason)
        self._count(outcome, entry.first_seen)

    def quarantine(self, piece: Unusable) -> None:
        """Keep a piece of an event that could not be used."""
        try:
            kept = quarantine(self.store, self.settings.state_prefix, piece)
            # the reason quotes the piece, so it is only where the piece is
            self.telemetry.log("warning", "unusable", origin=piece.origin, kept=kept)
        except ServiceError as fault:
            self.tally.lose(f"an unusable piece could not be quarantined ({fault.reason})")
        self.telemetry.count("rejected")
        self.tally.reject()

    # --- one job -----------------------------------------------------------------------------

    def _settled(self, entry: Entry, outcome: Outcome, *, keep: bool) -> Outcome:
        if outcome.status == "pending":
            if not keep:
                return outcome
            if outcome.ended or self._is_within_ttl(entry.first_seen):
                return self._park(entry, outcome)
            outcome = self._expire(entry, outcome)
        if outcome.status == "rejected":
            body = as_text({"api": entry.api, "jobId": entry.job_id})
            piece = Unusable(body, outcome.reason, entry.origin)
            quarantine(self.store, self.settings.state_prefix, piece)
        untold = self._announce(entry, outcome)
        if untold is not None:
            self._tell_again(
                entry, replace(outcome, reason=f"the callback failed: {untold.reason}")
            )
        elif keep and outcome.look_again:
            self._look_again(replace(entry, task_token=None), outcome)
        return outcome

    def _announce(self, entry: Entry, outcome: Outcome) -> ServiceError | None:
        """Tell the step that waits; gives the fault that calls for telling it again."""
        try:
            if entry.task_token:
                self.callbacks.ended(entry.task_token, outcome)
        except ServiceError as fault:
            reason = fault.reason
            self.telemetry.log("warning", "callback failed", job_id=entry.job_id, reason=reason)
            return fault
        return None

    def _tell_again(self, entry: Entry, outcome: Outcome) -> None:
        since = entry.untold_since or self.clock.now()
        if self._is_within_ttl(since):
            self._park(replace(entry, untold_since=since), outcome)

    def _look_again(self, entry: Entry, outcome: Outcome) -> None:
        since = entry.partial_since or self.clock.now()
        if self.clock.now() - since < LOOK_AGAIN_SECONDS:
            self._park(replace(entry, partial_since=since), outcome)

    def _is_within_ttl(self, since: float) -> bool:
        return self.clock.now() - since < self.settings.job_ttl_hours * 3600

    def _expire(self, entry: Entry, outcome: Outcome) -> Outcome:
        manifest = build_expired(entry.job_id, entry.api, self.settings, outcome.reason)
        published = self.publisher.publish(manifest)
        reason = manifest.summary if published.status == "expired" else ""
        return Outcome(entry.job_id, published.status, reason, published.ref)

    def _park(self, entry: Entry, outcome: Outcome) -> Outcome:
        self.backlog.park(entry.tried(outcome.reason, outcome.state, asked=outcome.asked))
        self.telemetry.count("parked")
        return outcome

    def _count(self, outcome: Outcome, since: float) -> None:
        """Count an outcome of an event that happened then, and write its line."""
        if outcome.manifest:
            self.telemetry.peak("eventToManifestSeconds", max(0.0, self.clock.now() - since))
        self.tally.add(outcome)
        self.telemetry.count(outcome.status)
        self.telemetry.log(
            "info",
            "job",
            job_id=outcome.job_id,
            status=outcome.status,
            reason=outcome.reason or None,
            manifest=outcome.manifest.key if outcome.manifest else None,
        )
