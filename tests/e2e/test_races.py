"""Races on one manifest: on plain, versioned and protected buckets the better one stays."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from local.client import LocalCloud
from local.environment import function_config
from local.fc.host import FunctionHost
from tests.e2e.conftest import BUCKET, STATE, Stage, StageMaker
from tests.e2e.jobs import clip, job_id

RACED = "raced-bucket"
KEY = f"manifests/{job_id(1)}.json"


@pytest.fixture(params=[False, True], ids=["plain", "versioned"])
def stage(request: pytest.FixtureRequest, make_stage: StageMaker) -> Stage:
    made = make_stage({"BUCKET": RACED, "ALLOWED_BUCKETS": f"{BUCKET},{RACED}"})
    made.cloud.create_bucket(RACED, versioning=request.param)
    made.cloud.put_job(clip(1))
    return made


def status(cloud: LocalCloud) -> str:
    return str(json.loads(cloud.get_object(RACED, KEY))["status"])


def test_better_replaces_worse_and_never_the_reverse(stage: Stage) -> None:
    """Readers rely on this with and without versioning, where it is achieved differently."""
    assert stage.answer({"jobId": job_id(1)})["status"] == "partial"
    stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
    assert stage.answer({"jobId": job_id(1)})["status"] == "complete"
    stage.cloud.delete_object(BUCKET, "clips/1.mp4")
    assert stage.answer({"jobId": job_id(1)})["status"] == "complete"
    assert status(stage.cloud) == "complete"


def test_replay_leaves_no_trace(stage: Stage) -> None:
    """On a plain bucket it writes nothing; on a versioned one it withdraws what it wrote."""
    stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
    first = stage.answer({"jobId": job_id(1)})
    before = stage.cloud.list_keys(RACED)
    assert stage.answer({"jobId": job_id(1)}) == first
    assert stage.cloud.list_keys(RACED) == before


def test_lock_is_given_back(stage: Stage) -> None:
    """A lock left behind would delay the next improvement of the manifest."""
    stage.answer({"jobId": job_id(1)})
    stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
    stage.answer({"jobId": job_id(1)})
    assert not stage.cloud.list_keys(RACED, f"{STATE}locks/")


def test_many_at_once_agree(stage: Stage) -> None:
    """Eight instances, while the file comes: the complete manifest is what stands."""
    config = replace(stage.host.config, environment={**stage.host.config.environment})
    event = json.dumps({"jobId": job_id(1)}).encode()
    with FunctionHost(config, max_instances=8) as host:
        futures = [host.invoke_async(event) for _ in range(16)]
        stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
        futures += [host.invoke_async(event) for _ in range(16)]
        assert not any(future.result().failed for future in futures)
    stage.answer({"jobId": job_id(1)})
    assert status(stage.cloud) == "complete"


def test_somebody_elses_lock_makes_the_job_pending(make_stage: StageMaker) -> None:
    """Two writers at once could replace the better manifest, so the second has to wait."""
    stage = make_stage()
    stage.cloud.put_job(clip(1))
    stage.answer({"jobId": job_id(1)})
    stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
    stage.cloud.put_object(BUCKET, f"{STATE}locks/{job_id(1)}/00000001", b'{"until": 9e9}')
    answer = stage.answer({"jobId": job_id(1)})
    assert answer["status"] == "pending"
    assert "another invocation is replacing" in answer["jobs"][0]["reason"]


def test_lock_whose_lease_is_over_is_taken_over(make_stage: StageMaker) -> None:
    """A holder that was killed never unlocks, and its job must not wait for ever."""
    stage = make_stage()
    stage.cloud.put_job(clip(1))
    stage.answer({"jobId": job_id(1)})
    stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
    stage.cloud.put_object(BUCKET, f"{STATE}locks/{job_id(1)}/00000004", b'{"until": 4}')
    assert stage.answer({"jobId": job_id(1)})["status"] == "complete"
    assert not stage.list_keys(f"{STATE}locks/")


def test_protected_manifest_is_told_and_not_fought(stage: Stage) -> None:
    """Retention rules: a clear reason, the old manifest stands, and no storm of retries."""
    config = function_config(
        stage.cloud,
        bucket="kept-bucket",
        environment={"ALLOWED_BUCKETS": BUCKET},
    )
    stage.cloud.create_bucket("kept-bucket", immutable=True)
    with FunctionHost(config) as host:
        event = json.dumps({"jobId": job_id(1)}).encode()
        assert json.loads(host.invoke(event).payload)["status"] == "partial"
        stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
        stage.cloud.reset_requests()
        (job,) = json.loads(host.invoke(event).payload)["jobs"]
    assert job["status"] == "partial"
    assert "protect the existing manifest" in job["reason"]
    assert len(stage.cloud.requests()) < 15
