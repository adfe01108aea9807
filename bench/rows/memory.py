"""Peak memory for an event with many jobs, and for one with a single job."""

from __future__ import annotations

from bench.figures import Figure, Spread, at_most
from bench.harness import Harness, call
from bench.jobs import event, seed
from bench.packages import Code
from bench.processes import peak_memory

ENVIRONMENT = {"MEDIA_FACTS": "false", "API_QPS": "2000"}


def measure(harness: Harness) -> list[Figure]:
    """Measure each event in new processes, alternately; there is no quota, to save time."""
    count = harness.size(10_000, 1_000)
    prepared = harness.prepared
    one, many, baseline = [], [], []
    for _ in range(min(harness.runs, 2)):
        one.append(_peak(harness, prepared.ours, 1))
        many.append(_peak(harness, prepared.ours, count))
        baseline.append(_peak(harness, prepared.baseline, 1))
    times = Spread.of(many).median / Spread.of(one).median
    ours = f"{Spread.of(many).formatted('MB')}, one job: {Spread.of(one).formatted('MB')}"
    return [
        Figure(
            f"peak memory of a {count:,}-job event, of a one-job event's",
            f"{times:.2f}: {ours}",
            f"one job: {Spread.of(baseline).formatted('MB')}",
            at_most(1.3, "at most 1.3"),
            times,
        )
    ]


def _peak(harness: Harness, code: Code, count: int) -> float:
    harness.reset(None)
    ids = seed(harness.cloud, count)
    with harness.running(code, ENVIRONMENT) as host:
        call(host, event(ids))
        (pid,) = host.pids
        return peak_memory(pid) / 1e6
