"""`make serve` as a person meets it: it says where everything is, works, and ends on a signal."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from local import sample_jobs

ROOT = Path(__file__).parents[2]
JOB = sample_jobs.load()[0]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[str]:
    """Start it in an empty folder, and give the address of its desk."""
    process = subprocess.Popen(
        [sys.executable, "-m", "local.serve"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{ROOT}", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        greeting = iter(process.stdout.readline, "")
        line = next(line for line in greeting if line.startswith("A direct call:"))
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found
        yield found[0]
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def post(url: str, body: object) -> dict[str, object]:
    request = Request(url, json.dumps(body).encode(), method="POST")  # noqa: S310 - loopback
    with urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback
        told: dict[str, object] = json.loads(answer.read() or b"{}")
    return told


def test_it_serves_what_the_template_deploys(desk: str) -> None:
    """Whoever tries the product by hand must find calls, messages and the timer working."""
    wanted = {"jobs": [{"jobId": JOB.job_id, "api": JOB.api}]}
    assert post(f"{desk}/invoke", wanted)["status"] == "complete"
    assert post(f"{desk}/messages?shape=queue-stream", wanted)["status"] == "complete"
    assert post(f"{desk}/tick", {})["status"] == "empty"
