"""The function on its FC host beside one local cloud, empty at the start of each test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local.client import LocalCloud
from local.environment import function_config
from local.fc.host import FunctionHost
from local.fc.invocation import Invocation
from local.journal import RequestRecord

BUCKET = "media-results"
STATE = ".mps-manifest/"


@dataclass
class Stage:
    """A cloud, a function, and what a test asks of both."""

    cloud: LocalCloud
    host: FunctionHost
    own: bool = False
    log: list[str] = field(default_factory=list)

    def invoke(self, event: object) -> Invocation:
        """Call the function with bytes, text, or anything that is sent as JSON."""
        if isinstance(event, str):
            event = event.encode()
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        invocation = self.host.invoke(body)
        self.log.append(invocation.log)
        return invocation

    def answer(self, event: object) -> dict[str, Any]:
        """Call the function and read its return value."""
        invocation = self.invoke(event)
        assert invocation.error_type is None, invocation.payload
        answer: dict[str, Any] = json.loads(invocation.payload)
        return answer

    def deliver(self, event: object, times: int = 30) -> None:
        """Deliver an event until the function takes it, as a trigger does."""
        assert any(not self.invoke(event).failed for _ in range(times)), self.log[-1]

    def manifest(self, job_id: str) -> dict[str, Any]:
        """Read a manifest."""
        body = self.cloud.get_object(BUCKET, f"manifests/{job_id}.json")
        document: dict[str, Any] = json.loads(body)
        return document

    def list_keys(self, prefix: str = "") -> list[str]:
        """List what is in the bucket."""
        return self.cloud.list_keys(BUCKET, prefix)

    def state(self) -> list[str]:
        """List what is kept; shares of the quota do not count, since they run out by themselves.

        A share is taken as soon as more calls than few come in one second, of whatever test.
        """
        leases = f"{STATE}leases/"
        return [key for key in self.list_keys(STATE) if not key.startswith(leases)]

    def quarantined(self) -> list[dict[str, Any]]:
        """Read the quarantine."""
        keys = self.list_keys(f"{STATE}rejected/")
        return [json.loads(self.cloud.get_object(BUCKET, key)) for key in keys]

    def requests(self) -> list[RequestRecord]:
        """Return what the services were asked since the last reset, in order.

        Only for an instance of the test's own: a shared one still does, and remembers, what other
        tests made it do.
        """
        assert self.own, "to count requests a test needs own_stage, or make_stage(own=True)"
        return self.cloud.requests()

    def actions(self) -> list[str]:
        """Return the names of the requests, in order."""
        return [request.action for request in self.requests()]


StageMaker = Callable[..., Stage]


@pytest.fixture(scope="session")
def running_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def shared_hosts() -> Iterator[dict[str, FunctionHost]]:
    """Hosts by their configuration: starting a process for each test would take minutes."""
    hosts: dict[str, FunctionHost] = {}
    yield hosts
    for host in hosts.values():
        host.close()


@pytest.fixture
def own_hosts() -> Iterator[ExitStack]:
    """Hosts that are closed at the end of the test."""
    with ExitStack() as hosts:
        yield hosts


@pytest.fixture
def make_stage(
    running_cloud: LocalCloud, shared_hosts: dict[str, FunctionHost], own_hosts: ExitStack
) -> StageMaker:
    """Make a stage with settings and a runtime of its own; the cloud is empty and has a bucket.

    With `own=True` its instance is new, and no other test ever sees it.
    """
    running_cloud.reset()
    running_cloud.create_bucket(BUCKET)

    def make(
        environment: Mapping[str, str] | None = None,
        runtime: str = "python3.12",
        *,
        own: bool = False,
        **options: Any,
    ) -> Stage:
        config = function_config(
            running_cloud,
            bucket=BUCKET,
            environment=environment,
            runtime=runtime,
            **options,
        )
        if own:
            return Stage(running_cloud, own_hosts.enter_context(FunctionHost(config)), own=True)
        name = repr((sorted((environment or {}).items()), runtime, sorted(options.items())))
        if name not in shared_hosts:
            shared_hosts[name] = FunctionHost(config)
        return Stage(running_cloud, shared_hosts[name])

    return make


@pytest.fixture
def own_stage(make_stage: StageMaker) -> Stage:
    """Make a stage whose requests may be counted."""
    return make_stage(own=True)


@pytest.fixture
def stage(make_stage: StageMaker) -> Stage:
    return make_stage()


@pytest.fixture(scope="session")
def samples() -> Path:
    return Path(__file__).parent.parent / "samples"
