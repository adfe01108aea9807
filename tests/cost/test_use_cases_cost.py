"""Twice as much in an event, a job or the backlog costs at most about twice the calls and time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import NamedTuple

import pytest

from mps_manifest.job_limits import MAX_FILES
from tests.cost.measuring import DOUBLING, hide_others
from tests.cost.use_cases import USE_CASES, new_world
from tests.unit.world import World

pytestmark = pytest.mark.slow

SIZES = (300, 600)
BY_CHANCE = 2
"""Calls for one thing that may be needed or not, as threads happen to run."""
FEW = 30
"""Calls more or less that say nothing."""
NOISE = 0.4
"""Seconds of CPU that say nothing."""
TRIES = 3
"""A busy machine slows down some measurements, but not all of them."""
MOST_CALLS = 14
"""Calls of the store for one job with one file, at most."""


class Cost(NamedTuple):
    """Calls of the store and the API by what they do, and seconds of CPU of all threads."""

    calls: Mapping[str, int]
    seconds: float


def cost(case: Callable[[World, int], None], n: int) -> Cost:
    world = new_world()
    hide_others()
    start = time.process_time()
    case(world, n)
    seconds = time.process_time() - start
    calls = Counter(call.operation for call in world.store.calls)
    return Cost({**calls, "query": len(world.api.calls)}, seconds)


@pytest.mark.parametrize("name", USE_CASES)
def test_twice_as_much_costs_at_most_about_twice(name: str) -> None:
    """An event that costs the square of its size outlasts every timeout, at each delivery."""
    ratios: list[float] = []
    while len(ratios) < TRIES and (not ratios or ratios[-1] > DOUBLING):
        costs = [cost(USE_CASES[name], n) for n in SIZES]
        for n, one, later in zip(SIZES, costs, costs[1:], strict=False):
            for operation, calls in later.calls.items():
                before = max(one.calls.get(operation, 0), BY_CHANCE * n)
                assert calls <= 2.1 * before + FEW, (operation, costs)
        ratios.append(max(b.seconds / max(a.seconds, NOISE) for a, b in pairwise(costs)))
    assert min(ratios) <= DOUBLING


@pytest.mark.parametrize(
    "name", ["many_jobs", "many_messages", "many_tickets", "one_task", "many_tasks", "backlog"]
)
def test_a_job_costs_a_few_calls_wherever_it_comes_from(name: str) -> None:
    """Linear alone would not do: each call is money, and a part of a second."""
    made = cost(USE_CASES[name], 300)
    assert sum(made.calls.values()) <= 300 * MOST_CALLS
    assert made.calls["query"] <= 300 + FEW


@pytest.mark.parametrize(
    "name", ["many_files", "files_that_are_missing", "one_file_under_many_names", "many_matches"]
)
def test_the_files_of_one_job_have_a_limit(name: str) -> None:
    """A job that lists more is not looked at for hours, and its manifest says so."""
    for n in (1000, 2000, 4000):
        made = cost(USE_CASES[name], n)
        assert sum(made.calls.values()) <= 3 * MAX_FILES + FEW
        assert made.seconds < 30
