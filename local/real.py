"""The function of this folder against the real service, with the keys of the environment."""

from __future__ import annotations

import json
import os
from pathlib import Path

from rich.console import Console

from local.fc.config import Credentials, FunctionConfig
from local.fc.host import FunctionHost

CODE = Path(__file__).resolve().parent.parent / "functions" / "manifest"
OUTPUT = Path("build/run/manifests")
KEYS = (
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
)
SETTINGS = (
    "BUCKET",
    "ALLOWED_BUCKETS",
    "MANIFEST_PREFIX",
    "STATE_PREFIX",
    "TICKET_PREFIX",
    "JOB_API",
    "REGION",
    "OSS_ENDPOINT",
    "API_ENDPOINT",
    "API_QPS",
    "MAX_INSTANCES",
    "CONCURRENCY",
    "MEDIA_FACTS",
    "DIGEST",
    "MAX_PARSED_BYTES",
    "JOB_TTL_HOURS",
    "LOG_LEVEL",
)


def run(job_id: str | None, console: Console) -> int:
    """Ask for one job and show its manifest, or what the function says instead."""
    missing = [name for name in (*KEYS[:2], "BUCKET", "REGION") if not os.environ.get(name)]
    if missing or not job_id:
        if missing:
            console.print(f"OSS_ENDPOINT is set, so this is the real service: set {missing}, too.")
        else:
            console.print("OSS_ENDPOINT is set, so this is the real service: say JOB=<job ID>.")
        return 2
    console.print(f"Asking for {job_id} with the keys of the environment ...")
    with FunctionHost(_config()) as host:
        invocation = host.invoke(json.dumps({"jobId": job_id}).encode())
    answer = json.loads(invocation.payload)
    console.print_json(json.dumps(answer))
    return 0 if answer.get("status") in {"complete", "partial", "failed", "expired"} else 1


def _config() -> FunctionConfig:
    given = {name: os.environ[name] for name in SETTINGS if os.environ.get(name)}
    keys = [os.environ.get(name, "") for name in KEYS]
    return FunctionConfig(
        name="mps-manifest",
        code=CODE,
        initializer="index.initialize",
        environment=given,
        region=os.environ["REGION"],
        credentials=lambda: Credentials(*keys),
    )
