"""The backlog as a test sees it, and how it lets time pass."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from time import time
from typing import Any

from local.client import LocalCloud
from tests.e2e.conftest import BUCKET, STATE, Stage

PREFIX = f"{STATE}backlog/"
_KEY_TIME = "%Y%m%dT%H%M%SZ"


def key_of(job_id: str, due_in: timedelta) -> str:
    """Return the key of a job's entry that is due some time from now."""
    due = datetime.now(timezone.utc) + due_in
    return f"{PREFIX}{due.strftime(_KEY_TIME)}/{job_id}.json"


def entries(cloud: LocalCloud) -> dict[str, dict[str, Any]]:
    """Read all entries by their keys."""
    keys = cloud.list_keys(BUCKET, PREFIX)
    return {key: json.loads(cloud.get_object(BUCKET, key)) for key in keys}


def make_due(cloud: LocalCloud, *, first_seen: timedelta | None = None) -> None:
    """Make everything parked due now, as if time had passed; perhaps seen long ago."""
    for key in cloud.list_keys(BUCKET, f"{STATE}locks/"):
        cloud.put_object(BUCKET, key, b'{"until": 0}')
    for key in cloud.list_keys(BUCKET, f"{STATE}started/"):
        record = json.loads(cloud.get_object(BUCKET, key))
        cloud.put_object(BUCKET, key, json.dumps({**record, "until": time() - 60}).encode())
    for number, (key, entry) in enumerate(entries(cloud).items()):
        if first_seen is not None:
            moment = datetime.now(timezone.utc) - first_seen
            entry["firstSeen"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        entry.pop("startedUntil", None)
        cloud.delete_object(BUCKET, key)
        past = key_of(entry["jobId"], timedelta(seconds=-60 - number))
        cloud.put_object(BUCKET, past, json.dumps(entry).encode())


def tick() -> bytes:
    """Build a timer's event."""
    event = {"triggerTime": "2026-01-01T00:00:00Z", "triggerName": "sweep", "payload": ""}
    return json.dumps(event).encode()


def work_off(stage: Stage, rounds: int = 20) -> None:
    """Make entries due and invoke the timer's event until the backlog is empty."""
    for _ in range(rounds):
        if not stage.list_keys(PREFIX):
            return
        make_due(stage.cloud)
        stage.invoke(tick())
    raise AssertionError(f"still parked: {entries(stage.cloud)}")
