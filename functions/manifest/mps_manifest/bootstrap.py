"""The composition root: the only place that knows which adapter stands behind which port."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from mps_manifest.adapters import fc_context
from mps_manifest.adapters.clock import SystemClock
from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import Credentials, read_credentials
from mps_manifest.adapters.mediainfo import MediaInfoParser
from mps_manifest.adapters.oss import OssStore
from mps_manifest.adapters.production_api import ProductionApi
from mps_manifest.adapters.telemetry import LOGGER, PowertoolsTelemetry
from mps_manifest.errors import (
    ConfigurationError,
    InvalidEvent,
    ManifestError,
    ServiceError,
    TemporarilyUnavailable,
)
from mps_manifest.events import Item, decode_event, decode_tick
from mps_manifest.files.digests import Digests
from mps_manifest.files.inspection import FileInspector
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.rate_limiter import RateLimiter
from mps_manifest.limits.retry_policy import DEFAULT_POLICY
from mps_manifest.limits.retrying_api import RetryingApi
from mps_manifest.limits.write_latency import WriteLatency
from mps_manifest.manifests.locks import ManifestLocks
from mps_manifest.manifests.publisher import Publisher
from mps_manifest.manifests.sidecars import Sidecars
from mps_manifest.ports import (
    Checksum,
    Clock,
    JobsApi,
    MediaParser,
    ObjectStore,
    TaskCallbacks,
    Telemetry,
)
from mps_manifest.settings import Settings, read_settings
from mps_manifest.state.backlog import Backlog
from mps_manifest.state.keys import Keys
from mps_manifest.state.quarantine import Quarantine
from mps_manifest.state.records import Records
from mps_manifest.state.tasks import Tasks
from mps_manifest.state.tickets import TicketReader
from mps_manifest.workflow.announcers import CloudFlowAnnouncer
from mps_manifest.workflow.collect_job import JobCollector
from mps_manifest.workflow.handle_event import EventHandler
from mps_manifest.workflow.http_response import http_response
from mps_manifest.workflow.outcome import Tally
from mps_manifest.workflow.settle_outcome import OutcomeSettler
from mps_manifest.workflow.sweep_backlog import BacklogSweeper

FILE_THREADS = 16
"""Threads that look at the files of jobs, beside the threads of the jobs."""


class Clients(NamedTuple):
    """The ports to the services, for the keys of one invocation."""

    store: ObjectStore
    api: JobsApi
    callbacks: TaskCallbacks


class ClientFactory(Protocol):
    """Where clients come from."""

    def __call__(self, settings: Settings, context: Any, call_limit: float | None, /) -> Clients:
        """Return the clients of an invocation.

        No call of theirs waits longer than `call_limit` seconds for a connection, nor for an
        answer. Raises ConfigurationError where there are no keys.
        """


class BucketState(NamedTuple):
    """What the function keeps in the bucket, as an operator's tool needs it."""

    keys: Keys
    records: Records
    backlog: Backlog
    quarantine: Quarantine
    tickets: TicketReader
    tasks: Tasks
    locks: ManifestLocks
    publisher: Publisher


class Core(NamedTuple):
    """The parts of one invocation, put together."""

    settings: Settings
    clients: Clients
    state: BucketState
    inspector: FileInspector
    collector: JobCollector
    settler: OutcomeSettler
    sweeper: BacklogSweeper
    handler: EventHandler


def build(
    environment: Mapping[str, str] = os.environ,
    *,
    clock: Clock | None = None,
    telemetry: Telemetry | None = None,
    parser: MediaParser | None = None,
    clients: ClientFactory | None = None,
) -> Function:
    """Build the function of one instance; what is not given is the real thing."""
    return Function(
        environment,
        clock=clock or SystemClock(),
        telemetry=telemetry or PowertoolsTelemetry(),
        parser=parser or MediaInfoParser(),
        clients=clients or CredentialedClients(environment),
    )


