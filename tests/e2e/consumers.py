"""The consumers of docs/consuming, run as their users run them."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from local.client import CloudClient

CONSUMING = Path(__file__).parents[2] / "docs/consuming"
SCHEMA = Path(__file__).parents[2] / "functions/manifest/mps_manifest/schema"


def catalogue(table: Path, port: int) -> list[str]:
    """Return the command that starts the catalogue."""
    return [sys.executable, str(CONSUMING / "catalogue.py"), str(table), str(port)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def environment(cloud: CloudClient, bucket: str) -> dict[str, str]:
    """Return the variables by which the consumers in Python find the bucket."""
    return {
        **os.environ,
        "BUCKET": bucket,
        "OSS_ENDPOINT": cloud.oss_endpoint,
        "OSS_REGION": cloud.region,
        "OSS_ACCESS_KEY_ID": cloud.owner.access_key_id,
        "OSS_ACCESS_KEY_SECRET": cloud.owner.access_key_secret,
        "PYTHONPATH": str(SCHEMA),
    }


@contextmanager
def running(
    command: list[str], cloud: CloudClient, bucket: str, ready: str
) -> Iterator[subprocess.Popen[str]]:
    """Run a consumer until it says that it is ready, and kill it afterwards."""
    quiet, variables = subprocess.DEVNULL, environment(cloud, bucket)
    process = subprocess.Popen(  # noqa: S603 - our own
        command, stdout=subprocess.PIPE, stderr=quiet, text=True, env=variables
    )
    try:
        assert process.stdout
        assert process.stdout.readline().strip() == ready
        yield process
    finally:
        process.kill()
        process.communicate()


def rows(table: Path) -> dict[str, tuple[str, str]]:
    """Return what a catalogue has: ETag and document of each manifest by its job ID."""
    with closing(sqlite3.connect(table)) as opened:
        found = opened.execute("SELECT job_id, etag, document FROM manifests")
        return {job_id: (etag, document) for job_id, etag, document in found}
