"""The pure core: the CPU time of a job without any service."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from bench.figures import Figure, Spread, at_most
from bench.harness import Harness
from bench.instructions import instructions
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
    core = Figure(name, ms.formatted("ms", 3), goal=limit, value=ms.median)
    return [core, _instructions(ours.python, environment)]


def _instructions(python: Path, environment: dict[str, str]) -> Figure:
    """Count them as well: the time is that of a machine, and of what else it does."""
    path = os.pathsep.join([environment["PYTHONPATH"], str(HERE)])
    count = instructions(
        python, "import core", "core.manifest()", {**environment, "PYTHONPATH": path}
    )
    found = (
        "not counted: valgrind is not installed" if count is None else f"{count / 1e6:.2f} million"
    )
    return Figure("  beside it: instructions, by valgrind", found)


def _values(document: dict[str, Any]) -> list[float]:
    """Return the seconds of all runs except calibrations."""
    runs = document["benchmarks"][0]["runs"]
    return [float(value) for run in runs for value in run.get("values", [])]
