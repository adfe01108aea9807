"""The interval of a sweep's schedule, where it has one."""

from __future__ import annotations

import pytest

from deploy.schedules import minutes_between


@pytest.mark.parametrize(
    ("schedule", "minutes"),
    [
        ("@every 1m", 1),
        ("@every 90m", 90),
        ("@every 2h", 120),
        ("0 * * * * *", 1),
        ("0 */15 * * * *", 15),
        ("CRON_TZ=Asia/Shanghai 0 0/5 * * * ?", 5),
        ("0 */7 * * * *", None),  # 56, then 0
        ("0 0 3 * * *", None),
        ("30 5 * * * 1-5", None),
        ("@every 0m", None),
    ],
)
def test_the_interval_of_a_schedule(schedule: str, minutes: int | None) -> None:
    """One that is guessed wrong would refuse good settings, or let silence pass for health."""
    assert minutes_between(schedule) == minutes
