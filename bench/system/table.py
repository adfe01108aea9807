"""The table of the runs: one line for each, ours and the baseline's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.system.loads import Loads
from bench.system.requests import NEEDED
from bench.system.runs import Run

HEAD = (
    "row",
    "stack",
    "jobs",
    "lost",
    "jobs/s",
    "busiest second",
    "throttled",
    "p50",
    "p95",
    "p99",
    "beyond a job",
    "CNY per million",
)
_LEAST_SHOWN = 0.005


def cells(run: Run) -> tuple[str, ...]:
    """Return the cells of a run; delays are in seconds from event to manifest."""
    return (
        run.row,
        run.variant.name,
        f"{run.jobs:,}",
        f"{run.lost:,}",
        f"{run.rate:.1f}",
        f"{run.busiest}",
        f"{run.throttled}",
        *(f"{run.delay(percent):.1f} s" for percent in (50, 95, 99)),
        f"{run.beyond:.2f}",
        f"{run.cny:.0f}",
    )


def explained(runs: Sequence[Run]) -> list[str]:
    """Return what explains each run, once for several lines that are from the same one."""
    before = [None, *(run.loads for run in runs)]
    return [
        details(run) for run, loads in zip(runs, before, strict=False) if run.loads is not loads
    ]


def details(run: Run) -> str:
    """Return what explains a run: its requests, its calls, and who kept the cores busy."""
    calls = run.calls
    at_work = calls.seconds / run.loads.seconds
    each = 1000 * calls.seconds / max(calls.number, 1)
    parts = [
        f"requests a job: {by_kind(run.per_job)}",
        f"{at_work:.1f} of {calls.instances} instances in a call, {each:,.0f} ms a call",
        f"of {Loads.cores()} cores busy: {run.loads}",
    ]
    return f"{run.row}, {run.variant.name}: {'; '.join(filter(None, [*parts, run.note]))}"


def by_kind(per_job: Mapping[str, float]) -> str:
    """Return the requests a job by kind: those that a manifest takes, and then the others."""
    others = sorted(set(per_job) - set(NEEDED))
    names = [name for name in (*NEEDED, *others) if per_job.get(name, 0.0) >= _LEAST_SHOWN]
    return ", ".join(f"{name} {per_job[name]:.2f}" for name in names)
