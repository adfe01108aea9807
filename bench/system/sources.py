"""Where jobs come from: each source sends its events and returns when each job's was sent.

Moments are on the machine's monotonic clock.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

from bench.jobs import BUCKET
from bench.system.requests import STATE, TICKETS
from bench.system.stack import Stack
from local.fc.invocation import Invocation
from local.triggers import OssRecord, iproduction_notification, mns_queue_stream, mns_topic_json

Moments = dict[str, float]
Source = Callable[[Stack, Sequence[str]], Moments]

BATCH = 10
"""Messages of a batch, as in the template's trigger of the queue."""
_ALGORITHM = "ImageCartoonize"
_RETRY_SECONDS = 1.0
_ENTRIES = 2_000


def topic(stack: Stack, ids: Sequence[str]) -> Moments:
    """Send a message for each job to the topic, all at once."""
    return {job_id: send(stack, job_id) for job_id in ids}


def send(stack: Stack, job_id: str) -> float:
    """Send a job's notification to the topic; return the moment."""
    moment = time.monotonic()
    stack.call(mns_topic_json(iproduction_notification(job_id, _ALGORITHM)))
    return moment


def queue(stack: Stack, ids: Sequence[str]) -> Moments:
    """Put a message for each job into the queue, and deliver them in batches.

    A batch is a synchronous call that is repeated until it succeeds. How many batches EventBridge
    delivers at the same time is not documented: here as many as there are instances.
    """
    moment = time.monotonic()
    batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    pool = ThreadPoolExecutor(stack.instances, thread_name_prefix="queue")
    stack.follow([pool.submit(_deliver, stack, batch) for batch in batches])
    pool.shutdown(wait=False)
    return dict.fromkeys(ids, moment)


def ticket(stack: Stack, ids: Sequence[str]) -> Moments:
    """Upload a ticket with all the IDs."""
    key, body = f"{TICKETS}{ids[0]}.txt", "".join(f"{job_id}\n" for job_id in ids).encode()
    stack.cloud.put_object(BUCKET, key, body, "text/plain")
    moment = time.monotonic()
    stack.follow(stack.dispatcher.deliver(OssRecord(BUCKET, key, len(body))))
    return dict.fromkeys(ids, moment)


def backlog(stack: Stack, ids: Sequence[str]) -> Moments:
    """Park all jobs, due a minute ago, and begin with the timer's tick, which is their event."""
    now = datetime.now(timezone.utc)
    for start in range(0, len(ids), _ENTRIES):
        batch = ids[start : start + _ENTRIES]
        stack.cloud.put_objects(BUCKET, dict(_entry(job_id, now) for job_id in batch))
    return dict.fromkeys(ids, stack.begin())


def _deliver(stack: Stack, ids: Sequence[str]) -> Invocation:
    messages = [iproduction_notification(job_id, _ALGORITHM) for job_id in ids]
    event = mns_queue_stream(messages)
    while (answer := stack.deployment.function.invoke(event)).failed:
        time.sleep(_RETRY_SECONDS)
    return answer


def _entry(job_id: str, now: datetime) -> tuple[str, bytes]:
    since = f"{now - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
    entry = {"jobId": job_id, "api": "mps", "attempts": 1, "firstSeen": since, "origin": "bench"}
    due = f"{now - timedelta(minutes=1):%Y%m%dT%H%M%SZ}"
    return f"{STATE}backlog/{due}/{job_id}.json", json.dumps({**entry, "reason": ""}).encode()
