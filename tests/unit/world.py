"""The function as it is put together, over the fakes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import orjson

from mps_manifest.adapters.function import Function
from mps_manifest.deadline import Deadline
from mps_manifest.intake import Intake
from mps_manifest.settings import read_settings
from tests.unit.fakes import (
    HOME,
    FakeApi,
    FakeCallbacks,
    FakeClock,
    FakeConnections,
    FakeParser,
    FakeStore,
    FakeTelemetry,
)

BACKLOG, REJECTED, MANIFESTS = ".mps-manifest/backlog/", ".mps-manifest/rejected/", "manifests/"


class _Apis(FakeApi, FakeCallbacks):
    def __init__(self) -> None:
        FakeApi.__init__(self)
        FakeCallbacks.__init__(self)


class World(Function):
    """The function of one instance with fakes for everything outside of it."""

    def __init__(self, *, timeout: float = 60.0, **settings: str) -> None:
        given = {name.upper(): value for name, value in settings.items()}
        environment = {"BUCKET": HOME, "REGION": "cn-shanghai", "API_QPS": "10000", **given}
        super().__init__(environment)
        self.settings = read_settings(environment)
        self.store = FakeStore()
        self.api = _Apis()
        self.clock = self._clock = FakeClock()  # type: ignore[assignment]
        self.telemetry = self._telemetry = FakeTelemetry()  # type: ignore[assignment]
        self.parser = self._parser = FakeParser()
        self.timeout = timeout

    @property
    def context(self) -> SimpleNamespace:
        """What Function Compute gives along with an event."""
        return SimpleNamespace(function=SimpleNamespace(timeout=self.timeout), request_id="r")

    def _clients_for(self, settings: object, context: object) -> Any:  # noqa: ARG002 - as in the function
        connections = FakeConnections()
        return SimpleNamespace(store=self.store, api=self.api, connections=connections)

    def give(self, event: object) -> dict[str, Any]:
        """Work off an event, given as bytes or as JSON."""
        return self.handle(event if isinstance(event, bytes) else orjson.dumps(event), self.context)

    def deliver(self, *job_ids: str) -> dict[str, Any]:
        """Deliver a message with job IDs, so that unfinished jobs are parked."""
        return self.give({"TopicName": "t", "Message": "\n".join(job_ids)})

    def tick(self) -> dict[str, Any]:
        """Work off what is due."""
        return self.sweep(b"", self.context)

    @contextmanager
    def parts(self) -> Iterator[Intake]:
        """Put the parts of an invocation together, to look at one of them."""
        with ThreadPoolExecutor(2) as helpers:
            yield self._intake(self.context, Deadline.after(self.clock, self.timeout), helpers)

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
        self.clock.pass_by(1000)
