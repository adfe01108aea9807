"""One invocation of the use cases, put together from the fakes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from mps_manifest.asking import PatientApi
from mps_manifest.backlog import Backlog
from mps_manifest.budget import Budget
from mps_manifest.collect import Collector
from mps_manifest.deadline import Deadline
from mps_manifest.events import Item, decode, decode_tick
from mps_manifest.intake import Intake
from mps_manifest.outcome import Tally
from mps_manifest.settings import Settings
from mps_manifest.settle import Settler
from mps_manifest.tickets import TicketReader
from tests.unit.fakes import FakeApi, FakeClock, FakeStore, FakeTelemetry
from tests.unit.samples import settings

BACKLOG, REJECTED, MANIFESTS = ".mps-manifest/backlog/", ".mps-manifest/rejected/", "manifests/"


@dataclass
class World:
    """The fakes, and invocations over them; the budget is the instance's and stays."""

    settings: Settings = field(default_factory=lambda: settings(api_qps="100000"))
    store: FakeStore = field(default_factory=FakeStore)
    api: FakeApi = field(default_factory=FakeApi)
    clock: FakeClock = field(default_factory=FakeClock)
    telemetry: FakeTelemetry = field(default_factory=FakeTelemetry)
    timeout: float = 60.0
    budget: Budget | None = None

    def handle(self, event: object) -> dict[str, Any]:
        """Work off an event, given as bytes or as JSON."""
        raw = event if isinstance(event, bytes) else orjson.dumps(event)
        return self.take_in(decode(raw).items)

    def sweep(self) -> dict[str, Any]:
        """Work off what is due."""
        return self.take_in(decode_tick(b""))

    def take_in(self, items: Iterator[Item]) -> dict[str, Any]:
        """Work off items in one invocation."""
        with self.intake() as intake:
            return intake.take_in(items)

    @contextmanager
    def intake(self) -> Iterator[Intake]:
        """Put an invocation together."""
        deadline = Deadline.after(self.clock, self.timeout)
        self.budget = self.budget or Budget(self.settings.budget, self.clock)
        backlog = Backlog(self.store, self.settings, self.clock)
        api = PatientApi(self.api, self.budget, deadline, self.telemetry)
        tally = Tally(self.telemetry)
        with ThreadPoolExecutor(4) as helpers:
            yield Intake(
                settings=self.settings,
                collector=Collector(api, self.store, self.settings, helpers),
                settler=Settler(
                    self.settings, self.store, backlog, self.clock, self.telemetry, tally
                ),
                backlog=backlog,
                tickets=TicketReader(self.store, self.settings),
                deadline=deadline,
                telemetry=self.telemetry,
            )

    def manifest(self, job_id: str) -> dict[str, Any]:
        """Read the manifest of a job."""
        document: dict[str, Any] = orjson.loads(self.store.body(f"{MANIFESTS}{job_id}.json"))
        return document

    def parked(self) -> list[dict[str, Any]]:
        """Read all entries of the backlog."""
        return [orjson.loads(self.store.body(key)) for key in self.store.home_keys(BACKLOG)]

    def rejected(self) -> list[dict[str, Any]]:
        """Read all entries of the quarantine."""
        return [orjson.loads(self.store.body(key)) for key in self.store.home_keys(REJECTED)]

    def until_due(self) -> None:
        """Let time pass until all that is parked is due."""
        self.clock.pass_by(901)
