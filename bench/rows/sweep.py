"""A sweep of few due entries of a very large backlog."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

from bench.figures import Figure, at_most
from bench.harness import Harness, call
from bench.jobs import BUCKET, seed
from local.client import LocalCloud
from local.database import FILE_NAME

DUE = 50
_PREFIX = ".mps-manifest/backlog/"
_TICK = b'{"triggerTime": "2026-01-01T00:00:00Z", "triggerName": "sweep", "payload": ""}'
_PARKED = """
    WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :count)
    INSERT INTO objects
    SELECT bucket, :prefix || printf('%032x', n) || '.json', :first + n, version_id, modified,
           size, etag, crc, blobs, kind, content_type, headers, tags, marker
    FROM number, objects WHERE bucket = :bucket AND key = :model ORDER BY 2"""


def measure(harness: Harness) -> list[Figure]:
    """Count the requests of a sweep of a small and of a large backlog, each in its own cloud."""
    many = harness.size(1_000_000, 20_000)
    few_requests, few_seconds = _swept(harness, 0)
    many_requests, seconds = _swept(harness, many)
    requests = ", ".join(f"{name} {count}" for name, count in sorted(many_requests.items()))
    return [
        Figure(
            f"requests of a sweep, {DUE} entries due of {many:,} in the backlog",
            f"{many_requests.total()}, {seconds:.2f} s ({requests})",
            f"{DUE} of {DUE}: {few_requests.total()}, {few_seconds:.2f} s",
            at_most(1, f"the same as with {DUE} of {DUE}"),
            many_requests.total() / few_requests.total(),
            kept=many_requests == few_requests,
        )
    ]


def _swept(harness: Harness, parked: int) -> tuple[Counter[str], float]:
    folder = harness.folder / f"parked-{parked}"
    with LocalCloud.start(folder) as cloud:
        seeded = harness.with_cloud(cloud)
        seeded.reset()
        ids = seed(cloud, DUE)
        now = datetime.now(timezone.utc)
        cloud.put_objects(BUCKET, dict(_entry(job_id, now) for job_id in ids))
        model = cloud.list_keys(BUCKET, _PREFIX)[0]
    if parked:
        _park(folder, parked, model, now + timedelta(days=1))
    with LocalCloud.start(folder) as cloud:
        return _sweep(harness.with_cloud(cloud))


def _sweep(harness: Harness) -> tuple[Counter[str], float]:
    harness.set_latencies()
    options = {"handler": "index.sweep"}
    with harness.running(harness.prepared.ours, {"MEDIA_FACTS": "false"}, **options) as host:
        seconds = call(host, _TICK)
        return harness.counted(), seconds


def _entry(job_id: str, now: datetime) -> tuple[str, bytes]:
    since = f"{now - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
    entry = {"jobId": job_id, "api": "mps", "attempts": 1, "firstSeen": since, "origin": "bench"}
    due = f"{now - timedelta(minutes=1):%Y%m%dT%H%M%SZ}"
    return f"{_PREFIX}{due}/{job_id}.json", json.dumps({**entry, "reason": ""}).encode()


def _park(folder: Path, count: int, model: str, due: datetime) -> None:
    """Copy an entry many times, with keys that are due later and therefore never read."""
    values = {
        "count": count,
        "prefix": f"{_PREFIX}{due:%Y%m%dT%H%M%SZ}/",
        "first": 1_000_000,
        "bucket": BUCKET,
        "model": model,
    }
    database = sqlite3.connect(folder / FILE_NAME)
    try:
        with database:
            database.execute(_PARKED, values)
    finally:
        database.close()
