"""Manifests for other readers: the golden ones, and those that the function writes today."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import sample_jobs
from local.client import LocalCloud
from local.environment import function_config
from local.fc.host import FunctionHost
from tests.validators import GOLDEN

BUCKET = sample_jobs.SAMPLE_BUCKET


@pytest.fixture(scope="session")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the files of all manifests; those of today are of the sample jobs."""
    folder = tmp_path_factory.mktemp("manifests")
    for name, body in _written(tmp_path_factory.mktemp("cloud")):
        (folder / f"{name}.json").write_bytes(body)
    return [*GOLDEN, *sorted(folder.iterdir())]


def _written(data: Path) -> Iterator[tuple[str, bytes]]:
    jobs = sample_jobs.load()
    with LocalCloud.start(data) as cloud:
        cloud.create_bucket(BUCKET)
        sample_jobs.seed(cloud, BUCKET)
        settings = {"CAPTIONS_VTT": "true"}
        host = FunctionHost(function_config(cloud, bucket=BUCKET, environment=settings))
        try:
            for part in (jobs, *[[job for job in jobs if job.plan.queuing_queries]] * 2):
                event = {"jobs": [{"jobId": job.job_id, "api": job.api} for job in part]}
                host.invoke(json.dumps(event).encode())
        finally:
            host.close()
        for job in jobs:
            yield job.name, cloud.get_object(BUCKET, f"manifests/{job.job_id}.json")
