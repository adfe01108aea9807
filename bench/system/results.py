"""What is deployed and what it is compared with; the goals; figures and runs of a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.figures import Figure, at_least, at_most
from bench.system.runs import Run, Variant
from bench.system.stack import Parameters
from deploy.template import Template
from local.template_deployment import TEMPLATE

QUOTA = 100
_OURS: Parameters = {"QuotaSharing": "leases"}
_BASELINE: Parameters = {"QuotaSharing": "split", "MaxInstances": "1"}
_RATE = at_least(90, "at least 90 jobs/s, nothing lost")
_BEYOND = at_most(0.2, "at most 0.2 a job")
_NEVER = at_most(QUOTA, f"never above {QUOTA}, nothing lost")


@dataclass(frozen=True)
class Variants:
    """The stack that is measured, and the one beside it."""

    ours: Variant
    baseline: Variant

    @classmethod
    def of(cls, parameters: Parameters) -> Variants:
        """Return those of template.yml, ours with some parameters that are not the defaults.

        A template from before there were leases is measured as it is.
        """
        declared = Template.load(TEMPLATE).parameters
        ours, baseline = (
            {name: value for name, value in wanted.items() if name in declared}
            for wanted in (_OURS, _BASELINE)
        )
        changed = ", ".join(f"{name}={value}" for name, value in parameters.items())
        return cls(
            Variant(changed or "as deployed", {**ours, **parameters}),
            Variant("split, one instance", baseline, is_baseline=True),
        )

    def both(self) -> tuple[Variant, Variant]:
        """Return ours and the baseline."""
        return self.ours, self.baseline


@dataclass(frozen=True)
class Measured:
    """The figures of a row, and the runs that they come from."""

    figures: list[Figure]
    runs: list[Run]

    def numbered(self, number: int) -> Measured:
        """Return those of one of several measurements of the same row."""
        return Measured(
            [replace(each, name=f"{each.name}, {number}") for each in self.figures],
            [replace(each, row=f"{each.row}, {number}") for each in self.runs],
        )

    @classmethod
    def joined(cls, measured: Sequence[Measured]) -> Measured:
        """Return those of several measurements, one after the other."""
        return cls(
            [figure for each in measured for figure in each.figures],
            [run for each in measured for run in each.runs],
        )

    @classmethod
    def all_of(cls, measured: Sequence[Measured]) -> Measured:
        """Return those of all rows, with the figures that all runs have in common."""
        joined = cls.joined(measured)
        return cls([*joined.figures, *_calls_in_any_second(joined.runs)], joined.runs)


def rate_figures(name: str, ours: Run, baseline: Run) -> list[Figure]:
    """Return the figures of a row with a rate."""
    return [
        Figure(
            name,
            _rate(ours),
            _rate(baseline),
            _RATE,
            ours.rate,
            kept=_RATE.met(ours.rate) and not ours.lost,
        ),
        Figure(
            "  requests beyond query, HEADs and PUT",
            f"{ours.beyond:.2f} a job",
            f"{baseline.beyond:.2f} a job",
            _BEYOND,
            ours.beyond,
        ),
    ]


def _rate(run: Run) -> str:
    return f"{run.rate:.1f} jobs/s, {run.lost:,} lost"


def _calls_in_any_second(runs: Sequence[Run]) -> list[Figure]:
    """Return the figure of the busiest second of all runs; the baseline has its own."""
    if not runs:
        return []
    ours = [run for run in runs if not run.variant.is_baseline]
    theirs = [run for run in runs if run.variant.is_baseline]
    busiest = max(ours, key=lambda run: run.busiest)
    lost, throttled = sum(run.lost for run in ours), sum(run.throttled for run in ours)
    return [
        Figure(
            "calls in any second, in all runs",
            f"{busiest.busiest} ({busiest.row}), {throttled} throttled, {lost} lost",
            str(max((run.busiest for run in theirs), default="-")),
            _NEVER,
            busiest.busiest,
            kept=_NEVER.met(busiest.busiest) and not lost,
        )
    ]
