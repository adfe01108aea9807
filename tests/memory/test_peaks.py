"""The memory of the process stays below 300 MB, whatever a service or a file says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mps_manifest.job_limits import MAX_MANIFEST_BYTES
from tests.memory.child import CASES

ROOT = Path(__file__).parents[2]
PEAK = 300_000_000


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_no_job_takes_the_memory_of_the_others(case: str) -> None:
    """A process that is killed takes all jobs of its invocation along, and is started again."""
    run = subprocess.run(  # noqa: S603 - this file's own child
        [sys.executable, "-m", "tests.memory.child", case],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'functions/manifest'}", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["peak"] < PEAK
    assert told["faults"] == []
    assert told["size"] <= MAX_MANIFEST_BYTES or case == "large-versions"
