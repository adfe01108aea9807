"""Values with their spread, and figures with their goals."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Bound = Literal["at most", "at least"]


@dataclass(frozen=True)
class Spread:
    """The median of several runs, with the minimum and the maximum."""

    median: float
    least: float
    most: float
    runs: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of the values of all runs."""
        return cls(statistics.median(values), min(values), max(values), len(values))

    def formatted(self, unit: str, digits: int = 1) -> str:
        """Return `median unit (minimum to maximum)`."""
        text = f"{self.median:,.{digits}f} {unit}".rstrip()
        if self.runs == 1:
            return text
        return f"{text} ({self.least:,.{digits}f} to {self.most:,.{digits}f})"


@dataclass(frozen=True)
class Goal:
    """The goal of a figure."""

    bound: Bound
    limit: float
    text: str

    def met(self, value: float) -> bool:
        """Return whether a value meets the goal."""
        return value <= self.limit if self.bound == "at most" else value >= self.limit

    def share(self, value: float) -> float:
        """Return a value as a share of the goal: up to 1 meets it."""
        if self.bound == "at most":
            return value / self.limit
        return self.limit / value if value else 99.0


@dataclass(frozen=True)
class Figure:
    """A line of the table; one without a goal only accompanies the line above."""

    name: str
    ours: str
    baseline: str = "-"
    goal: Goal | None = None
    value: float = 0.0
    note: str = ""
    kept: bool | None = None
    """Whether the goal is met, if it is more than a number."""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        if self.goal is None:
            return None
        return self.goal.met(self.value) if self.kept is None else self.kept


def at_most(limit: float, text: str) -> Goal:
    """Return a goal with an upper limit."""
    return Goal("at most", limit, text)


def at_least(limit: float, text: str) -> Goal:
    """Return a goal with a lower limit."""
    return Goal("at least", limit, text)
