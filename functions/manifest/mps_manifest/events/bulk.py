"""Mark the jobs of a large event or ticket as bulk."""

from __future__ import annotations

from collections.abc import Iterator

from mps_manifest.events.items import Item, JobRequest

FIRST_JOBS = 100
"""Jobs of an event, or of a ticket, that are urgent; those after them are bulk."""


def with_classes(items: Iterator[Item]) -> Iterator[Item]:
    """Yield the items of one event or ticket; its jobs from the 101st on are bulk.

    They are counted as they come, since nobody knows beforehand how many there are.
    """
    jobs = 0
    for item in items:
        if isinstance(item, JobRequest):
            jobs += 1
            if jobs > FIRST_JOBS:
                yield item._replace(bulk=True)
                continue
        yield item