class Function:
    """The function of one instance: settings once, clients per set of keys, a core per event."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        clock: Clock,
        telemetry: Telemetry,
        parser: MediaParser,
        clients: ClientFactory,
    ) -> None:
        self._environment = environment
        self._clock = clock
        self._telemetry = telemetry
        self._parser = parser
        self._clients = clients
        self._settings: Settings | None = None
        self._rate_limiter: RateLimiter | None = None
        self._reported_missing_parser = False

    def initialize(self, context: Any) -> None:
        """Read the settings, build the clients, and ask whether the bucket keeps versions.

        Raises ConfigurationError naming every bad variable at once.
        """
        settings, _limiter = self._ready(context)
        # an initializer may come without keys, and who needs to know about versions asks again
        with suppress(ConfigurationError, ServiceError):
            self._clients(settings, context, None).store.versioned()

    def handle(self, event: bytes, context: Any) -> dict[str, Any]:
        """Work off any event."""
        decoded = decode_event(event)
        try:
            answer = self._run(decoded.items, context)
        except (InvalidEvent, TemporarilyUnavailable) as error:
            if decoded.http:
                return http_response(error)
            raise
        return http_response(answer) if decoded.http else answer

    def sweep(self, event: bytes, context: Any) -> dict[str, Any]:
        """Work off the backlog that is due."""
        return self._run(decode_tick(event), context)

    def assemble(self, context: Any, deadline: Deadline, file_executor: Executor) -> Core:
        """Put the parts of one invocation together.

        Raises ConfigurationError.
        """
        settings, rate_limiter = self._ready(context)
        clients = self._clients(settings, context, deadline.call_limit)
        store, telemetry, clock = clients.store, self._telemetry, self._clock
        policy, tally, write_latency = DEFAULT_POLICY, Tally(), WriteLatency(clock)
        capacity = rate_limiter.capacity(deadline.left())
        keys = Keys(settings)
        records = Records(store, settings, telemetry)
        locks = ManifestLocks(records, keys, settings, policy, clock)
        state = BucketState(
            keys=keys,
            records=records,
            backlog=Backlog(
                records=records,
                keys=keys,
                settings=settings,
                policy=policy,
                clock=clock,
                write_latency=write_latency,
            ),
            quarantine=Quarantine(store, keys, settings),
            tickets=TicketReader(store, records, keys, settings),
            tasks=Tasks(records, keys),
            locks=locks,
            publisher=Publisher(store, keys, settings, locks, write_latency),
        )
        inspector = self._inspector(store, settings, deadline)
        collector = JobCollector(
            api=RetryingApi(clients.api, rate_limiter, deadline, telemetry, policy),
            store=store,
            sidecars=Sidecars(store, keys, settings),
            settings=settings,
            inspector=inspector,
            file_executor=file_executor,
            deadline=deadline,
            telemetry=telemetry,
        )
        cloudflow = CloudFlowAnnouncer(
            state.tasks, state.quarantine, state.publisher, clients.callbacks, telemetry
        )
        settler = OutcomeSettler(
            settings=settings,
            backlog=state.backlog,
            quarantine=state.quarantine,
            publisher=state.publisher,
            announcers=[cloudflow],
            policy=policy,
            clock=clock,
            telemetry=telemetry,
            tally=tally,
        )
        sweeper = BacklogSweeper(
            collector=collector,
            settler=settler,
            backlog=state.backlog,
            locks=locks,
            tally=tally,
            deadline=deadline,
            clock=clock,
            telemetry=telemetry,
            threads=settings.concurrency,
            capacity=capacity,
        )
        handler = EventHandler(
            settings=settings,
            collector=collector,
            settler=settler,
            sweeper=sweeper,
            tickets=state.tickets,
            tasks=state.tasks,
            tally=tally,
            deadline=deadline,
            write_latency=write_latency,
            capacity=capacity,
        )
        return Core(settings, clients, state, inspector, collector, settler, sweeper, handler)

    def _run(self, items: Iterator[Item], context: Any) -> dict[str, Any]:
        deadline = Deadline(self._clock, fc_context.timeout(context))
        LOGGER.append_keys(request_id=fc_context.request_id(context))
        file_executor = ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="file")
        try:
            return self.assemble(context, deadline, file_executor).handler.handle(items)
        except ManifestError:
            raise
        except Exception as error:  # noqa: BLE001 - ours: its own class would tell a caller nothing
            self._telemetry.unexpected(error)
            kind = type(error).__name__
            raise TemporarilyUnavailable(f"an unexpected {kind}; the log has more") from None
        finally:
            file_executor.shutdown(wait=False, cancel_futures=True)

    def _inspector(
        self, store: ObjectStore, settings: Settings, deadline: Deadline
    ) -> FileInspector:
        if settings.media_facts and not self._parser.available:
            self._report_missing_parser()
        digests = None
        if settings.digest != "none":
            digests = Digests(store, deadline, _new_checksum)
        return FileInspector(store, self._parser, settings, deadline, digests)

    def _report_missing_parser(self) -> None:
        if not self._reported_missing_parser:
            self._reported_missing_parser = True
            self._telemetry.log(
                "warning",
                "no facts of sound and video: pymediainfo is not installed; add its layer",
            )

    def _ready(self, context: Any) -> tuple[Settings, RateLimiter]:
        """Read the settings once; an invocation without initialize does it itself."""
        if self._settings is None or self._rate_limiter is None:
            settings = read_settings(self._environment, fc_context.region(context))
            LOGGER.setLevel(settings.log_level)
            self._settings = settings
            self._rate_limiter = RateLimiter(settings.instance_qps, self._clock)
        return self._settings, self._rate_limiter


class CredentialedClients:
    """The clients of OSS and the APIs; other keys mean new clients over the same connections."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._connections: Connections | None = None
        self._credentials: Credentials | None = None
        self._clients: Clients | None = None

    def __call__(self, settings: Settings, context: Any, call_limit: float | None, /) -> Clients:
        """Return the clients for the keys of this invocation."""
        credentials = read_credentials(context, self._environment)
        if self._connections is None:
            # one job looks at several files at once, beside the jobs in flight
            self._connections = Connections(settings.concurrency * 2)
        if call_limit is not None:
            self._connections.limit_time(call_limit)
        if self._clients is None or self._credentials != credentials:
            store = OssStore(settings, credentials, self._connections)
            api = ProductionApi(settings, credentials, self._connections)
            self._credentials, self._clients = credentials, Clients(store, api, api)
        return self._clients


def _new_checksum() -> Checksum:
    # its import takes time that only those spend who want digests
    from mps_manifest.adapters.checksums import RunningChecksum  # noqa: PLC0415

    return RunningChecksum()
