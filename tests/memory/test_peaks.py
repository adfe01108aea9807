"""The memory of the process stays below 300 MB, whatever a service or a file says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mps_manifest.job_limits import MAX_MANIFEST_BYTES
from tests.memory.child import CASES
from tests.soaks import with_soaks

ROOT = Path(__file__).parents[2]
PEAK = 300_000_000


LONG = (
    *("answer-of-control-characters", "answer-of-empty-lists", "answer-of-empty-objects"),
    *("answer-of-escapes-and-nan", "answer-of-files", "answer-of-keys", "answer-of-nulls-and-nan"),
    *("answer-of-numbers", "answer-of-quotes-and-nan", "answer-of-signatures"),
    *("encoded-files-of-blank-cues", "encoded-files-of-segments", "files-of-beat-lists"),
    *("files-of-beats", "files-of-blank-cues", "files-of-cues-with-twins", "files-of-frames"),
    *("files-of-glued-objects", "files-of-line-ends", "files-of-long-titles"),
    *("files-of-one-cue-with-twins", "files-of-script-lines", "files-of-segments"),
    *("files-of-short-lines", "files-of-speech", "files-of-tags", "files-of-ttml-names"),
    *("many-small-caption-files", "result-of-glued-objects", "result-of-wide-colons"),
    *("small-encoded-files-of-blank-cues", "small-files-of-blank-cues"),
)
"""Cases that take five seconds and more. Of each kind others are shorter, or smaller in MANY, and
`tests/cost` has what each of these readers takes for a byte."""
AT_ONCE = 17
"""Jobs, one more than are worked on at the same time by default."""
MANY = (
    *(case for case in CASES if case.startswith(("short", "small"))),
    *("nothing", "answer-of-text", "files-of-long-titles"),
)


def run(case: str, jobs: int) -> dict[str, Any]:
    """Run a case in a process of its own; return what it told."""
    child = subprocess.run(  # noqa: S603 - this file's own child
        [sys.executable, "-m", "tests.memory.child", case, str(jobs)],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'functions/manifest'}", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    told: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return told


@pytest.mark.slow
@pytest.mark.parametrize("case", with_soaks(CASES, LONG))
def test_no_job_takes_the_memory_of_the_others(case: str) -> None:
    """A process that is killed takes all jobs of its invocation along, and is started again."""
    told = run(case, 1)
    assert told["peak"] < PEAK
    assert told["faults"] == []
    assert told["size"] <= MAX_MANIFEST_BYTES


@pytest.mark.slow
@pytest.mark.parametrize("case", with_soaks(MANY, LONG))
def test_many_such_jobs_take_turns(case: str) -> None:
    """What is bearable once is not so for each of the jobs that are in flight."""
    told = run(case, AT_ONCE)
    assert told["peak"] < PEAK
    assert told["faults"] == []
    assert sum(told["counts"].values()) - told["counts"]["pending"] == AT_ONCE
