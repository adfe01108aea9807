"""The sample jobs: one of each algorithm of both APIs, and a few that go wrong.

Their media fit together: what a job found is in what it was given, at the times that it tells.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from local.client import CloudClient
from local.jobs.plan import JobPlan
from local.sample_ids import JOBS

SAMPLES = Path(__file__).with_name("samples")
INPUTS = SAMPLES / "inputs"
MEDIA = SAMPLES / "media"

# What the sample files contain; at() replaces them.
SAMPLE_BUCKET = "media-results"
SAMPLE_REGION = "cn-shanghai"

# Where the jobs' inputs are, wherever their results go.
INPUT_BUCKET = "media-uploads"

# A well-formed ID of no job.
FOREIGN_JOB_ID = "0ceb045cd8df4db49f1c5bd4ace5f0e1"

Api = Literal["mps", "ims"]


@dataclass(frozen=True)
class SampleObject:
    """An object that a job was given or wrote."""

    key: str
    media: Path
    content_type: str

    def read(self) -> bytes:
        """Return the object's content."""
        return self.media.read_bytes()


@dataclass(frozen=True)
class SampleJob:
    """A job: the API's final answer as JSON text, its inputs, and the results that exist."""

    name: str
    api: Api
    job_id: str
    algorithm: str
    title: str
    answer: str
    plan: JobPlan
    inputs: tuple[SampleObject, ...]
    objects: tuple[SampleObject, ...]

    def at(self, bucket: str, region: str = SAMPLE_REGION) -> SampleJob:
        """Return the job with its results in another bucket or region."""
        answer = self.answer.replace(SAMPLE_BUCKET, bucket).replace(SAMPLE_REGION, region)
        return replace(self, answer=answer)


def load() -> list[SampleJob]:
    """Return all sample jobs by name."""
    return [_read(path) for path in sorted(JOBS.glob("*.json"))]


def _read(path: Path) -> SampleJob:
    """Read one file of jobs/."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    answer = document["answer"]
    return SampleJob(
        name=path.stem,
        api=document["api"],
        job_id=answer["JobId"],
        algorithm=answer["FunctionName"],
        title=document["title"],
        answer=json.dumps(answer, ensure_ascii=False),
        plan=JobPlan(**document["plan"]),
        inputs=_objects(document["inputs"], INPUTS),
        objects=_objects(document["objects"], MEDIA),
    )


def _objects(items: Iterable[dict[str, str]], folder: Path) -> tuple[SampleObject, ...]:
    return tuple(
        SampleObject(item["key"], folder / item["media"], item["contentType"]) for item in items
    )


def seed(cloud: CloudClient, bucket: str, jobs: Iterable[SampleJob] | None = None) -> None:
    """Add sample jobs (default: all) and their results to a cloud that has the bucket.

    Their inputs are added to a bucket of their own, which is created if need be.
    """
    wanted = load() if jobs is None else list(jobs)
    cloud.create_bucket(INPUT_BUCKET)
    for item in {item.key: item for job in wanted for item in job.inputs}.values():
        cloud.put_object(INPUT_BUCKET, item.key, item.read(), item.content_type)
    for job in wanted:
        moved = job.at(bucket, cloud.region)
        for item in moved.objects:
            cloud.put_object(bucket, item.key, item.read(), item.content_type)
        cloud.put_job(json.loads(moved.answer), moved.plan, moved.api)
