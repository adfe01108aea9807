"""Measure the CPU that the parts of one job take; run by the runtime's interpreter.

Against a cloud without latencies, one call after the other in one thread: what is left of a job's
CPU are its threads, and what it notes. Prints JSON: milliseconds by part, and shares by package.
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
    """Write what is as large as a manifest."""
    metadata = {"job-id": JOB, "status": "complete"}
    STORE.write(f"manifests/{number}.json", BODY, overwrite=True, metadata=metadata)


PARTS: dict[str, Callable[[int], object]] = {
    "query": lambda _: API.query("mps", JOB),
    "HEAD": lambda _: STORE.head(SETTINGS.bucket, KEY),
    "GET of 4 KB": lambda _: STORE.read_range(SETTINGS.bucket, KEY, 0, 4_096, ""),
    "PUT": write,
}


def milliseconds(part: Callable[[int], object]) -> float:
    """Give the least CPU of one call that several rounds of calls took."""
    rounds = []
    for _ in range(4):
        started = time.process_time()
        for number in range(TIMES):
            part(number)
        rounds.append((time.process_time() - started) / TIMES * 1000)
    return min(rounds)


def shares() -> dict[str, int]:
    """Say in which packages a job's calls spend their time, in percent."""
    profile = cProfile.Profile(time.process_time)
    profile.enable()
    for number in range(TIMES):
        for name in ("query", "HEAD", "HEAD", "PUT"):
            PARTS[name](number)
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
    told = {name: milliseconds(part) for name, part in PARTS.items()}
    json.dump({"parts": told, "shares": shares()}, sys.stdout)
