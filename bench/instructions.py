"""Count the instructions of a call with valgrind; what else a machine does does not change them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_WARM, _MORE = 30, 200
"""Calls that warm up, as Python specializes what is called often, and those that count."""
_COUNT = re.compile(r"I\s+refs:\s+([\d,]+)")


def instructions(
    python: Path, prepare: str, call: str, environment: Mapping[str, str]
) -> float | None:
    """Return how many instructions a call takes; None without valgrind.

    Two processes are compared of which one calls oftener, so that their start does not count.
    The collector of garbage is off, which would come now in one of them and now in the other.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return None
    few, many = (
        _whole(valgrind, python, f"{prepare}\nfor _ in range({calls}): {call}", environment)
        for calls in (_WARM, _WARM + _MORE)
    )
    return (many - few) / _MORE


def _whole(valgrind: str, python: Path, code: str, environment: Mapping[str, str]) -> int:
    counting = ["--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={os.devnull}"]
    run = subprocess.run(
        [valgrind, *counting, str(python), "-c", f"import gc; gc.disable()\n{code}"],
        env={**environment, "PYTHONHASHSEED": "0"},
        check=True,
        capture_output=True,
        text=True,
    )
    found = _COUNT.search(run.stderr)
    if found is None:
        raise ValueError(f"valgrind did not say how many: {run.stderr[-300:]}")
    return int(found[1].replace(",", ""))
