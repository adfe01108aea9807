"""Every documented answer of both APIs goes through the real handler."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.jobs.plan import JobPlan
from tests.e2e.conftest import BUCKET, Stage, StageMaker
from tests.payloads import MPS, listed_paths, load, query_answers
from tests.validators import assert_valid

ANSWERS = list(query_answers())
NAMES = [f"{api}-{path.stem}" for api, path in ANSWERS]
BY_TEMPLATE = {"VideoDetext", "VideoH2V", "VideoDelogo", "ImageH2V", "ImageDelogo"}
WITHOUT_FILES = {"ims-AudioQualityAssessment", "mps-MusicSegmentDetect", "mps-VideoSplit"}
WITH_FILES = [case for case, name in zip(ANSWERS, NAMES, strict=True) if name not in WITHOUT_FILES]


@pytest.fixture
def stage(make_stage: StageMaker) -> Stage:
    """Allow the bucket `bucket` that the documented IMS answers name."""
    made = make_stage({"ALLOWED_BUCKETS": f"{BUCKET},bucket"})
    made.cloud.create_bucket("bucket")
    return made


def written(stage: Stage, api: str, answer: dict[str, Any]) -> list[str]:
    """Put every object of an answer where the job wrote it, and tell their keys."""
    bucket = BUCKET if api == "mps" else "bucket"
    keys = listed_paths(answer)
    if api == "mps" and answer["FunctionName"] in BY_TEMPLATE:
        template = answer["Output"].split("aliyuncs.com/")[1]
        keys = [template.replace("{source}", "example").replace("{timestamp}", "1602755353502")]
    for key in keys:
        stage.cloud.put_object(bucket, key, b"content of " + key.encode())
    return keys


def collected(stage: Stage, api: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Put a job into the service, invoke the function for it, and read its manifest."""
    stage.cloud.put_job(answer, api=api)
    stage.answer({"jobs": [{"jobId": answer["JobId"], "api": api}]})
    manifest = stage.manifest(answer["JobId"])
    assert_valid(manifest)
    return manifest


@pytest.mark.parametrize(("api", "path"), ANSWERS, ids=NAMES)
def test_documented_answer_becomes_a_complete_manifest(stage: Stage, api: str, path: Path) -> None:
    """An answer that is understood only in part would hide files its users have paid for."""
    answer = load(path)
    keys = written(stage, api, answer)
    manifest = collected(stage, api, answer)
    assert manifest["status"] == "complete"
    assert [file["key"] for file in manifest["resources"]] == keys
    assert {file["status"] for file in manifest["resources"]} <= {"available"}
    assert [file["bytes"] for file in manifest["resources"]] == [
        len(b"content of " + key.encode()) for key in keys
    ]
    assert manifest["job"]["functionName"] == answer["FunctionName"]
    assert manifest["job"]["userData"] == answer["UserData"]
    assert "RequestId" not in json.dumps(manifest["answer"])


@pytest.mark.parametrize(
    ("api", "path"), WITH_FILES, ids=lambda value: value if isinstance(value, str) else value.stem
)
def test_one_missing_file_makes_it_partial(stage: Stage, api: str, path: Path) -> None:
    """With no algorithm may success be reported for a file that is not there."""
    answer = load(path)
    keys = written(stage, api, answer)
    stage.cloud.delete_object(BUCKET if api == "mps" else "bucket", keys[-1])
    manifest = collected(stage, api, answer)
    assert manifest["status"] == "partial"
    assert [file["status"] for file in manifest["resources"]][-1] == "missing"
    assert all(file["status"] == "available" for file in manifest["resources"][:-1])
    faults = [problem for problem in manifest["problems"] if problem["severity"] == "error"]
    assert [fault["type"] for fault in faults] == ["missing"]


ERRORS = {
    "400-UnsupportedOperation": "pending",
    "Forbidden.RAM": "pending",
    "InternalError": "pending",
    "InvalidIdentity.ServiceDisabled": "pending",
    "InvalidParameter.NullValue": "rejected",
    "InvalidParameter.ResourceNotFound": "rejected",
    "InvalidParameter.UUIDFormatInvalid": "rejected",
    "PermissionDenied.ResourceAccess": "pending",
    "Throttling": "pending",
    "Throttling.User": "pending",
    "ice-IdempotentParameterMismatch": "pending",
    "ice-InvalidParameter.JobNotFound": "rejected",
}
STATUS = {"Forbidden.RAM": 403, "InternalError": 500}


@pytest.mark.parametrize("path", sorted((MPS / "errors").glob("*.json")), ids=lambda p: p.stem)
def test_documented_error_leads_to_its_outcome(stage: Stage, path: Path) -> None:
    """A job is rejected for what names its ID, and pending for everything else."""
    job_id, error = "8a8753a54e6a4a0f9128ccecbefe9948", load(path)
    api = "ims" if path.stem.startswith("ice-") else "mps"
    raw = path.read_text(encoding="utf-8")
    plan = JobPlan(raw=raw, status=STATUS.get(path.stem, 400))
    stage.cloud.put_job({"JobId": job_id, "State": "Success"}, plan, api)
    answer = stage.answer({"jobs": [{"jobId": job_id, "api": api}]})
    assert answer["status"] == ERRORS[path.stem]
    assert error["Code"] in answer["jobs"][0]["reason"]
    assert bool(stage.quarantined()) == (ERRORS[path.stem] == "rejected")


def test_reply_to_a_submission_is_understood(stage: Stage) -> None:
    """What SubmitIProductionJob answers can be passed on as it is."""
    reply = load(MPS / "submit" / "SubmitIProductionJob-response.json")
    answer = load(MPS / "query" / "VideoSplit.json") | {"JobId": reply["JobId"]}
    stage.cloud.put_job(answer)
    assert stage.answer(reply)["status"] == "complete"
