"""Put the parts together: settings once, clients per set of keys, a use case per event."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from mps_manifest.adapters import context as fc
from mps_manifest.adapters.clock import SystemClock
from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import Credentials, read_credentials
from mps_manifest.adapters.mediainfo import MediaInfoParser
from mps_manifest.adapters.oss import OssStore
from mps_manifest.adapters.production_api import ProductionApi
from mps_manifest.adapters.telemetry import LOGGER, PowertoolsTelemetry
from mps_manifest.asking import PatientApi
from mps_manifest.backlog import Backlog
from mps_manifest.budget import Budget
from mps_manifest.callbacks import Callbacks
from mps_manifest.collect import Collector
from mps_manifest.deadline import Deadline
from mps_manifest.digests import Digests
from mps_manifest.errors import (
    ConfigurationError,
    InvalidEvent,
    ManifestError,
    TemporarilyUnavailable,
)
from mps_manifest.events import Item, decode, decode_tick
from mps_manifest.examine import Examiner
from mps_manifest.habit import Habit
from mps_manifest.http_answer import http_answer
from mps_manifest.intake import Intake
from mps_manifest.outcome import Tally
from mps_manifest.pace import Pace
from mps_manifest.ports import MediaParser, ObjectStore
from mps_manifest.publish import Publisher
from mps_manifest.recent import Recent
from mps_manifest.replacing import Locks
from mps_manifest.settings import Settings, read_settings
from mps_manifest.settle import Settler
from mps_manifest.sweep import Sweeper
from mps_manifest.tickets import TicketReader
from mps_manifest.values import dataclass

HELPERS = 16
"""Threads that look at the files of jobs, beside the threads of the jobs."""


@dataclass(frozen=True)
class _Clients:
    """The clients of one set of keys, over connections that outlast it."""

    connections: Connections
    credentials: Credentials
    store: OssStore
    api: ProductionApi


class Function:
    """The function of one instance."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self._clock = SystemClock()
        self._telemetry = PowertoolsTelemetry()
        self._settings: Settings | None = None
        self._budget: Budget | None = None
        self._clients: _Clients | None = None
        self._parser: MediaParser = MediaInfoParser()
        self._said = False
        self._seen = Recent()
        self._habit = Habit()

    def initialize(self, context: Any) -> None:
        """Read the settings and build the clients.

        Raises ConfigurationError naming every bad variable at once.
        """
        settings, _budget = self._ready(context)
        with suppress(ConfigurationError):  # an initializer may come without keys
            self._clients_for(settings, context)

    def handle(self, event: bytes, context: Any) -> dict[str, Any]:
        """Work off any event."""
        decoded = decode(event)
        try:
            answer = self._run(decoded.items, context)
        except (InvalidEvent, TemporarilyUnavailable) as fault:
            if decoded.http:
                return http_answer(fault)
            raise
        return http_answer(answer) if decoded.http else answer

    def sweep(self, event: bytes, context: Any) -> dict[str, Any]:
        """Work off the backlog that is due."""
        return self._run(decode_tick(event), context)

    def _run(self, items: Iterator[Item], context: Any) -> dict[str, Any]:
        deadline = Deadline.after(self._clock, fc.timeout(context))
        LOGGER.append_keys(request_id=fc.request_id(context))
        helpers = ThreadPoolExecutor(HELPERS, thread_name_prefix="file")
        try:
            intake = self._intake(context, deadline, helpers)
            return intake.take_in(items)
        except ManifestError:
            raise
        except Exception as fault:  # noqa: BLE001 - ours: its own class would tell a caller nothing
            self._telemetry.fault(fault)
            kind = type(fault).__name__
            raise TemporarilyUnavailable(f"an unexpected {kind}; the log has more") from None
        finally:
            helpers.shutdown(wait=False, cancel_futures=True)

    def _intake(self, context: Any, deadline: Deadline, helpers: Executor) -> Intake:
        """Build the use case of one invocation."""
        settings, budget = self._ready(context)
        clients = self._clients_for(settings, context)
        clients.connections.limit_time(deadline.call_limit)
        store, telemetry, clock = clients.store, self._telemetry, self._clock
        pace = Pace(clock)
        backlog = Backlog(store, settings, clock, pace)
        locks = Locks(store, settings, clock)
        publisher = Publisher(store, settings, locks, pace, self._seen, self._habit)
        callbacks = Callbacks(store, settings, clients.api, telemetry)
        settler = Settler(settings, store, backlog, publisher, callbacks, clock, telemetry, Tally())
        api = PatientApi(clients.api, budget, deadline, telemetry)
        examiner = self._examiner(store, settings, deadline)
        collector = Collector(
            api, store, publisher, settings, examiner, helpers, deadline, telemetry
        )
        return Intake(
            settings=settings,
            collector=collector,
            settler=settler,
            sweeper=Sweeper(collector, settler, backlog, locks, deadline, clock, telemetry),
            tickets=TicketReader(store, settings),
            deadline=deadline,
            pace=pace,
            capacity=budget.capacity(deadline.left()),
        )

    def _examiner(self, store: ObjectStore, settings: Settings, deadline: Deadline) -> Examiner:
        if settings.media_facts and not self._parser.available and not self._said:
            self._said = True
            text = "no facts of sound and video: pymediainfo is not installed; add its layer"
            self._telemetry.log("warning", text)
        return Examiner(
            store, self._parser, settings, deadline, self._digests(store, settings, deadline)
        )

    def _digests(
        self, store: ObjectStore, settings: Settings, deadline: Deadline
    ) -> Digests | None:
        if settings.digest == "none":
            return None
        # 10 ms that only those pay who want digests
        from mps_manifest.adapters.checksums import RunningChecksums  # noqa: PLC0415

        return Digests(store, settings, deadline, RunningChecksums(), self._telemetry)

    def _ready(self, context: Any) -> tuple[Settings, Budget]:
        """Read the settings once; an invocation without initialize does it itself."""
        if self._settings is None or self._budget is None:
            settings = read_settings(self._environment, fc.region(context))
            LOGGER.setLevel(settings.log_level)
            self._settings, self._budget = settings, Budget(settings.budget, self._clock)
        return self._settings, self._budget

    def _clients_for(self, settings: Settings, context: Any) -> _Clients:
        """Give the clients of this invocation's keys; other keys mean new clients."""
        credentials = read_credentials(context, self._environment)
        if self._clients is None or self._clients.credentials != credentials:
            # one job looks at several files at once, beside the jobs in flight
            kept = self._clients.connections if self._clients else None
            connections = kept or Connections(settings.concurrency * 2)
            self._clients = _Clients(
                connections,
                credentials,
                OssStore(settings, credentials, connections),
                ProductionApi(settings, credentials, connections),
            )
        return self._clients
