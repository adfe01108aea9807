"""The composition root: the only place that knows which adapter stands behind which port."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from mps_manifest.adapters import fc_context
from mps_manifest.adapters.clock import SystemClock
from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import Credentials, read_credentials
from mps_manifest.adapters.mediainfo import MediaInfoParser
from mps_manifest.adapters.memory import use_one_arena
from mps_manifest.adapters.oss import LIBRARY, OssStore
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
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.rate_limiter import OwnWindow, RateLimiter, Windows
from mps_manifest.limits.timed_calls import report_bucket
from mps_manifest.limits.token_bucket import TokenBucket
from mps_manifest.ports import (
    Checksum,
    Clients,
    Clock,
    MediaParser,
    Telemetry,
    Topic,
)
from mps_manifest.settings import Settings, read_settings
from mps_manifest.state.durations import LearnedDurations
from mps_manifest.workflow.core import Core
from mps_manifest.workflow.http_response import http_response

if TYPE_CHECKING:
    from mps_manifest.limits.leased_windows import LeasedWindows

_INITIALIZE_CALL_LIMIT = 2.0
FILE_THREADS = 16
"""Threads that inspect files, in addition to the threads that process jobs."""


class ClientFactory(Protocol):
    """A factory of clients."""

    def __call__(self, settings: Settings, context: Any, call_limit: float, /) -> Clients:
        """Return the clients of an invocation.

        Their calls wait at most `call_limit` seconds for a connection, and as long for data.
        Raises ConfigurationError where there are no credentials.
        """


def build(
    environment: Mapping[str, str] = os.environ,
    *,
    clock: Clock | None = None,
    telemetry: Telemetry | None = None,
    parser: MediaParser | None = None,
    clients: ClientFactory | None = None,
) -> Function:
    """Build the function of one instance; by default with the real adapters."""
    return Function(
        environment,
        clock=clock or SystemClock(),
        telemetry=telemetry or PowertoolsTelemetry(),
        parser=parser or MediaInfoParser(),
        clients=clients or CredentialedClients(environment),
    )


class Function:
    """The function of one instance: reads settings once, builds a core per event."""

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
        self._leased: LeasedWindows | None = None
        self._reports: TokenBucket | None = None
        self._learned = LearnedDurations(clock)
        self._reported_missing_parser = self._reported_split = False
        self._instance = os.urandom(8).hex()

    def initialize(self, context: Any) -> None:
        """Read the settings, build the clients, and check whether the bucket is versioned.

        Raises ConfigurationError naming every bad variable at once.
        """
        settings, _limiter = self._ready(context)
        # an initializer may run without credentials; the check is repeated where it is needed
        with suppress(ConfigurationError, ServiceError):
            self._clients(settings, context, _INITIALIZE_CALL_LIMIT).store.versioned()

    def handle(self, event: bytes, context: Any) -> dict[str, Any]:
        """Process an event of any kind and return the answer."""
        decoded = decode_event(event)
        try:
            answer = self._run(decoded.items, event, context)
        except (InvalidEvent, TemporarilyUnavailable) as error:
            if decoded.http:
                return http_response(error, mns_push=decoded.mns_push)
            raise
        return http_response(answer, mns_push=decoded.mns_push) if decoded.http else answer

    def sweep(self, event: bytes, context: Any) -> dict[str, Any]:
        """Process the backlog entries that are due and return the answer.

        It waits for some that are due soon; `handle` does not, since events wait for its instance.
        """
        return self._run(decode_tick(event), event, context, is_sweep=True)

    def assemble(
        self,
        context: Any,
        deadline: Deadline,
        file_executor: Executor,
        *,
        is_sweep: bool = False,
    ) -> Core:
        """Build the core of one invocation.

        A sweep leaves the quota's reserve to new events, and may wait for what is due soon.

        Raises ConfigurationError.
        """
        settings, rate_limiter = self._ready(context)
        if settings.media_facts and not self._parser.available:
            self._report_missing_parser()
        core = Core(
            settings=settings,
            clients=self._clients(settings, context, deadline.call_limit),
            clock=self._clock,
            telemetry=self._telemetry,
            parser=self._parser,
            rate_limiter=rate_limiter,
            reports=self._report_bucket(settings),
            deadline=deadline,
            file_executor=file_executor,
            new_checksum=_new_checksum,
            instance=self._instance,
            learned=self._learned,
            may_linger=is_sweep,
        )
        if self._leased:
            self._leased.use(core.leases, takes_reserve=not is_sweep)
            self._report_split()
        return core

    def _run(
        self, items: Iterator[Item], event: bytes, context: Any, *, is_sweep: bool = False
    ) -> dict[str, Any]:
        deadline = Deadline(self._clock, fc_context.timeout(context))
        LOGGER.append_keys(request_id=fc_context.request_id(context))
        file_executor = ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="file")
        try:
            core = self.assemble(context, deadline, file_executor, is_sweep=is_sweep)
            return core.handler.handle(items, event)
        except ManifestError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug: its class means nothing to a caller
            self._telemetry.unexpected(error)
            kind = type(error).__name__
            raise TemporarilyUnavailable(f"an unexpected {kind}; see the log") from None
        finally:
            file_executor.shutdown(wait=False, cancel_futures=True)

    def _report_missing_parser(self) -> None:
        if not self._reported_missing_parser:
            self._reported_missing_parser = True
            self._telemetry.log(
                "warning",
                "no facts about audio and video: pymediainfo is not installed; add its layer",
            )

    def _report_split(self) -> None:
        if self._leased and self._leased.is_split and not self._reported_split:
            self._reported_split = True
            self._telemetry.log(
                "warning",
                "QUOTA_SHARING=leases is not possible with this bucket; "
                "each instance uses API_QPS / MAX_INSTANCES",
            )

    def _report_bucket(self, settings: Settings) -> TokenBucket:
        if self._reports is None:
            self._reports = report_bucket(settings.max_instances, self._clock)
        return self._reports

    def _ready(self, context: Any) -> tuple[Settings, RateLimiter]:
        """Read the settings unless that was done before, by initialize or an invocation."""
        if self._settings is None or self._rate_limiter is None:
            use_one_arena()  # before there are other threads
            settings = read_settings(
                self._environment,
                fc_context.region(context),
                account=fc_context.account(context),
                function=fc_context.function_name(context),
            )
            LOGGER.setLevel(settings.log_level)
            self._telemetry.log("info", "libraries", **LIBRARY)
            self._settings = settings
            self._rate_limiter = RateLimiter(self._windows(settings), self._clock)
        return self._settings, self._rate_limiter

    def _windows(self, settings: Settings) -> Windows:
        part = OwnWindow(settings.instance_qps)
        if settings.quota_sharing == "split" or settings.api_qps < 1:
            return part
        # imported only where leases are wanted, since importing it takes time
        from mps_manifest.limits.leased_windows import LeasedWindows  # noqa: PLC0415
        from mps_manifest.limits.quota_shares import Quota  # noqa: PLC0415

        self._leased = LeasedWindows(Quota.of(settings.api_qps), part, self._clock)
        return self._leased


class CredentialedClients:
    """The clients of OSS and the APIs; new credentials get new ones over the same connections."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._connections: Connections | None = None
        self._credentials: Credentials | None = None
        self._clients: Clients | None = None

    def __call__(self, settings: Settings, context: Any, call_limit: float, /) -> Clients:
        """Return the clients for the credentials of this invocation."""
        credentials = read_credentials(context, self._environment)
        if self._connections is None:
            # each job in flight may inspect several files at once
            self._connections = Connections(settings.concurrency * 2)
        self._connections.limit_time(call_limit)
        if self._clients is None or self._credentials != credentials:
            store = OssStore(settings, credentials, self._connections)
            api = ProductionApi(settings, credentials, self._connections)
            topic = _topic(settings, credentials, self._connections)
            self._credentials = credentials
            self._clients = Clients(store, api, api, topic)
        return self._clients


def _topic(settings: Settings, credentials: Credentials, connections: Connections) -> Topic | None:
    if settings.announce_topic is None:
        return None
    # imported only where manifests are announced, as below
    from mps_manifest.adapters.mns import MnsTopic  # noqa: PLC0415

    return MnsTopic(settings, credentials, connections)


def _new_checksum() -> Checksum:
    # imported only where digests are wanted, since importing it takes time
    from mps_manifest.adapters.checksums import RunningChecksum  # noqa: PLC0415

    return RunningChecksum()
