"""Rows that were measured in full size, kept one by one until there are all that the page shows."""

from __future__ import annotations

import os
import pickle
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from bench.packages import Prepared
from bench.system.results import Measured
from deploy.packages import BUILD

FOLDER = BUILD / "bench"
_VERSIONS = ("oss2", "alibabacloud_mts20140618", "pyperf")


@dataclass(frozen=True)
class KeptRow:
    """A row with where and when it was measured; one of a single function has no runs."""

    name: str
    circumstances: str
    measured: Measured
    pace: tuple[float, ...] = ()
    """The machine's pace before and after it, in seconds (bench/pace.py)."""


def keep(row: KeptRow, folder: Path = FOLDER) -> None:
    """Keep a row in place of what was measured of it before."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{row.name}.pickle").write_bytes(pickle.dumps(row))


def kept(names: Sequence[str], folder: Path = FOLDER) -> list[KeptRow]:
    """Return those of the rows that were measured, by this version of the benchmarks."""
    found = []
    for name in names:
        try:
            row = pickle.loads((folder / f"{name}.pickle").read_bytes())  # noqa: S301 - our own
        except (OSError, AttributeError, ImportError, TypeError):
            continue
        found.append(row)
    return found


def circumstances(prepared: Prepared) -> str:
    """Return the day, the machine and the versions of what is measured."""
    cores = len(os.sched_getaffinity(0))
    versions = ", ".join(f"{name} {prepared.version(name)}" for name in _VERSIONS)
    day = f"{datetime.now(timezone.utc):%Y-%m-%d}"
    system = f"{platform.system()} {platform.machine()}"
    return f"{day}, {_processor()}, {cores} cores, {system}, {prepared.ours.runtime}, {versions}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
