"""Values with their spread, and figures with their goals."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Bound = Literal["at most", "at least"]


@dataclass(frozen=True)
class Spread:
    """The median of several runs, with the least and the most."""

    median: float
    least: float
    most: float
    runs: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Sum up the values of all runs."""
        return cls(statistics.median(values), min(values), max(values), len(values))

    def told(self, unit: str, digits: int = 1) -> str:
        """Write it as `median unit (least to most)`."""
        text = f"{self.median:,.{digits}f} {unit}".rstrip()
        if self.runs == 1:
            return text
        return f"{text} ({self.least:,.{digits}f} to {self.most:,.{digits}f})"


@dataclass(frozen=True)
class Goal:
    """What a figure should be."""

    bound: Bound
    limit: float
    text: str

    def met(self, value: float) -> bool:
        """Tell whether a value is good enough."""
        return value <= self.limit if self.bound == "at most" else value >= self.limit

    def share(self, value: float) -> float:
        """Tell how much of the goal is used up: 1 is just met, more is missed."""
        if self.bound == "at most":
            return value / self.limit
        return self.limit / value if value else 99.0


@dataclass(frozen=True)
class Figure:
    """One line of the table; without a goal it only stands beside the line above."""

    name: str
    ours: str
    baseline: str = "-"
    goal: Goal | None = None
    value: float = 0.0
    note: str = ""
    kept: bool | None = None
    """Says whether the goal is met where it is more than one number."""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        if self.goal is None:
            return None
        return self.goal.met(self.value) if self.kept is None else self.kept


def at_most(limit: float, text: str) -> Goal:
    """Make a goal that is a ceiling."""
    return Goal("at most", limit, text)


def at_least(limit: float, text: str) -> Goal:
    """Make a goal that is a floor."""
    return Goal("at least", limit, text)
