"""Which process kept the machine's cores busy during a run."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.processes import cpu_seconds

_TICKS = os.sysconf("SC_CLK_TCK")
_IDLE = (3, 4)
"""Positions of `idle` and `iowait` in the first line of /proc/stat, after its name (man 5 proc)."""
_OWN = 8
"""Values of that line that do not repeat others: those of guests are in `user` already."""


@dataclass(frozen=True)
class Loads:
    """Cores that were busy in so many seconds, on average, for each who shares the machine."""

    seconds: float
    cloud: float
    instances: float
    harness: float
    others: float

    @staticmethod
    def cores() -> int:
        """Return how many cores there are to share."""
        return len(os.sched_getaffinity(0))

    def __str__(self) -> str:
        return (
            f"cloud {self.cloud:.2f}, instances {self.instances:.2f},"
            f" harness {self.harness:.2f}, others {self.others:.2f}"
        )


class LoadMeter:
    """Measures the loads from `start` to `stop`; `instances` are the live ones at each moment."""

    def __init__(self, cloud: int, instances: Callable[[], Sequence[int]]) -> None:
        self._cloud = cloud
        self._instances = instances
        self._before = self._now()

    def start(self) -> None:
        """Start anew."""
        self._before = self._now()

    def stop(self) -> Loads:
        """Return the loads since the start."""
        spent = [b - a for a, b in zip(self._before, self._now(), strict=True)]
        seconds, cloud, instances, harness, everyone = spent
        others = max(0.0, everyone - cloud - instances - harness)
        return Loads(seconds, *(each / seconds for each in (cloud, instances, harness, others)))

    def _now(self) -> tuple[float, float, float, float, float]:
        """Return the time, and the CPU of the cloud, the instances, this process and everyone.

        What ended instances have used is in this process's account of its children.
        """
        live = sum(cpu_seconds(pid) for pid in self._instances())
        return (
            time.monotonic(),
            cpu_seconds(self._cloud),
            live + _used(resource.RUSAGE_CHILDREN),
            _used(resource.RUSAGE_SELF),
            _of_everyone(),
        )


def _used(whose: int) -> float:
    usage = resource.getrusage(whose)
    return usage.ru_utime + usage.ru_stime


def _of_everyone() -> float:
    """Return the CPU that all processes of the machine have used; 0 without /proc."""
    try:
        line = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    except OSError:
        return 0.0
    values = [int(text) for text in line.split()[1 : _OWN + 1]]
    return (sum(values) - sum(values[each] for each in _IDLE)) / _TICKS
