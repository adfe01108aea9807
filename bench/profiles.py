"""Profiles: the import time by package, and the CPU of a job's calls."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter

from bench.harness import Harness
from bench.jobs import BUCKET, TWO_FILES, sample, seed
from bench.packages import HERE, Code

_IMPORT = re.compile(r"^import time: +(\d+) \| +\d+ \| +([\w.]+)$", re.MULTILINE)
_PACKAGES = 7


def call_cpu(harness: Harness, code: Code) -> str:
    """Return the CPU of a job's calls, and its shares by package, as a sentence."""
    harness.reset(None)
    harness.cloud.configure(latency={"mps": 0.0, "ims": 0.0, "oss": 0.0})
    (job_id,) = seed(harness.cloud, 1)
    keys = harness.cloud.credentials
    environment = {
        "PYTHONPATH": _path(code),
        "JOB": job_id,
        "KEY": sample(TWO_FILES).objects[0].key,
        "BUCKET": BUCKET,
        "REGION": harness.cloud.region,
        "OSS_ENDPOINT": harness.cloud.oss_endpoint,
        "API_ENDPOINT": harness.cloud.api_endpoint,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": keys.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": keys.access_key_secret,
        "ALIBABA_CLOUD_SECURITY_TOKEN": keys.security_token,
    }
    command = [str(code.python), "-B", "-s", str(HERE / "call_cpu.py")]
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    measured = json.loads(done.stdout)
    ms = ", ".join(f"{name} {value:.2f}" for name, value in measured["calls"].items())
    shares = ", ".join(f"{name} {share} %" for name, share in measured["shares"].items())
    return f"CPU of the calls of a job, in ms: {ms}; by package: {shares}"


def imports(code: Code) -> str:
    """Return the import time of a function by package, as a sentence; measuring slows imports."""
    environment = {"PYTHONPATH": _path(code)}
    command = [str(code.python), "-B", "-s", "-X", "importtime", "-c", "import index"]
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    spent: Counter[str] = Counter()
    for found in _IMPORT.finditer(done.stderr):
        root = found[2].partition(".")[0]
        spent["the standard library" if root in sys.stdlib_module_names else root] += int(found[1])
    shares = ", ".join(f"{name} {us / 1000:.0f}" for name, us in spent.most_common(_PACKAGES))
    return f"{spent.total() / 1000:.0f} ms of imports: {shares}"


def _path(code: Code) -> str:
    return os.pathsep.join(map(str, code.import_path))
