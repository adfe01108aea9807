"""Races on one manifest: on plain, versioned and protected buckets the better one stays."""

from __future__ import annotations

import json
from time import time

import pytest

from local.client import LocalCloud
from local.faults import FaultRule
from local.fc.host import FunctionHost
from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.oss import OssStore
from mps_manifest.ports import Version
from mps_manifest.settings import read_settings
from tests.e2e.conftest import BUCKET, STATE, Stage, StageMaker
from tests.e2e.jobs import clip, job_id
from tests.waiting import wait_until

RACED = "raced-bucket"
KEY = f"manifests/{job_id(1)}.json"
ENVIRONMENT = {"BUCKET": RACED, "ALLOWED_BUCKETS": f"{BUCKET},{RACED}"}


@pytest.fixture(params=[False, True], ids=["plain", "versioned"])
def stage(request: pytest.FixtureRequest, make_stage: StageMaker) -> Stage:
    """Make a stage of its own: an instance remembers whether its bucket keeps versions."""
    made = make_stage(ENVIRONMENT, own=True)
    made.cloud.create_bucket(RACED, versioning=request.param)
    made.cloud.put_job(clip(1))
    return made


def status(cloud: LocalCloud) -> str:
    return str(json.loads(cloud.get_object(RACED, KEY))["status"])


def versions(cloud: LocalCloud) -> list[Version]:
    """List the versions of the manifest, newest first; a plain bucket has one."""
    environment = {"BUCKET": RACED, "REGION": cloud.region, "OSS_ENDPOINT": cloud.oss_endpoint}
    keys = cloud.credentials
    credentials = Credentials(keys.access_key_id, keys.access_key_secret, keys.security_token)
    connections = Connections(1)
    try:
        return OssStore(read_settings(environment), credentials, connections).versions(KEY)
    finally:
        connections.close()


def changes(stage: Stage) -> list[tuple[str, str]]:
    """List the requests that changed the bucket since the last reset, with their keys."""
    return [
        (request.action, request.key)
        for request in stage.requests()
        if request.action in {"PutObject", "DeleteObject"} and request.status < 300
    ]


def test_better_replaces_worse_and_never_the_reverse(stage: Stage) -> None:
    """Readers rely on this with and without versioning, where it is achieved differently."""
    assert stage.answer({"jobId": job_id(1)})["status"] == "partial"
    stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
    assert stage.answer({"jobId": job_id(1)})["status"] == "complete"
    stage.cloud.delete_object(BUCKET, "clips/1.mp4")
    assert stage.answer({"jobId": job_id(1)})["status"] == "complete"
    assert status(stage.cloud) == "complete"


def test_replay_leaves_no_trace(stage: Stage) -> None:
    """It writes nothing: neither over the manifest nor as another version of it."""
    stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
    first = stage.answer({"jobId": job_id(1)})
    before = versions(stage.cloud)
    stage.cloud.reset_requests()
    assert stage.answer({"jobId": job_id(1)}) == first
    assert changes(stage) == []
    assert versions(stage.cloud) == before
    assert len(before) == 1


def test_replay_withdraws_what_it_wrote_unaware_of_versions(make_stage: StageMaker) -> None:
    """Who may not ask whether the bucket keeps versions finds out by making a second one."""
    stage, later = (make_stage(ENVIRONMENT, own=True) for _ in range(2))
    stage.cloud.create_bucket(RACED, versioning=True)
    stage.cloud.deny(RACED, "", ["GetBucketVersioning"])
    stage.cloud.put_job(clip(1))
    stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
    first = stage.answer({"jobId": job_id(1)})
    before = versions(stage.cloud)
    stage.cloud.reset_requests()
    assert later.answer({"jobId": job_id(1)}) == first
    assert changes(later) == [("PutObject", KEY), ("DeleteObject", KEY)]
    assert versions(stage.cloud) == before


def test_lock_is_given_back(stage: Stage) -> None:
    """A lock left behind would delay the next improvement of the manifest."""
    stage.answer({"jobId": job_id(1)})
    stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
    stage.answer({"jobId": job_id(1)})
    assert not stage.cloud.list_keys(RACED, f"{STATE}locks/")


def test_many_at_once_agree(stage: Stage) -> None:
    """Eight instances, of which four saw no file and write last: the complete manifest stands."""
    writes = FaultRule("hold", action="PutObject", bucket=RACED, prefix=KEY, times=4)
    held = stage.cloud.add_fault(writes)
    event = json.dumps({"jobId": job_id(1)}).encode()
    with FunctionHost(stage.host.config, max_instances=8) as host:
        early = [host.invoke_async(event) for _ in range(4)]
        wait_until(lambda: stage.cloud.fault_fired(held) == 4, "four had seen no file")
        stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
        late = [host.invoke_async(event) for _ in range(4)]
        wait_until(lambda: [one.done() for one in late] == [True] * 4, "four had seen it")
        stage.cloud.clear_faults()
        answers = [future.result() for future in early + late]
    assert not any(answer.failed for answer in answers)
    assert status(stage.cloud) == "complete"
    assert "partial" not in [json.loads(answer.payload)["status"] for answer in answers[4:]]
    assert not stage.cloud.list_keys(RACED, f"{STATE}locks/")


def test_somebody_elses_lock_makes_the_job_pending(make_stage: StageMaker) -> None:
    """Two writers at once could replace the better manifest, so the second has to wait."""
    stage = make_stage()
    stage.cloud.put_job(clip(1))
    stage.answer({"jobId": job_id(1)})
    stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
    held = json.dumps({"until": time() + 60}).encode()
    stage.cloud.put_object(BUCKET, f"{STATE}locks/{job_id(1)}/00000001", held)
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


def test_protected_manifest_is_told_and_not_fought(make_stage: StageMaker) -> None:
    """Retention rules: a clear reason, the old manifest stands, and no storm of retries."""
    stage = make_stage(ENVIRONMENT, own=True)
    stage.cloud.create_bucket(RACED, immutable=True)
    stage.cloud.put_job(clip(1))
    assert stage.answer({"jobId": job_id(1)})["status"] == "partial"
    stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
    stage.cloud.reset_requests()
    (job,) = stage.answer({"jobId": job_id(1)})["jobs"]
    assert job["status"] == "partial"
    assert "protect the existing manifest" in job["reason"]
    assert status(stage.cloud) == "partial"
    refused = [request.action for request in stage.requests() if request.status == 409]
    assert refused == ["PutObject", "PutObject", "DeleteObject"]  # new, over the old, the lock
