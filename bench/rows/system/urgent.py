"""A long ticket, and single jobs that must not wait for it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from bench.figures import Figure, Goal, at_most
from bench.harness import Harness
from bench.jobs import seed
from bench.system.results import Measured, Variants, rate_figures
from bench.system.runs import Run, Variant, finished, patience
from bench.system.sources import Moments, send, ticket
from bench.system.stack import TICK_SECONDS, Stack
from local.jobs.plan import JobPlan

_EVERY = 1.0
_MOST = 900
"""Urgent jobs of each kind that there are, one for each second of the slowest ticket."""
_PROMPT = at_most(2, "p95 at most 2 s")
_AGAIN = at_most(1.5 * TICK_SECONDS, "p95 at most 1.5 sweep intervals, 90 s")


@dataclass
class _Urgent:
    """Single jobs: some are finished, others only when they are looked at again."""

    finished: list[str]
    unfinished: list[str]
    sent_finished: Moments = field(default_factory=dict)
    sent_unfinished: Moments = field(default_factory=dict)

    @property
    def sent(self) -> Moments:
        return self.sent_finished | self.sent_unfinished

    def send_on(self, stack: Stack, ended: threading.Event) -> None:
        """Send a job of each kind to the topic every second until the end."""
        following = time.monotonic()
        for one, other in zip(self.finished, self.unfinished, strict=True):
            if ended.wait(max(0.0, following - time.monotonic())):
                return
            following += _EVERY
            self.sent_finished[one] = send(stack, one)
            self.sent_unfinished[other] = send(stack, other)


def during_a_ticket(harness: Harness, variants: Variants) -> Measured:
    """Send a ticket, and single jobs while it is worked off."""
    count = harness.size(10_000, 500)
    ours = _run(harness, variants.ours, count)
    baseline = _run(harness, variants.baseline, count)
    figures = [
        *rate_figures(f"a ticket of {count:,} IDs", ours[0], baseline[0]),
        _figure("urgent jobs during the ticket, finished", ours[1], baseline[1], _PROMPT),
        _figure("urgent jobs, to be looked at again", ours[2], baseline[2], _AGAIN),
    ]
    return Measured(figures, [*ours, *baseline])


def _figure(name: str, ours: Run, baseline: Run, goal: Goal) -> Figure:
    p95 = ours.delay(95)
    return Figure(
        name,
        _delay(ours),
        _delay(baseline),
        goal,
        p95,
        kept=goal.met(p95) and not ours.lost,
    )


def _delay(run: Run) -> str:
    return f"p95 {run.delay(95):.1f} s, {run.lost} of {run.jobs} lost"


def _run(harness: Harness, variant: Variant, count: int) -> tuple[Run, Run, Run]:
    """Return the lines of the ticket and of both kinds of urgent jobs."""
    harness.reset()
    ids = seed(harness.cloud, count)
    urgent = _Urgent(
        seed(harness.cloud, _MOST),
        seed(harness.cloud, _MOST, plan=JobPlan(analysing_queries=1)),
    )
    with Stack(harness.cloud, variant.parameters, code=harness.prepared.ours) as stack:
        stack.warm_up()
        stack.begin()
        moments = ticket(stack, ids)
        _send_until_written(stack, urgent, count)
        stack.stop_measuring()  # those that are looked at again leave the cores idle
        stack.wait_for(count + len(urgent.sent), patience(count))
        outcome = finished(stack, messages=len(urgent.sent))
    jobs = len(moments) + len(urgent.sent)
    return (
        outcome.line("ticket", variant, moments, jobs=jobs),
        outcome.line("urgent", variant, urgent.sent_finished, jobs=jobs),
        outcome.line("urgent, again", variant, urgent.sent_unfinished, jobs=jobs),
    )


def _send_until_written(stack: Stack, urgent: _Urgent, count: int) -> None:
    """Send urgent jobs until there are as many manifests as the ticket has IDs."""
    ended = threading.Event()
    sender = threading.Thread(target=urgent.send_on, args=(stack, ended), name="urgent")
    sender.start()
    try:
        stack.wait_for(count, patience(count))
    finally:
        ended.set()
        sender.join()
