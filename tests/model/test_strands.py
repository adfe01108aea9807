"""The scheduler that the model's invocations run on, and the clock of the unit tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fakes.clock import FakeClock
from tests.model.strands import Scheduler

START = 1_700_000_000.0
# Less than what two neighbouring floats of today's time are apart.
TOO_SHORT = 1e-9


class _Alive:
    dead = False


@pytest.mark.parametrize("way", ["sleep", "wait"])
def test_whoever_waits_for_the_rest_comes_to_an_end(way: str) -> None:
    """A wait that is shorter than a float of that size can tell moves time on all the same."""
    turns = Scheduler(START)
    wait: dict[str, Callable[[], object]] = {
        "sleep": lambda: turns.sleep(TOO_SHORT),
        "wait": lambda: turns.wait(lambda: False, TOO_SHORT),
    }
    waits: list[str] = []

    def body() -> None:
        while turns.time == START and len(waits) < 3:
            waits.append(way)
            wait[way]()

    turns.spawn(_Alive(), body)
    turns.run(0, 0.3)

    assert waits == [way]


def test_a_look_without_waiting_takes_no_time() -> None:
    """Somebody who waits for zero seconds only looks."""
    turns = Scheduler(START)
    came: list[bool] = []
    turns.spawn(_Alive(), lambda: came.append(turns.wait(lambda: False, 0)))
    turns.run(0, 0.3)

    assert (came, turns.time) == ([False], START)


def test_the_clock_of_unit_tests_moves_on_however_short_a_sleep_is() -> None:
    """A loop that sleeps for what is left of a wait ends."""
    clock = FakeClock()
    clock.pass_by(1e8)
    before = clock.monotonic()

    clock.sleep(TOO_SHORT)

    assert clock.monotonic() > before
