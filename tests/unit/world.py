"""The function as it is put together, over the fakes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import orjson

from mps_manifest.bootstrap import build
from mps_manifest.limits.deadline import Deadline
from mps_manifest.ports import Clients
from mps_manifest.settings import Settings, read_settings
from mps_manifest.workflow.core import Core
from tests.fakes import (
    HOME,
    FakeApi,
    FakeCallbacks,
    FakeClock,
    FakeParser,
    FakeStore,
    FakeTelemetry,
    FakeTopic,
)

CHANCE = "mps_manifest.limits.retry_policy.random.uniform"
"""What to patch for pauses and delays of a known length."""
BACKLOG, REJECTED, MANIFESTS = ".mps-manifest/backlog/", ".mps-manifest/rejected/", "manifests/"


class World:
    """The function of one instance with fakes for everything outside of it."""

    def __init__(
        self,
        *,
        timeout: float = 60.0,
        store: FakeStore | None = None,
        api: FakeApi | None = None,
        clock: FakeClock | None = None,
        **settings: str,
    ) -> None:
        given = {name.upper(): value for name, value in settings.items()}
        environment = {
            "BUCKET": HOME,
            "REGION": "cn-shanghai",
            "API_QPS": "10000",
            "FC_ACCOUNT_ID": "1",
            **given,
        }
        self.settings = read_settings(environment)
        self.store = store or FakeStore()
        self.api = api or FakeApi()
        self.callbacks = FakeCallbacks()
        self.topic = FakeTopic()
        self.clock = clock or FakeClock()
        self.telemetry = FakeTelemetry()
        self.parser = FakeParser()
        self.timeout = timeout
        self.function = build(
            environment,
            clock=self.clock,
            telemetry=self.telemetry,
            parser=self.parser,
            clients=self._clients,
        )

    def _clients(self, _settings: Settings, _context: object, _call_limit: float) -> Clients:
        topic = self.topic if self.settings.announce_topic else None
        return Clients(self.store, self.api, self.callbacks, topic)

    @property
    def context(self) -> SimpleNamespace:
        """What Function Compute gives along with an event."""
        return SimpleNamespace(function=SimpleNamespace(timeout=self.timeout), request_id="r")

    def give(self, event: object) -> dict[str, Any]:
        """Work off an event, given as bytes or as JSON."""
        body = event if isinstance(event, bytes) else orjson.dumps(event)
        return self.function.handle(body, self.context)

    def deliver(self, *job_ids: str) -> dict[str, Any]:
        """Deliver a message with job IDs, so that unfinished jobs are parked."""
        return self.give({"TopicName": "t", "Message": "\n".join(job_ids)})

    def tick(self) -> dict[str, Any]:
        """Work off what is due just now, and wait for nothing."""
        return self.give({"triggerTime": "2026-01-01T00:00:00Z", "triggerName": "t", "payload": ""})

    def sweep(self) -> dict[str, Any]:
        """Work off what is due, and what falls due soon, as the function for sweeps does."""
        return self.function.sweep(b"", self.context)

    @contextmanager
    def core(self) -> Iterator[Core]:
        """Put the parts of an invocation together, to look at one of them."""
        with ThreadPoolExecutor(2) as file_executor:
            deadline = Deadline(self.clock, self.timeout)
            yield self.function.assemble(self.context, deadline, file_executor)

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
        """Advance the clock until all that is parked is due."""
        self.clock.pass_by(1000)
