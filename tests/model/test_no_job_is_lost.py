"""No job is ever lost, whatever fails, whenever: the model drives the function through it all."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import NoJobIsLost

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "0"))


def test_no_job_is_lost() -> None:
    """MODEL_EXAMPLES makes it a soak, with other seeds each time."""
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        NoJobIsLost,
        settings=settings(
            max_examples=EXAMPLES or 150,
            stateful_step_count=15,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        ),
    )
