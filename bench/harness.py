"""The harness: a local cloud in a process of its own, and functions on the FC host."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.jobs import BUCKET
from bench.packages import Code, Prepared
from local.client import LocalCloud
from local.environment import function_config
from local.fc.host import FunctionHost

API_LATENCY, OSS_LATENCY = 0.020, 0.010
LATENCIES = {"mps": API_LATENCY, "ims": API_LATENCY, "oss": OSS_LATENCY}
TIMEOUT = 3600
QUERY = "QueryIProductionJob"


@dataclass(frozen=True)
class Harness:
    """Everything that a row needs; `quick` selects smaller sizes, `runs` is the number of runs."""

    cloud: LocalCloud
    prepared: Prepared
    folder: Path
    runs: int
    quick: bool

    def size(self, full: int, quick: int) -> int:
        """Return the full size, or the quick one."""
        return quick if self.quick else full

    def reset(self, quota: int | None = 100) -> None:
        """Reset the cloud, and set its quota and latencies."""
        self.cloud.reset()
        self.cloud.create_bucket(BUCKET)
        self.set_latencies(quota)

    def set_latencies(self, quota: int | None = 100) -> None:
        """Set the quota and the latencies of the cloud."""
        self.cloud.configure(api_qps=quota, latency=LATENCIES)

    def with_cloud(self, cloud: LocalCloud) -> Harness:
        """Return the harness with another cloud."""
        return replace(self, cloud=cloud)

    @contextmanager
    def running(
        self, code: Code, environment: Mapping[str, str] | None = None, **options: Any
    ) -> Iterator[FunctionHost]:
        """Run a function for a block; its instance starts at the first call."""
        with self.host(code, environment, **options) as host:
            yield host

    def host(
        self, code: Code, environment: Mapping[str, str] | None = None, **options: Any
    ) -> FunctionHost:
        """Return a host of a function, which the caller must close."""
        wanted = {"timeout": TIMEOUT, "initializer": code.initializer, **options}
        config = function_config(
            self.cloud,
            bucket=BUCKET,
            environment={"LOG_LEVEL": "WARNING", **(environment or {})},
            runtime=code.runtime,
            python=code.python,
            layers=code.layers,
            **wanted,
        )
        return FunctionHost(replace(config, code=code.folder))

    def counted(self) -> Counter[str]:
        """Return the number of requests by action since the last reset of the journal."""
        return Counter(request.action for request in self.cloud.requests())

    def throttled(self) -> int:
        """Return the number of throttled queries."""
        return sum(request.code.startswith("Throttling") for request in self.cloud.requests())


def call(host: FunctionHost, event: bytes) -> float:
    """Call a function, and return the duration in seconds.

    Raises RuntimeError if it failed.
    """
    started = time.perf_counter()
    answer = host.invoke(event)
    seconds = time.perf_counter() - started
    if answer.error_type is not None:
        raise RuntimeError(f"{host.config.code.name}: {answer.payload[:500]!r}\n{answer.log}")
    return seconds
