"""The local cloud in a process of its own, and functions on the FC host beside it."""

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
    """Everything a row needs; `quick` asks for smaller sizes, `runs` for that many runs."""

    cloud: LocalCloud
    prepared: Prepared
    folder: Path
    runs: int
    quick: bool

    def size(self, full: int, quick: int) -> int:
        """Choose a size."""
        return quick if self.quick else full

    def fresh(self, quota: int | None = 100) -> None:
        """Empty the cloud and set its quota and latencies."""
        self.cloud.reset()
        self.cloud.create_bucket(BUCKET)
        self.slow_down(quota)

    def slow_down(self, quota: int | None = 100) -> None:
        """Set quota and latencies."""
        self.cloud.configure(api_qps=quota, latency=LATENCIES)

    def on(self, cloud: LocalCloud) -> Harness:
        """Return the harness with another cloud."""
        return replace(self, cloud=cloud)

    @contextmanager
    def running(
        self, code: Code, environment: Mapping[str, str] | None = None, **options: Any
    ) -> Iterator[FunctionHost]:
        """Keep a function up; its instance starts at the first call."""
        with self.host(code, environment, **options) as host:
            yield host

    def host(
        self, code: Code, environment: Mapping[str, str] | None = None, **options: Any
    ) -> FunctionHost:
        """Make a function's host, which must be closed."""
        wanted = {"timeout": TIMEOUT, "initializer": _initializer(code), **options}
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
        """Count what the services were asked since the last reset of the journal."""
        return Counter(request.action for request in self.cloud.requests())

    def throttled(self) -> int:
        """Count refused queries."""
        return sum(request.code.startswith("Throttling") for request in self.cloud.requests())


def call(host: FunctionHost, event: bytes) -> float:
    """Call a function and return how many seconds it took.

    Raises RuntimeError where it failed.
    """
    started = time.perf_counter()
    answer = host.invoke(event)
    seconds = time.perf_counter() - started
    if answer.error_type is not None:
        raise RuntimeError(f"{host.config.code.name}: {answer.payload[:500]!r}\n{answer.log}")
    return seconds


def _initializer(code: Code) -> str | None:
    """Name the initializer; the function that only imports has none."""
    return None if code.folder.name == "bare" else "index.initialize"
