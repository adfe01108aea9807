"""How fast a burst of messages and a backlog are worked off."""

from __future__ import annotations

from bench.harness import Harness
from bench.jobs import seed
from bench.system.results import Measured, Variants, rate_figures
from bench.system.runs import Run, drive
from bench.system.sources import Source, backlog, queue, topic


def of_topic(harness: Harness, variants: Variants) -> Measured:
    """Send a burst of messages to the topic."""
    return _rate(harness, variants, "topic", topic, harness.size(2_000, 200))


def of_queue(harness: Harness, variants: Variants) -> Measured:
    """Send a burst of messages to the queue."""
    return _rate(harness, variants, "queue", queue, harness.size(2_000, 200))


def of_backlog(harness: Harness, variants: Variants) -> Measured:
    """Sweep a backlog in which everything is due."""
    return _rate(harness, variants, "backlog", backlog, harness.size(10_000, 300))


_TITLES = {
    "topic": "topic, {:,} messages in a burst",
    "queue": "queue, {:,} messages",
    "backlog": "backlog of {:,} due",
}


def _rate(harness: Harness, variants: Variants, row: str, source: Source, count: int) -> Measured:
    runs: list[Run] = []
    for variant in variants.both():
        harness.reset()
        runs.append(drive(harness, row, variant, source, seed(harness.cloud, count)))
    return Measured(rate_figures(_TITLES[row].format(count), *runs), runs)
