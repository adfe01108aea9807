"""The pure core: the CPU time of a job without any service."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from bench.figures import Figure, Spread, at_most
from bench.harness import Harness
from bench.jobs import TWO_FILES, sample
from bench.packages import HERE


def measure(harness: Harness) -> list[Figure]:
    """Run core.py with pyperf and the runtime's interpreter, on the built packages."""
    result = harness.folder / "core.json"
    result.unlink(missing_ok=True)
    ours, tools = harness.prepared.ours, harness.prepared.tools
    path = [*ours.import_path, tools]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ANSWER": sample(TWO_FILES).answer,
    }
    command = [str(ours.python), str(HERE / "core.py"), "--quiet", "--output", str(result)]
    command += ["--inherit-environ=PYTHONPATH,ANSWER,PYTHONDONTWRITEBYTECODE"]
    command += ["--fast"] if harness.quick else []
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    ms = Spread.of([value * 1000 for value in _values(json.loads(result.read_text()))])
    limit = at_most(0.25, "at most 0.25 ms")
    name = "pure core: event and answer to manifest bytes"
    return [Figure(name, ms.formatted("ms", 3), goal=limit, value=ms.median)]


def _values(document: dict[str, Any]) -> list[float]:
    """Return the seconds of all runs except calibrations."""
    runs = document["benchmarks"][0]["runs"]
    return [float(value) for run in runs for value in run.get("values", [])]
