"""The same bursts with half the quota: what the design reaches where the machine is no limit.

The cloud, ten instances and the harness share two cores, which a quota of 100 keeps busy.
"""

from __future__ import annotations

from dataclasses import replace

from bench.figures import Figure, at_least
from bench.harness import LATENCIES, Harness
from bench.jobs import seed
from bench.system.results import QUOTA, Measured, Variants
from bench.system.runs import Run, Variant, drive
from bench.system.sources import Source, backlog, queue, ticket, topic

_HALF = QUOTA // 2
PERMITS = 47
"""Of half the quota, without what belongs to nobody, and without the reserve."""
_GOAL = at_least(90, "at least 90 % of it, nothing lost")
_SOURCES: dict[str, tuple[Source, int]] = {
    "topic": (topic, 2_000),
    "queue": (queue, 2_000),
    "ticket": (ticket, 5_000),
    "backlog": (backlog, 5_000),
}


def of_all_sources(harness: Harness, variants: Variants) -> Measured:
    """Send each source's jobs to the stack as it is deployed, with half the calls a second."""
    parameters = {**variants.ours.parameters, "ApiQps": str(_HALF)}
    variant = Variant(f"as deployed, ApiQps={_HALF}", parameters)
    runs = []
    for row, (source, full_size) in _SOURCES.items():
        harness.reset(_HALF)
        ids = seed(harness.cloud, harness.size(full_size, 200))
        runs.append(drive(harness, f"half, {row}", variant, source, ids))
    first, *others = map(figure_of, runs)
    return Measured([replace(first, note=_limit()), *others], runs)


def figure_of(run: Run) -> Figure:
    """Return how much of half the quota a run used."""
    percent = 100 * run.rate / _HALF
    return Figure(
        f"half the quota: {run.row.rpartition(' ')[2]}, {run.jobs:,} jobs",
        f"{run.rate:.1f} jobs/s, {percent:.0f} % of {_HALF} calls a second, {run.lost:,} lost",
        goal=_GOAL,
        value=percent,
        kept=_GOAL.met(percent) and not run.lost,
    )


def _limit() -> str:
    """Say how many calls the design allows."""
    most = PERMITS / (1 + LATENCIES["mps"])
    return (
        f"{PERMITS} of {_HALF} permits are used while nothing urgent comes (docs/decisions, 18),"
        f" each for a second and its call: at most {most:.1f} calls a second"
    )
