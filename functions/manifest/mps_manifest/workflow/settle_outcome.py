"""Settle an outcome: publish, park, quarantine and announce, as far as each is needed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mps_manifest.errors import Immutable, ServiceError
from mps_manifest.events import JobRequest, Unusable
from mps_manifest.limits.retry_policy import RetryPolicy
from mps_manifest.limits.work_claim import claim_finished
from mps_manifest.manifests.document import NamedJob, build_expired_manifest
from mps_manifest.manifests.publisher import PROTECTED, Published, Publisher
from mps_manifest.manifests.ranking import Manifest
from mps_manifest.ports import Clock, Telemetry
from mps_manifest.settings import Api, Settings
from mps_manifest.state.backlog import Backlog, BacklogEntry
from mps_manifest.state.due_entries import DueEntry
from mps_manifest.state.durations import DurationRecord
from mps_manifest.state.quarantine import Quarantine
from mps_manifest.workflow.announcers import Announcer
from mps_manifest.workflow.outcome import Course, News, Outcome, Tally


class OutcomeSettler:
    """The settler of the outcomes of one invocation; it counts them in the tally."""

    def __init__(
        self,
        *,
        settings: Settings,
        backlog: Backlog,
        quarantine: Quarantine,
        publisher: Publisher,
        announcers: Sequence[Announcer],
        policy: RetryPolicy,
        clock: Clock,
        telemetry: Telemetry,
        tally: Tally,
        durations: DurationRecord,
    ) -> None:
        self._settings = settings
        self._backlog = backlog
        self._quarantine = quarantine
        self._publisher = publisher
        self._announcers = announcers
        self._policy = policy
        self._clock = clock
        self._telemetry = telemetry
        self._tally = tally
        self._durations = durations

    def settle(self, request: JobRequest, api: Api, outcome: Outcome) -> Outcome | None:
        """Settle a job of an event; return what became of it.

        One that can be neither finished nor parked counts as lost, and of one that was given up
        somebody else takes care: of both None is returned.
        """
        entry = BacklogEntry.of(request, api, self._clock.now())
        outcome, lost = self._started(outcome), ""
        try:
            outcome = self._settled(entry, outcome, keep=request.on_pending == "park")
        except ServiceError as error:
            lost = f"could be neither finished nor parked ({error.reason})"
        if not claim_finished():
            return None  # it was given up, and somebody else has parked it
        if lost:
            self._tally.add_lost(f"job {outcome.job_id} {lost}")
        self._count(outcome, entry, request.event_time or entry.first_seen)
        return None if lost else outcome

    def settle_parked(self, due: DueEntry, entry: BacklogEntry, outcome: Outcome) -> bool:
        """Settle a job from the backlog; return whether its entry is gone.

        Its entry is deleted once its manifest or its successor is written; if that fails, the entry
        remains due, and nothing is lost. Raises Immutable where the bucket forbids deleting it,
        because then no sweep can make progress.
        """
        outcome, is_gone = self._started(outcome), False
        try:
            outcome = self._settled(entry, outcome, keep=True)
            self._backlog.remove(due, entry)
            is_gone = True
        except Immutable:
            raise
        except ServiceError as error:
            self._telemetry.log(
                "warning", "entry remains due", job_id=entry.job_id, reason=error.reason
            )
        else:
            self._learn(entry, outcome)
        self._count(outcome, entry, entry.first_seen)
        return is_gone

    def last_word(self, entry: BacklogEntry) -> Outcome | None:
        """Return what became of a parked job if it was finished meanwhile; None if not.

        To be asked only of a job that was running when it was parked, or that this invocation has
        asked about: then a manifest that says how the job ended tells what another query would. Not
        asked where somebody waits to be told, and where the store cannot say.
        """
        if entry.task_token or entry.untold:
            return None
        try:
            standing = self._publisher.last_word(entry.job_id, entry.api)
        except ServiceError:
            return None
        if standing is None:
            return None
        return Outcome(entry.job_id, standing.status, manifest=standing.ref, query_calls=0)

    def quarantine(self, piece: Unusable) -> None:
        """Keep a piece of an event that could not be used."""
        try:
            key = self._quarantine.add(piece)
            # the reason quotes the piece, so it must not be logged
            origin, cause = piece.origin, piece.cause
            self._telemetry.log("warning", "unusable", origin=origin, cause=cause, kept=key)
        except ServiceError as error:
            self._tally.add_lost(f"part of the event could not be quarantined ({error.reason})")
        self._telemetry.count("rejected")
        self._tally.add_rejected_piece()

    def publish(self, outcome: Outcome) -> Outcome:
        """Publish the manifest of an outcome, if any; where that fails, the outcome is pending."""
        if outcome.document is None:
            return outcome
        try:
            return self._publish(outcome, outcome.document)
        except ServiceError as error:
            reason = f"the manifest could not be written: {error.reason}"
            return outcome._replace(status="pending", reason=reason, document=None, ended=True)

    # --- one job -----------------------------------------------------------------------------

    def _settled(self, entry: BacklogEntry, outcome: Outcome, *, keep: bool) -> Outcome:
        outcome = self.publish(outcome)
        if outcome.status == "pending":
            if not keep:
                return outcome
            if outcome.ended or self._is_within_ttl(entry.first_seen):
                return self._park(entry, outcome)
            outcome = self._expired(entry, outcome)
        if outcome.status == "rejected":
            self._quarantine.add_job(entry.api, entry.job_id, outcome.reason, entry.origin)
        untold, reason = self._announce(entry, outcome)
        due = ""
        if untold:
            due = self._announce_later(entry, outcome._replace(reason=reason), untold)
        elif keep and outcome.look_again:
            due = self._look_again(entry._replace(task_token=None, untold=()), outcome)
        return outcome._replace(due=due)

    def _expired(self, entry: BacklogEntry, outcome: Outcome) -> Outcome:
        job = outcome.unfinished or NamedJob(entry.job_id, entry.api)
        manifest = build_expired_manifest(job, self._settings, outcome.reason)
        return self._publish(outcome, manifest)

    def _publish(self, outcome: Outcome, manifest: Manifest) -> Outcome:
        """Publish a manifest; the only place that does. Return the outcome with its reference."""
        published = self._publisher.publish(manifest)
        return outcome._replace(
            status=published.status,
            reason=_reason(manifest, published),
            manifest=published.ref,
            look_again=manifest.look_again and published.status == "partial",
            document=None,
            written=published.written,
            news=News(manifest.body, published.mark) if published.mark else None,
        )

    def _announce(self, entry: BacklogEntry, outcome: Outcome) -> tuple[tuple[str, ...], str]:
        """Call all announcers, or those that failed before; return those that failed, and why.

        News are for all.
        """
        failed, reason = [], ""
        for announcer in self._announcers:
            if entry.untold and announcer.name not in entry.untold and not outcome.news:
                continue
            try:
                announcer.announce(entry, outcome)
            except ServiceError as error:
                failed.append(announcer.name)
                reason = f"{announcer.name} could not be notified: {error.reason}"
                self._telemetry.log(
                    "warning",
                    "not announced",
                    job_id=entry.job_id,
                    announcer=announcer.name,
                    reason=error.reason,
                )
        return tuple(failed), reason

    def _announce_later(
        self, entry: BacklogEntry, outcome: Outcome, untold: tuple[str, ...]
    ) -> str:
        since = entry.untold_since or self._clock.now()
        if not self._is_within_ttl(since):
            return ""
        return self._park(entry._replace(untold=untold, untold_since=since), outcome).due

    def _look_again(self, entry: BacklogEntry, outcome: Outcome) -> str:
        since = entry.partial_since or self._clock.now()
        if self._clock.now() - since >= self._policy.look_again:
            return ""
        return self._park(entry._replace(partial_since=since), outcome).due

    def _is_within_ttl(self, since: float) -> bool:
        return self._clock.now() - since < self._settings.job_ttl_hours * 3600

    def _park(self, entry: BacklogEntry, outcome: Outcome) -> Outcome:
        if not claim_finished():
            return outcome  # it hung until it was given up, and somebody else parks it
        tried = entry.after_try(
            outcome.reason,
            outcome.state,
            query_calls=outcome.query_calls,
            needs_time=outcome.needs_time,
        )
        if outcome.course and outcome.course.is_running:
            now = self._clock.now()
            age = now - (outcome.course.created or entry.first_seen)
            taken = self._durations.of(outcome.algorithm)
            delay = self._policy.running_delay(max(0.0, age), taken)
            key = self._backlog.park(tried._replace(running_at=now), delay)
        elif outcome.ended or outcome.manifest:
            key = self._backlog.park(tried._replace(running_at=None))
        else:
            key = self._backlog.park(tried)
        self._telemetry.count("parked")
        return outcome._replace(due=self._backlog.due_time(key))

    def _started(self, outcome: Outcome) -> Outcome:
        """Return the outcome with a start: that of a job that was not asked about is now."""
        if outcome.started is not None:
            return outcome
        return outcome._replace(started=self._clock.monotonic())

    def _learn(self, entry: BacklogEntry, outcome: Outcome) -> None:
        """Remember how long a job took that was seen running, and then done."""
        is_done = outcome.status in {"complete", "partial"}
        if outcome.course and is_done and entry.running_at is not None:
            seconds = _duration(entry, entry.running_at, outcome.course, self._clock.now())
            self._durations.learn(outcome.algorithm, seconds)

    def _count(self, outcome: Outcome, entry: BacklogEntry, since: float) -> None:
        """Count an outcome and write its log line; `since` is when the event happened."""
        waited = max(0.0, self._clock.now() - since)
        if outcome.manifest:
            self._telemetry.peak("eventToManifestSeconds", waited)
        self._tally.add(outcome)
        self._telemetry.count(outcome.status)
        self._telemetry.log(
            "info",
            "job",
            job_id=outcome.job_id,
            api=entry.api,
            algorithm=outcome.algorithm or None,
            status=outcome.status,
            origin=entry.origin,
            reason=outcome.reason or None,
            files=outcome.files,
            attempts=entry.attempts + outcome.query_calls,
            due=outcome.due or None,
            written=outcome.written or None,
            kept=True if outcome.manifest and not outcome.written else None,
            ms=round((self._clock.monotonic() - (outcome.started or 0.0)) * 1000),
            waited=round(waited),
            manifest=outcome.manifest.key if outcome.manifest else None,
        )


def _duration(entry: BacklogEntry, running_at: float, course: Course, now: float) -> float:
    """Return how long a job took that was running at one moment, and done by now, in seconds.

    Its last file was written just before its end. Where that is not known either, the end lies
    somewhere between; the middle is meant in proportion, and no earlier than half of the time, for
    else jobs that have ended by their first look would count for next to nothing.
    """
    if course.created and course.finished:
        return course.finished - course.created
    began = course.created or entry.first_seen
    ended = course.finished or course.last_file
    if ended is not None and running_at <= ended <= now:
        return ended - began
    longest = max(0.0, now - began)
    shortest = max(running_at - began, longest / 2)
    return math.sqrt(longest * shortest)


def _reason(manifest: Manifest, published: Published) -> str:
    """Return why the job is not complete, or what is worse now than in the manifest that stands."""
    if published.protected:
        return PROTECTED
    if published.kept:
        return f"kept: {manifest.summary or manifest.status}"
    return manifest.summary
