"""Measure the CPU of a job's calls to the services; run by the runtime's interpreter.

The cloud has no latencies, and the calls are made one after the other in one thread. The rest of a
job's CPU is that of its threads and of the core. Prints JSON: milliseconds per call, and the shares
of the packages.
"""

from __future__ import annotations

import cProfile
import json
import os
import pstats
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import KEY_VARIABLES, Credentials
from mps_manifest.adapters.oss import OssStore
from mps_manifest.adapters.production_api import ProductionApi
from mps_manifest.settings import read_settings

TIMES = 200
JOB, KEY = os.environ["JOB"], os.environ["KEY"]
SETTINGS = read_settings(os.environ)
CREDENTIALS = Credentials(*(os.environ[name] for name in KEY_VARIABLES))
CONNECTIONS = Connections(1)
STORE = OssStore(SETTINGS, CREDENTIALS, CONNECTIONS)
API = ProductionApi(SETTINGS, CREDENTIALS, CONNECTIONS)
BODY = b"x" * 2_048


def write(number: int) -> None:
    """Write an object of the size of a manifest."""
    metadata = {"job-id": JOB, "status": "complete"}
    STORE.write(f"manifests/{number}.json", BODY, overwrite=True, metadata=metadata)


CALLS: dict[str, Callable[[int], object]] = {
    "query": lambda _: API.query("mps", JOB),
    "HEAD": lambda _: STORE.head(SETTINGS.bucket, KEY),
    "GET of 4 KB": lambda _: STORE.read_range(SETTINGS.bucket, KEY, 0, 4_096, ""),
    "PUT": write,
}


def milliseconds(call: Callable[[int], object]) -> float:
    """Return the CPU of a call: the least of several rounds."""
    rounds = []
    for _ in range(4):
        started = time.process_time()
        for number in range(TIMES):
            call(number)
        rounds.append((time.process_time() - started) / TIMES * 1000)
    return min(rounds)


def shares() -> dict[str, int]:
    """Return the packages in which a job's calls spend their time, in percent."""
    profile = cProfile.Profile(time.process_time)
    profile.enable()
    for number in range(TIMES):
        for name in ("query", "HEAD", "HEAD", "PUT"):
            CALLS[name](number)
    profile.disable()
    spent: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        spent[_package(file)] += own
    return {name: round(own / spent.total() * 100) for name, own in spent.most_common(6)}


def _package(file: str) -> str:
    parts = Path(file).parts
    for root in ("python", "code"):
        if root in parts:
            return parts[parts.index(root) + 1].removesuffix(".py")
    return Path(file).parent.name if "email" in parts or "http" in parts else "the interpreter"


if __name__ == "__main__":
    measured = {name: milliseconds(call) for name, call in CALLS.items()}
    json.dump({"calls": measured, "shares": shares()}, sys.stdout)
