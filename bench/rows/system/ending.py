"""Jobs that run for a while and of whose end nobody tells: how soon they are looked at then."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure, at_most
from bench.harness import Harness
from bench.jobs import event, seed_running
from bench.system.counting import percentile
from bench.system.results import Measured, Variants
from bench.system.runs import Outcome, Run, Variant, finished
from bench.system.sources import Moments
from bench.system.stack import TICK_SECONDS, Stack
from local.client import LocalCloud
from local.triggers import mns_topic_json

_TYPICAL = {
    "mps-ImageCartoonize": 12.5,
    "mps-FaceBeauty": 30.0,
    "mps-SpeechDenoise": 75.0,
    "mps-VideoClip": 150.0,
    "mps-CaptionExtraction": 300.0,
    "mps-MusicSegmentDetect": 500.0,
}
"""Seconds that jobs of an algorithm take; each takes up to a fifth more or less."""
_QUICK = ("mps-ImageCartoonize", "mps-FaceBeauty")
_SPREAD = 0.2
_WAIT = 1_000.0
"""Seconds after the end of the last job: longer than a job is parked for."""
_SHARE, _SECONDS, _QUERIES = 0.2, 90.0, 6
_NOTE = (
    "a job of less than a minute that is parked while no sweep waits is looked at with the next"
    " tick, as are those of the second wave's first seconds (docs/decisions, 17)"
)
_LONGER = 60.0
_GOAL = at_most(100 * _SHARE, "p95 at most 20 % of the duration and 90 s, at most 6 queries a job")


@dataclass(frozen=True)
class _Ends:
    """When jobs were submitted and how long they take; on the machine's monotonic clock."""

    submitted: Moments
    durations: dict[str, float]

    def longer(self) -> _Ends:
        """Return those of the jobs that take a minute or more."""
        kept = {job_id: each for job_id, each in self.durations.items() if each >= _LONGER}
        return _Ends({job_id: self.submitted[job_id] for job_id in kept}, kept)


@dataclass(frozen=True)
class Lags:
    """How long after a job's end its manifest was there, and the queries that it took."""

    seconds: list[float]
    shares: list[float]
    queries: list[int]
    lost: int

    @property
    def kept(self) -> bool:
        """Whether the goal is met."""
        return (
            not self.lost
            and percentile(self.shares, 95) <= _SHARE
            and percentile(self.seconds, 95) <= _SECONDS
            and max(self.queries) <= _QUERIES
        )

    def __str__(self) -> str:
        if not self.seconds:
            return f"{self.lost} lost"
        mean = sum(self.queries) / len(self.queries)
        return (
            f"p95 {percentile(self.shares, 95):.0%} and {percentile(self.seconds, 95):.0f} s,"
            f" {mean:.1f} queries a job, at most {max(self.queries)}; {self.lost} lost"
        )


_Wave = tuple[Lags, Lags]
"""The lags of a wave's jobs, and those of its longer ones alone."""


def without_notification(harness: Harness, variants: Variants) -> Measured:
    """Submit jobs in two waves: the second one meets a system that has seen such jobs.

    The baseline learns nothing, so that one wave is enough for it. There is little to do, so that
    both run at the same time, each in its cloud.
    """
    with ThreadPoolExecutor(2) as pool:
        (waves, run), (waves_beside, beside) = pool.map(
            lambda variant: _in_own_cloud(harness, variant), variants.both()
        )
    (first, _), (ours, longer) = waves
    ((baseline, longer_beside),) = waves_beside
    shares = percentile(ours.shares, 95) * 100 if ours.shares else float("inf")
    longest = max(_TYPICAL[name] for name in _algorithms(harness)) * (1 + _SPREAD)
    return Measured(
        [
            Figure(
                f"jobs that end 10 to {longest:.0f} s after submission, no notification",
                str(ours),
                str(baseline),
                _GOAL,
                shares,
                kept=ours.kept,
                note=_NOTE,
            ),
            Figure("  those of them that take a minute or more", str(longer), str(longer_beside)),
            Figure("  the first of their kind", str(first), str(baseline)),
        ],
        [run, beside],
    )


def _algorithms(harness: Harness) -> Sequence[str]:
    return _QUICK if harness.quick else list(_TYPICAL)


def _in_own_cloud(harness: Harness, variant: Variant) -> tuple[list[_Wave], Run]:
    folder = "ending-baseline" if variant.is_baseline else "ending"
    with LocalCloud.start(Path(harness.folder) / folder) as cloud:
        return _run(harness.with_cloud(cloud), variant)


def _run(harness: Harness, variant: Variant) -> tuple[list[_Wave], Run]:
    """Return the lags of each wave, also those of its longer jobs alone, and the line of all."""
    harness.reset()
    each = harness.size(20, 5)
    numbers = random.Random(0)
    with Stack(harness.cloud, variant.parameters, code=harness.prepared.ours) as stack:
        stack.warm_up()
        stack.begin()
        waves: list[_Ends] = []
        moments: Moments = {}
        for _ in range(1 if variant.is_baseline else 2):
            waves.append(_submit(harness, stack, each, numbers))
            moments |= waves[-1].submitted
            stack.wait_for(len(moments), _longest(waves[-1]) + _WAIT)
        outcome = finished(stack, messages=len(moments))
    lags = [(_lags(wave, outcome), _lags(wave.longer(), outcome)) for wave in waves]
    return lags, outcome.line("ending", variant, moments)


def _submit(harness: Harness, stack: Stack, each: int, numbers: random.Random) -> _Ends:
    """Submit jobs, and tell the function of each at once, as whoever submits them may do.

    They are spread over an interval of the sweep, so that it meets them at any age.
    """
    ends = _Ends({}, {})
    names = [name for name in _algorithms(harness) for _ in range(each)]
    numbers.shuffle(names)
    for name in names:
        seconds = _TYPICAL[name] * numbers.uniform(1 - _SPREAD, 1 + _SPREAD)
        job_id = seed_running(harness.cloud, name, seconds)
        ends.submitted[job_id] = time.monotonic()
        ends.durations[job_id] = seconds
        stack.call(mns_topic_json(event([job_id]).decode()))
        time.sleep(TICK_SECONDS / len(names))
    return ends


def _longest(ends: _Ends) -> float:
    return max(ends.durations.values())


def _lags(ends: _Ends, outcome: Outcome) -> Lags:
    asked = Counter(query.job_id for query in outcome.queries())
    found = [job_id for job_id in ends.submitted if job_id in outcome.written]
    seconds = {
        job_id: outcome.written[job_id] - ends.submitted[job_id] - ends.durations[job_id]
        for job_id in found
    }
    return Lags(
        list(seconds.values()),
        [seconds[job_id] / ends.durations[job_id] for job_id in found],
        [asked[job_id] for job_id in found],
        len(ends.submitted) - len(found),
    )
