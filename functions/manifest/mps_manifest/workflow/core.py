"""Build the parts of one invocation over the ports."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from functools import cached_property
from typing import TYPE_CHECKING

from mps_manifest.files.digests import Digests
from mps_manifest.files.inspection import FileInspector
from mps_manifest.files.uninspected import NoInspector
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.file_threads import FileThreads
from mps_manifest.limits.held_bytes import HeldBytes
from mps_manifest.limits.rate_limiter import RateLimiter
from mps_manifest.limits.retry_policy import DEFAULT_POLICY
from mps_manifest.limits.retrying_api import RetryingApi
from mps_manifest.limits.timed_calls import TimedCallbacks, TimedStore, TimedTopic
from mps_manifest.limits.token_bucket import TokenBucket
from mps_manifest.limits.write_latency import WriteLatency
from mps_manifest.manifests.locks import ManifestLocks
from mps_manifest.manifests.publisher import Publisher
from mps_manifest.manifests.sidecars import Sidecars
from mps_manifest.ports import Checksum, Clients, Clock, MediaParser, Telemetry
from mps_manifest.settings import Settings
from mps_manifest.state.backlog import Backlog
from mps_manifest.state.durations import DurationRecord, LearnedDurations
from mps_manifest.state.keys import Keys
from mps_manifest.state.leases import Leases
from mps_manifest.state.parked_tickets import ParkedTickets
from mps_manifest.state.quarantine import Quarantine
from mps_manifest.state.records import Records
from mps_manifest.state.starts import Starts
from mps_manifest.state.tasks import Tasks
from mps_manifest.state.tickets import TicketReader
from mps_manifest.state.unannounced import LeftNotes, NoNotes, OwnNote, WriteNotes
from mps_manifest.workflow.announcers import Announcer, all_announcers
from mps_manifest.workflow.collect_job import JobCollector
from mps_manifest.workflow.event_start import EventStart
from mps_manifest.workflow.expected_tasks import ExpectedTasks
from mps_manifest.workflow.handle_event import EventHandler
from mps_manifest.workflow.intake import Intake
from mps_manifest.workflow.outcome import Tally
from mps_manifest.workflow.parked_jobs import ParkedJobs
from mps_manifest.workflow.settle_outcome import OutcomeSettler
from mps_manifest.workflow.suspects import Suspects
from mps_manifest.workflow.sweep_backlog import BacklogSweeper
from mps_manifest.workflow.ticket_intake import TicketIntake

if TYPE_CHECKING:  # loaded only where manifests are announced
    from mps_manifest.workflow.topic_announcer import TopicAnnouncer


class Core:
    """The parts of one invocation, each built on first use."""

    def __init__(
        self,
        *,
        settings: Settings,
        clients: Clients,
        clock: Clock,
        telemetry: Telemetry,
        parser: MediaParser,
        rate_limiter: RateLimiter,
        reports: TokenBucket,
        deadline: Deadline,
        file_executor: Executor,
        new_checksum: Callable[[], Checksum],
        instance: str,
        learned: LearnedDurations,
        may_linger: bool = False,
    ) -> None:
        self.settings = settings
        self.store = TimedStore(clients.store, deadline)
        callbacks = TimedCallbacks(clients.callbacks, deadline, reports)
        topic = TimedTopic(clients.topic, deadline) if clients.topic else None
        self.clients = clients._replace(store=self.store, callbacks=callbacks, topic=topic)
        self.telemetry = telemetry
        self.deadline = deadline
        self._clock = clock
        self._parser = parser
        self._rate_limiter = rate_limiter
        self._file_executor = FileThreads(file_executor)
        self._new_checksum = new_checksum
        self._instance = instance
        self._learned = learned
        self._may_linger = may_linger
        self._capacity = rate_limiter.capacity(deadline.left())
        self._held_bytes = HeldBytes()
        self._tally = Tally()
        self._write_latency = WriteLatency(clock)

    # --- the state in the bucket -------------------------------------------------------------

    @cached_property
    def keys(self) -> Keys:
        """The layout of the bucket."""
        return Keys(self.settings)

    @cached_property
    def records(self) -> Records:
        """The records of the bucket."""
        return Records(self.store, self.settings, self.telemetry)

    @cached_property
    def backlog(self) -> Backlog:
        """The parked jobs."""
        return Backlog(
            records=self.records,
            keys=self.keys,
            settings=self.settings,
            policy=DEFAULT_POLICY,
            clock=self._clock,
            write_latency=self._write_latency,
        )

    @cached_property
    def quarantine(self) -> Quarantine:
        """The unusable pieces of events."""
        return Quarantine(self.store, self.keys, self.settings)

    @cached_property
    def tickets(self) -> TicketReader:
        """The reader of objects that carry job IDs."""
        return TicketReader(self.store, self.records, self.keys, self.settings)

    @cached_property
    def parked_tickets(self) -> ParkedTickets:
        """The parked tickets, and copies of large events."""
        return ParkedTickets(self.records, self.keys, DEFAULT_POLICY, self._clock)

    @cached_property
    def tasks(self) -> Tasks:
        """The lists of jobs that task tokens wait for."""
        return Tasks(self.records, self.keys, self.settings, self.deadline)

    @cached_property
    def durations(self) -> DurationRecord:
        """The record of how long jobs took."""
        return DurationRecord(self.records, self.keys, self._learned)

    @cached_property
    def starts(self) -> Starts:
        """The records of who is at work on what."""
        return Starts(
            records=self.records,
            keys=self.keys,
            settings=self.settings,
            deadline=self.deadline,
            clock=self._clock,
            telemetry=self.telemetry,
        )

    @cached_property
    def locks(self) -> ManifestLocks:
        """The locks of manifests."""
        return ManifestLocks(self.records, self.keys, self.settings, DEFAULT_POLICY, self._clock)

    @cached_property
    def leases(self) -> Leases:
        """The leases of shares of the query quota."""
        return Leases(self.store, self.keys, self.settings, self.deadline, self._instance)

    @cached_property
    def publisher(self) -> Publisher:
        """The writer of manifests."""
        return Publisher(
            self.store,
            self.keys,
            self.settings,
            locks=self.locks,
            write_latency=self._write_latency,
            notes=self.notes,
        )

    @cached_property
    def notes(self) -> WriteNotes:
        """The notes of what this invocation writes."""
        if self.clients.topic is None:
            return NoNotes()
        return OwnNote(self.records, self.keys, self.deadline, self._clock)

    # --- the use cases -----------------------------------------------------------------------

    @cached_property
    def inspector(self) -> FileInspector:
        """The inspector of files."""
        digests = None
        if self.settings.digest != "none":
            digests = Digests(self.store, self.deadline, self._new_checksum)
        return FileInspector(
            self.store,
            self._parser,
            self.settings,
            self.deadline,
            telemetry=self.telemetry,
            digests=digests,
        )

    @cached_property
    def collector(self) -> JobCollector:
        """The use case of one job."""
        return self._collector_with(self.inspector)

    def _collector_with(self, inspector: FileInspector | NoInspector) -> JobCollector:
        api = RetryingApi(
            self.clients.api,
            self._rate_limiter,
            self.deadline,
            telemetry=self.telemetry,
            policy=DEFAULT_POLICY,
            held_bytes=self._held_bytes,
        )
        return JobCollector(
            api=api,
            store=self.store,
            sidecars=Sidecars(self.store, self.keys, self.settings),
            settings=self.settings,
            inspector=inspector,
            file_executor=self._file_executor,
            held_bytes=self._held_bytes,
            deadline=self.deadline,
            telemetry=self.telemetry,
        )

    @cached_property
    def announcers(self) -> list[Announcer]:
        """The ways to announce outcomes."""
        return all_announcers(
            self.clients,
            self.tasks,
            self.quarantine,
            self.publisher,
            telemetry=self.telemetry,
            topic=self._topic_announcer,
        )

    @cached_property
    def _topic_announcer(self) -> TopicAnnouncer | None:
        topic = self.clients.topic
        if topic is None:
            return None
        from mps_manifest.workflow.topic_announcer import TopicAnnouncer  # noqa: PLC0415

        return TopicAnnouncer(
            topic=topic,
            notes=self.notes,
            settings=self.settings,
            policy=DEFAULT_POLICY,
            clock=self._clock,
            telemetry=self.telemetry,
        )

    @cached_property
    def announce_left(self) -> Callable[[], None] | None:
        """The use case of what could not be announced before; None where nothing is announced."""
        announcer = self._topic_announcer
        if announcer is None:
            return None
        from mps_manifest.workflow.announce_left import LeftAnnouncements  # noqa: PLC0415

        notes = LeftNotes(
            records=self.records,
            keys=self.keys,
            settings=self.settings,
            policy=DEFAULT_POLICY,
            clock=self._clock,
            telemetry=self.telemetry,
        )
        left = LeftAnnouncements(notes, self.publisher, announcer, self.deadline, self.telemetry)
        return left.announce

    @cached_property
    def settler(self) -> OutcomeSettler:
        """The use case of an outcome."""
        return OutcomeSettler(
            settings=self.settings,
            backlog=self.backlog,
            quarantine=self.quarantine,
            publisher=self.publisher,
            announcers=self.announcers,
            policy=DEFAULT_POLICY,
            clock=self._clock,
            telemetry=self.telemetry,
            tally=self._tally,
            durations=self.durations,
        )

    @cached_property
    def sweeper(self) -> BacklogSweeper:
        """The use case of the timer."""
        jobs = ParkedJobs(
            backlog=self.backlog,
            settler=self.settler,
            tally=self._tally,
            deadline=self.deadline,
            clock=self._clock,
            telemetry=self.telemetry,
        )
        return BacklogSweeper(
            jobs=jobs,
            tickets=self.ticket_intake,
            suspects=self._suspects(jobs),
            collector=self.collector,
            backlog=self.backlog,
            starts=self.starts,
            locks=self.locks,
            leases=self.leases if self.settings.quota_sharing == "leases" else None,
            notes=self.notes,
            announce_left=self.announce_left,
            tally=self._tally,
            deadline=self.deadline,
            telemetry=self.telemetry,
            durations=self.durations,
            threads=self.settings.concurrency,
            capacity=self._capacity,
            may_linger=self._may_linger,
        )

    def _suspects(self, jobs: ParkedJobs) -> Suspects:
        return Suspects(
            jobs=jobs,
            tickets=self.ticket_intake,
            collector=self.collector,
            cautious_collector=self._collector_with(NoInspector()),
            backlog=self.backlog,
            starts=self.starts,
            policy=DEFAULT_POLICY,
            deadline=self.deadline,
            settings=self.settings,
            telemetry=self.telemetry,
        )

    @cached_property
    def ticket_intake(self) -> TicketIntake:
        """The use case of tickets."""
        return TicketIntake(
            tickets=self.tickets,
            parked=self.parked_tickets,
            backlog=self.backlog,
            settler=self.settler,
            settings=self.settings,
            tally=self._tally,
            policy=DEFAULT_POLICY,
            deadline=self.deadline,
            clock=self._clock,
            telemetry=self.telemetry,
        )

    @cached_property
    def handler(self) -> EventHandler:
        """The use case of an event."""
        start = EventStart(self.starts, self.parked_tickets, self.telemetry)
        intake = Intake(
            settings=self.settings,
            collector=self.collector,
            settler=self.settler,
            tickets=self.ticket_intake,
            tasks=ExpectedTasks(self.tasks, self.settings, self._tally),
            tally=self._tally,
            deadline=self.deadline,
            write_latency=self._write_latency,
            telemetry=self.telemetry,
            start=start,
            notes=self.notes,
            capacity=self._capacity,
        )
        return EventHandler(
            start=start,
            intake=intake,
            tickets=self.ticket_intake,
            sweeper=self.sweeper,
            notes=self.notes,
            tally=self._tally,
        )
