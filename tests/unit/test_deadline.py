"""How long an invocation may work."""

import pytest

from mps_manifest.deadline import Deadline
from tests.unit.fakes import FakeClock


@pytest.mark.parametrize("timeout", [3, 10, 60, 300, 3600, 86400])
def test_a_call_that_starts_last_still_fits(timeout: float) -> None:
    """It may wait for its connection and its answer, and the write that parks the job too."""
    deadline = Deadline.after(FakeClock(), timeout)
    assert deadline.work_until > 0
    assert deadline.work_until + 4 * deadline.call_limit <= deadline.answer_until < timeout
    assert 0.1 <= deadline.call_limit <= 10


def test_time_runs_out_and_never_below_nothing() -> None:
    clock = FakeClock()
    deadline = Deadline.after(clock, 60)
    assert not deadline.over
    assert deadline.left() == pytest.approx(deadline.work_until)
    clock.pass_by(deadline.work_until)
    assert deadline.over
    clock.pass_by(100)
    assert deadline.left() == 0


def test_a_deadline_counts_from_where_the_invocation_starts() -> None:
    """An instance lives for hours."""
    clock = FakeClock()
    clock.pass_by(5000)
    assert Deadline.after(clock, 60).left() == Deadline.after(FakeClock(), 60).left()
