"""How long an invocation may work."""

import pytest

from mps_manifest.limits.deadline import Deadline
from tests.fakes import FakeClock


@pytest.mark.parametrize("timeout", [3, 10, 60, 300, 3600, 86400])
def test_what_starts_last_still_fits(timeout: float) -> None:
    """It ends or is given up, and then the write that parks its job may take the longest."""
    deadline = Deadline(FakeClock(), timeout)
    work, answer = deadline.left(), deadline.until_answer()
    assert work > 0
    parking = deadline.until_parking()
    assert work < parking
    assert parking + 2 * deadline.call_limit < answer < timeout
    assert 0.1 <= deadline.call_limit <= 10


def test_time_runs_out_and_never_below_nothing() -> None:
    """First for new work, then for parking, then for writing."""
    clock = FakeClock()
    deadline = Deadline(clock, 60)
    allowed = []
    while deadline.until_answer() > 0:
        allowed.append((deadline.may_ask(), deadline.may_park(), deadline.may_call()))
        clock.pass_by(0.1)
    stages = list(dict.fromkeys(allowed))
    assert stages == [
        (True, True, True),
        (False, True, True),
        (False, False, True),
        (False, False, False),
    ]
    clock.pass_by(100)
    assert (deadline.left(), deadline.until_parking(), deadline.until_answer()) == (0, 0, 0)


def test_what_hangs_is_given_up_earlier_where_parking_takes_longer() -> None:
    """Each of the jobs that wait behind it is a write."""
    deadline = Deadline(FakeClock(), 60)
    assert deadline.until_parking(5) == deadline.until_parking() - 5
    assert deadline.until_parking(100) == 0


def test_work_ends_earlier_where_parking_takes_longer() -> None:
    """What waits must be parked in time, whatever a write takes just now."""
    deadline = Deadline(FakeClock(), 60)
    assert deadline.may_ask(parking=deadline.left())
    assert not deadline.may_ask(parking=60)


def test_more_than_half_of_the_time_is_most_of_it() -> None:
    """Afterwards a job that wants more time had better wait for a fresh invocation."""
    clock = FakeClock()
    deadline = Deadline(clock, 60)
    half = deadline.left() / 2
    clock.pass_by(half - 0.1)
    assert deadline.mostly_left
    clock.pass_by(0.2)
    assert not deadline.mostly_left


def test_a_deadline_counts_from_where_the_invocation_starts() -> None:
    """An instance lives for hours."""
    clock = FakeClock()
    clock.pass_by(5000)
    assert Deadline(clock, 60).left() == Deadline(FakeClock(), 60).left()


def test_a_job_more_is_taken_only_while_it_could_still_be_parked() -> None:
    """A ticket's jobs are taken one by one, and the last one must not be lost."""
    clock = FakeClock()
    deadline = Deadline(clock, 60)
    clock.pass_by(deadline.until_parking() - deadline.call_limit / 2 - 0.1)
    assert deadline.may_park_another()
    clock.pass_by(0.2)
    assert deadline.may_park()
    assert not deadline.may_park_another()


def test_a_pause_must_end_while_work_may_start() -> None:
    """Whoever sleeps longer wakes up for nothing."""
    deadline = Deadline(FakeClock(), 60)
    assert deadline.may_pause(deadline.left())
    assert not deadline.may_pause(deadline.left() + 0.1)


def test_time_can_be_left_to_other_work() -> None:
    """What one kind of work uses up another one would miss."""
    deadline = Deadline(FakeClock(), 60)
    assert deadline.may_ask_and_leave(deadline.left() - 0.1)
    assert not deadline.may_ask_and_leave(deadline.left())
