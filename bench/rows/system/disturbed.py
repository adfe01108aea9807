"""All sources at once while instances are killed and frozen, and clocks are apart."""

from __future__ import annotations

from bench.harness import Harness
from bench.jobs import seed
from bench.system.disturbance import Plan, disturbed
from bench.system.results import Measured, Variants
from bench.system.runs import finished
from bench.system.sources import Moments, backlog, queue, ticket, topic
from bench.system.stack import Stack

CLOCKS = (1.0, *[0.0] * 9)
"""Seconds by which the clocks of successive instances are ahead."""
_SOURCES = (topic, queue, ticket, backlog)
_WITH_MESSAGES = 2
_FULL = Plan(every=3.0, frozen=(0.5, 2.0, 40.0), times=16)
"""Some are frozen for longer than a share of the quota is anybody's."""
_QUICK = Plan(every=1.0, frozen=(0.5, 2.0), times=6)
_PATIENCE = 1_500.0
"""Seconds; what a killed sweep was at work on waits until its time is over."""


def all_sources(harness: Harness, variants: Variants) -> Measured:
    """Measure ours only: what counts is that nothing is lost and nothing exceeds the quota."""
    harness.reset()
    count = harness.size(1_000, 50)
    moments: Moments = {}
    with Stack(
        harness.cloud, variants.ours.parameters, code=harness.prepared.ours, clock_offsets=CLOCKS
    ) as stack:
        stack.warm_up()
        with disturbed(stack, _QUICK if harness.quick else _FULL) as tally:
            for source in _SOURCES:
                moments |= source(stack, seed(harness.cloud, count))
            stack.wait_for(len(moments), _PATIENCE)
        outcome = finished(stack, messages=_WITH_MESSAGES * count)
    note = f"{tally}; of ten clocks one a second ahead"
    return Measured([], [outcome.line("disturbed", variants.ours, moments, note=note)])
