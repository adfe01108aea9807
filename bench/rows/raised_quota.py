"""Throughput at ten times the quota, with one core for the function."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from bench import profiles
from bench.figures import Figure, Spread, at_least
from bench.harness import Harness, call
from bench.jobs import event, seed
from bench.processes import cpu_seconds, on_cores

QUOTA = 1_000
THREADS = 16


@dataclass(frozen=True)
class Drain:
    """A drain: jobs per second, and the loads of the function's and the cloud's cores."""

    rate: float
    busy: float
    cloud_busy: float


def measure(harness: Harness) -> list[Figure]:
    """Drain without and with media facts alternately, then with twice the threads."""
    count = harness.size(2_000, 500)
    plain, facts = [], []
    for _ in range(harness.runs):
        plain.append(_drain(harness, count, media_facts=False))
        facts.append(_drain(harness, count, media_facts=True))
    wide = [_drain(harness, count, media_facts=False, threads=2 * THREADS) for _ in plain]
    rate = Spread.of([each.rate for each in plain])
    return [
        Figure(
            f"drain of {count:,} two-file jobs, quota 1,000/s, one core",
            rate.formatted("jobs/s"),
            goal=at_least(150, "at least 150 jobs/s"),
            value=rate.median,
            note=f"{_busy(plain)}: the {THREADS} jobs in flight wait for round trips."
            f" {profiles.call_cpu(harness, harness.prepared.ours)}",
        ),
        Figure(
            f"  beside it: with {2 * THREADS} jobs in flight",
            Spread.of([each.rate for each in wide]).formatted("jobs/s"),
            note=_busy(wide),
        ),
        Figure(
            "  beside it: with media facts",
            Spread.of([each.rate for each in facts]).formatted("jobs/s"),
            note=_busy(facts),
        ),
    ]


def _busy(drains: list[Drain]) -> str:
    ours = Spread.of([each.busy * 100 for each in drains]).median
    cloud = Spread.of([each.cloud_busy * 100 for each in drains]).median
    return f"load of the function's core {ours:.0f} %, of the local cloud's {cloud:.0f} %"


def _drain(harness: Harness, count: int, *, media_facts: bool, threads: int = THREADS) -> Drain:
    harness.reset(QUOTA)
    (first,) = seed(harness.cloud, 1)
    ids = seed(harness.cloud, count)
    environment = {
        "MEDIA_FACTS": str(media_facts).lower(),
        "API_QPS": str(QUOTA),
        "CONCURRENCY": str(threads),
    }
    with harness.running(harness.prepared.ours, environment) as host:
        call(host, event([first]))
        (pid,) = host.pids
        processes = (pid, harness.cloud.pid)
        with on_cores(_cores(*processes)):
            before = [cpu_seconds(each) for each in processes]
            started = time.perf_counter()
            call(host, event(ids))
            seconds = time.perf_counter() - started
            after = [cpu_seconds(each) for each in processes]
    return Drain(count / seconds, *((b - a) / seconds for a, b in zip(before, after, strict=True)))


def _cores(function: int, cloud: int) -> dict[int, set[int]]:
    """Return the first core for the function, all others for the cloud."""
    first, *others = sorted(os.sched_getaffinity(0))
    return {function: {first}, cloud: set(others)}
