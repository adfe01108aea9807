"""A sweep of few due jobs among very many that are parked."""

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
    """Count the requests of both sweeps, each on a cloud of its own."""
    many = harness.size(1_000_000, 20_000)
    few_asked, few_seconds = _swept(harness, 0)
    asked, seconds = _swept(harness, many)
    told = ", ".join(f"{name} {count}" for name, count in sorted(asked.items()))
    return [
        Figure(
            f"requests of a sweep of {DUE} due among {many:,} parked",
            f"{asked.total()}, {seconds:.2f} s ({told})",
            f"{DUE} among {DUE}: {few_asked.total()}, {few_seconds:.2f} s",
            at_most(1, f"the same as of {DUE} among {DUE}"),
            asked.total() / few_asked.total(),
            kept=asked == few_asked,
        )
    ]


def _swept(harness: Harness, parked: int) -> tuple[Counter[str], float]:
    folder = harness.folder / f"parked-{parked}"
    with LocalCloud.start(folder) as cloud:
        seeded = harness.on(cloud)
        seeded.fresh()
        ids = seed(cloud, DUE)
        now = datetime.now(timezone.utc)
        cloud.put_objects(BUCKET, dict(_entry(job_id, now) for job_id in ids))
        model = cloud.list_keys(BUCKET, _PREFIX)[0]
    if parked:
        _park(folder, parked, model, now + timedelta(days=1))
    with LocalCloud.start(folder) as cloud:
        return _sweep(harness.on(cloud))


def _sweep(harness: Harness) -> tuple[Counter[str], float]:
    harness.slow_down()
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
    """Copy one entry very often, under keys that are due later; nobody reads those."""
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
