"""No job is ever lost, whatever fails, whenever: the model drives the function through it all."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import NoJobIsLost

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "0"))


@pytest.mark.parametrize(("steps", "examples"), [(5, 100), (20, 40)])
def test_no_job_is_lost(steps: int, examples: int) -> None:
    """Short stories and long ones; MODEL_EXAMPLES makes it a soak, with other seeds each time."""
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        NoJobIsLost,
        settings=settings(
            max_examples=EXAMPLES or examples,
            stateful_step_count=steps,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        ),
    )
