"""How long `mpsm status` and `explain` take over a very large bucket, and how much memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import Figure, Spread, at_most
from bench.harness import Harness
from bench.numbered_ids import NumberedIds

_ROOT = Path(__file__).resolve().parents[2]
_NOBODY = "http://127.0.0.1:9"


def measure(harness: Harness) -> list[Figure]:
    """Measure whole commands against a bucket of numbers on a loopback socket."""
    manifests = harness.size(1_000_000, 250_000)
    parked = harness.size(100_000, 10_000)
    with _bucket(manifests, parked) as port:
        looks = [_run(port, "status") for _ in range(harness.runs)]
        exact = _run(port, "status", "--exact")
        explained = [_run(port, "explain", name) for name in _a_job(manifests)]
    seconds = Spread.of([took for took, _ in looks])
    peak = Spread.of([memory for _, memory in looks])
    of_all = f"{manifests:,} manifests and {parked:,} backlog entries"
    (by_id, memory), (by_beginning, memory_too) = explained
    most = max(memory, memory_too)
    return [
        _time(
            f"mpsm status over {of_all}",
            f"{seconds.formatted('s')}; --exact: {exact[0]:.1f} s",
            seconds.median,
        ),
        _memory(
            "its peak of memory",
            f"{peak.formatted('MB')}; --exact: {exact[1]:.1f} MB",
            peak.median,
        ),
        _time(
            f"mpsm explain over {of_all}",
            f"{by_id:.1f} s; by the beginning of an ID: {by_beginning:.1f} s",
            max(by_id, by_beginning),
        ),
        _memory("peak of memory of mpsm explain", f"{most:.1f} MB", most),
    ]


def _time(name: str, ours: str, seconds: float) -> Figure:
    return Figure(name, ours, "-", at_most(10, "at most 10 s"), seconds)


def _memory(name: str, ours: str, megabytes: float) -> Figure:
    return Figure(name, ours, "-", at_most(200, "at most 200 MB"), megabytes)


def _a_job(manifests: int) -> tuple[str, str]:
    """Return the ID of a job, and as much of it as no other has."""
    job_id = NumberedIds(manifests)[manifests // 3].removesuffix(".json")
    return job_id, job_id[:12]


@contextmanager
def _bucket(manifests: int, parked: int) -> Iterator[int]:
    command = [sys.executable, "-m", "bench.numbered_bucket", str(manifests), str(parked)]
    paths = os.pathsep.join([str(_ROOT), str(_ROOT / "functions/manifest")])
    environment = {**os.environ, "PYTHONPATH": paths}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - for the type checker
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _run(port: int, *arguments: str) -> tuple[float, float]:
    """Run a command; return its seconds and the most megabytes that it had."""
    environment = {
        **os.environ,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "id",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
        "REGION": "cn-shanghai",
        "BUCKET": "bench",
        "OSS_ENDPOINT": f"http://127.0.0.1:{port}",
        **dict.fromkeys(("API_ENDPOINT", "SLS_ENDPOINT", "ROS_ENDPOINT"), _NOBODY),
    }
    command = [sys.executable, "-m", "operate", *arguments, "--file", "none"]
    start = time.monotonic()
    with subprocess.Popen(
        command, cwd=_ROOT, env=environment, stdout=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"mpsm {' '.join(arguments)} ended with {process.returncode}")
    return time.monotonic() - start, usage.ru_maxrss * 1024 / 1e6
