"""Jobs for benchmarks: with two pictures, or with one video."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Sequence
from typing import Any

from local import sample_jobs
from local.client import CloudClient
from local.jobs.plan import JobPlan

TWO_FILES, ONE_VIDEO = "mps-ImageCartoonize", "mps-FaceBeauty"
BUCKET = sample_jobs.SAMPLE_BUCKET

_NUMBERS = itertools.count(1)
_BATCH = 5_000
_WRITTEN_BEFORE = 0.2
"""Seconds before the end of a job at which its files are written."""


def sample(name: str) -> sample_jobs.SampleJob:
    """Return a sample job by its name."""
    return next(job for job in sample_jobs.load() if job.name == name)


def seed(
    cloud: CloudClient,
    count: int,
    name: str = TWO_FILES,
    plan: JobPlan = JobPlan(),  # noqa: B008 - frozen
) -> list[str]:
    """Add jobs that have the same files, finished unless planned; returns their IDs."""
    job = sample(name)
    for item in job.objects:
        cloud.put_object(BUCKET, item.key, item.read(), item.content_type)
    return add(cloud, count, json.loads(job.answer), plan)


def seed_running(cloud: CloudClient, name: str, seconds: float) -> str:
    """Add a job that runs for so many seconds, and writes files of its own at its end.

    When a file was written tells when a job has ended, so that no job has another's.
    """
    job, number = sample(name), next(_NUMBERS)  # of its files; the job has another
    keys = {item.key: _with_number(item.key, number) for item in job.objects}
    answer = job.answer
    for key, own in keys.items():
        answer = answer.replace(key, own)

    def write() -> None:
        for item in job.objects:
            cloud.put_object(BUCKET, keys[item.key], item.read(), item.content_type)

    (job_id,) = add(cloud, 1, json.loads(answer), JobPlan(analysing_seconds=seconds))
    writer = threading.Timer(max(0.0, seconds - _WRITTEN_BEFORE), write)
    writer.daemon = True
    writer.start()
    return job_id


def _with_number(key: str, number: int) -> str:
    stem, dot, ending = key.rpartition(".")
    return f"{stem}-{number}{dot}{ending}"


def add(
    cloud: CloudClient,
    count: int,
    answer: dict[str, Any],
    plan: JobPlan = JobPlan(),  # noqa: B008 - frozen
) -> list[str]:
    """Add jobs with this answer, finished unless planned; returns their IDs."""
    ids = [f"{next(_NUMBERS):032x}" for _ in range(count)]
    for start in range(0, count, _BATCH):
        batch = ids[start : start + _BATCH]
        cloud.put_jobs([({**answer, "JobId": job_id}, plan) for job_id in batch])
    return ids


def event(ids: Sequence[str]) -> bytes:
    """Return the event of a direct call."""
    return json.dumps({"jobIds": list(ids)}).encode()
