"""Throughput of many jobs in one call: rate, throttling and CPU at the account's quota."""

from __future__ import annotations

from dataclasses import dataclass

from bench.figures import Figure, Spread, at_least, at_most
from bench.harness import Harness, call
from bench.jobs import event, seed
from bench.packages import Code
from bench.processes import cpu_seconds

PLAIN, FACTS = {"MEDIA_FACTS": "false"}, {"MEDIA_FACTS": "true"}


@dataclass(frozen=True)
class Drain:
    """The result of a drain: jobs per second, CPU per job in ms, throttled queries."""

    rate: float
    cpu: float
    throttled: int


def drain(harness: Harness, code: Code, count: int, environment: dict[str, str]) -> Drain:
    """Run many jobs in one call on a warm instance."""
    harness.reset()
    (first,) = seed(harness.cloud, 1)
    ids = seed(harness.cloud, count)
    with harness.running(code, environment) as host:
        call(host, event([first]))
        (pid,) = host.pids
        before = cpu_seconds(pid)
        seconds = call(host, event(ids))
        cpu = cpu_seconds(pid) - before
    return Drain(count / seconds, cpu / count * 1000, harness.throttled())


def measure(harness: Harness) -> list[Figure]:
    """Drain with ours and the baseline alternately; the slow baseline gets fewer jobs."""
    count, few = harness.size(2_000, 300), harness.size(200, 50)
    ours, facts, baseline = [], [], []
    for _ in range(harness.runs):
        ours.append(drain(harness, harness.prepared.ours, count, PLAIN))
        baseline.append(drain(harness, harness.prepared.baseline, few, {}))
        facts.append(drain(harness, harness.prepared.ours, count, FACTS))
    return [*_rates(count, ours, facts, baseline), *_cpu(ours, facts, baseline)]


def _rates(
    count: int, ours: list[Drain], facts: list[Drain], baseline: list[Drain]
) -> list[Figure]:
    rate, refused = Spread.of([each.rate for each in ours]), sum(each.throttled for each in ours)
    goal = at_least(97, "at least 97 jobs/s, 0 throttled")
    beside = Spread.of([each.rate for each in facts])
    return [
        Figure(
            f"drain of {count:,} two-file jobs, quota 100/s",
            f"{rate.formatted('jobs/s')}, {refused} throttled",
            Spread.of([each.rate for each in baseline]).formatted("jobs/s"),
            goal,
            rate.median,
            kept=goal.met(rate.median) and not refused,
        ),
        Figure(
            "  beside it: with media facts",
            f"{beside.formatted('jobs/s')}, {sum(each.throttled for each in facts)} throttled",
        ),
    ]


def _cpu(ours: list[Drain], facts: list[Drain], baseline: list[Drain]) -> list[Figure]:
    """Return the CPU with media facts, as deployed by default, and without."""
    cpu = Spread.of([each.cpu for each in facts])
    return [
        Figure(
            "CPU per two-file job, warm, with media facts",
            cpu.formatted("ms"),
            Spread.of([each.cpu for each in baseline]).formatted("ms"),
            at_most(7, "at most 7 ms"),
            cpu.median,
        ),
        Figure("  beside it: without", Spread.of([each.cpu for each in ours]).formatted("ms")),
    ]
