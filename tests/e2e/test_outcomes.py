"""What goes wrong has a clear outcome."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from local.environment import function_config
from local.faults import FaultRule
from local.fc.host import FunctionHost
from local.jobs.plan import JobPlan
from tests.e2e.conftest import BUCKET, STATE, Stage, StageMaker
from tests.payloads import MPS, load
from tests.validators import assert_valid

JOB = "8a8753a54e6a4a0f9128ccecbefe9948"
PATHS = ("/Result/Data/result/0/file", "/Result/Data/result/1/file")


def job(stage: Stage, *files: object, name: str = "VideoClip", **changes: Any) -> str:
    """Put a finished job that lists these files into the service; return its ID."""
    data = json.dumps({"result": [{"file": file} for file in files]}, ensure_ascii=False)
    result = json.dumps({"Code": "Success", "Message": "ok", "Data": data}, ensure_ascii=False)
    template = f"oss://{BUCKET}.oss-cn-shanghai.aliyuncs.com/out/{{source}}-{{timestamp}}.mp4"
    answer = {
        "JobId": JOB,
        "FunctionName": name,
        "State": "Success",
        "Input": f"oss://{BUCKET}.oss-cn-shanghai.aliyuncs.com/in/example.mp4",
        "Output": template,
        "Result": result,
        **changes,
    }
    stage.cloud.put_job(answer)
    return JOB


def outcome(stage: Stage) -> dict[str, Any]:
    """Collect the job and give its valid manifest."""
    stage.answer({"jobId": JOB})
    manifest = stage.manifest(JOB)
    assert_valid(manifest)
    return manifest


def errors(manifest: dict[str, Any]) -> list[str]:
    return [item["type"] for item in manifest["problems"] if item["severity"] == "error"]


def test_unknown_algorithm_is_read_and_noted(stage: Stage) -> None:
    """A new algorithm of the vendor must get its manifests without a new release of ours."""
    stage.cloud.put_object(BUCKET, "out/a.txt", b"a")
    job(stage, "out/a.txt", name="VideoDreaming")
    manifest = outcome(stage)
    assert manifest["status"] == "complete"
    assert manifest["resources"][0]["status"] == "available"
    assert [item["type"] for item in manifest["problems"]] == ["unknown-algorithm"]


@pytest.mark.parametrize("data", ["not json at all", '{"result":[{"file":"out/a.mp4"', "[1, 2"])
def test_broken_data_is_told(stage: Stage, data: str) -> None:
    """Unreadable data must be reported and kept, and never taken for a job without files."""
    job(stage, Result=json.dumps({"Code": "Success", "Data": data}))
    manifest = outcome(stage)
    assert manifest["status"] == "partial"
    assert errors(manifest) == ["unreadable-result", "nothing-listed"]
    assert manifest["answer"]["Result"]["Data"] == data


def test_foreign_job_id_is_rejected_once(stage: Stage) -> None:
    """MPS answers 200 without any state for the ID of another kind of job."""
    for _ in range(2):
        answer = stage.answer({"jobId": JOB})
        assert answer["status"] == "rejected"
        assert "has no state" in answer["jobs"][0]["reason"]
    (entry,) = stage.quarantined()
    assert json.loads(entry["payload"]) == {"api": "mps", "jobId": JOB}
    assert not stage.list_keys("manifests/")


def test_wrong_signature_is_pending_and_parked(stage: Stage) -> None:
    """Keys that only the API refuses: the job is kept for when they are right."""
    job(stage, "out/a.mp4")
    stage.cloud.add_fault(
        FaultRule("error", service="mps", status=400, code="SignatureDoesNotMatch", message="x:y")
    )
    answer = stage.answer({"jobId": JOB, "onPending": "park"})
    assert answer["jobs"][0]["status"] == "pending"
    assert "SignatureDoesNotMatch" in answer["jobs"][0]["reason"]
    assert len(stage.list_keys(f"{STATE}backlog/")) == 1


def test_wrong_secret_is_told_and_nothing_is_lost(stage: Stage) -> None:
    """Where OSS refuses the keys, too, nothing can be kept: the trigger must deliver again."""
    job(stage, "out/a.mp4")
    wrong = replace(stage.cloud.credentials, access_key_secret="not-the-secret")
    config = function_config(stage.cloud, bucket=BUCKET)
    with FunctionHost(replace(config, credentials=lambda: wrong)) as host:
        payload = host.invoke(json.dumps({"jobId": JOB, "onPending": "park"}).encode()).payload
    answer = json.loads(payload)
    assert answer["errorType"] == "TemporarilyUnavailable"
    assert "SignatureDoesNotMatch" in answer["errorMessage"]
    assert "not-the-secret" not in payload.decode()


def test_missing_bucket_is_told(make_stage: StageMaker) -> None:
    """The results' bucket is allowed and gone."""
    stage = make_stage({"ALLOWED_BUCKETS": f"{BUCKET},gone-bucket"})
    job(stage, "out/a.mp4", Output="oss://gone-bucket/out/{source}.mp4")
    manifest = outcome(stage)
    (file,) = manifest["resources"]
    assert (file["status"], file["bucket"]) == ("missing", "gone-bucket")
    assert "NoSuchBucket" in file["error"]["detail"]


def test_missing_home_bucket_raises(make_stage: StageMaker) -> None:
    """Without its bucket the function can keep nothing, so the trigger must deliver again."""
    stage = make_stage({"BUCKET": "no-such-bucket"})
    job(stage)
    invocation = stage.invoke({"jobId": JOB, "onPending": "park"})
    answer = json.loads(invocation.payload)
    assert answer["errorType"] == "TemporarilyUnavailable"
    assert "NoSuchBucket" in answer["errorMessage"]


def test_denied_object_does_not_hide_the_others(stage: Stage) -> None:
    """One forbidden file must not cost the facts of all others."""
    for key in ("out/a.mp4", "secret/b.mp4"):
        stage.cloud.put_object(BUCKET, key, b"x")
    stage.cloud.deny(BUCKET, "secret/", ["GetObject"])
    job(stage, "secret/b.mp4", "out/a.mp4")
    manifest = outcome(stage)
    assert [file["status"] for file in manifest["resources"]] == ["denied", "available"]
    assert [file["origin"] for file in manifest["resources"]] == list(PATHS)
    assert manifest["resources"][0]["error"]["type"] == "access-denied"


def test_other_buckets_are_never_touched(own_stage: Stage) -> None:
    """An answer must not be able to make the function read a bucket that nobody allowed."""
    job(
        own_stage, "oss://other-bucket/a.mp4", "https://other-bucket.oss-cn-shanghai.aliyuncs.com/b"
    )
    manifest = outcome(own_stage)
    assert {file["status"] for file in manifest["resources"]} == {"denied"}
    assert {file["error"]["type"] for file in manifest["resources"]} == {"bucket-not-allowed"}
    assert {request.bucket for request in own_stage.requests()} <= {"", BUCKET}


@pytest.mark.parametrize(
    "listed",
    [
        "../../etc/passwd",
        "out/../../x.mp4",
        "/out/a.mp4",
        "http://media-results.oss-cn-shanghai.aliyuncs.com/out/a.mp4",
        "ftp://media-results/out/a.mp4",
        "file:///etc/passwd",
        "https://example.com/a.mp4",
        "https://media-results.oss-cn-shanghai.aliyuncs.com.example.com/a.mp4",
        "oss fail to save the image in the given bucket",
        "a\nb.mp4",
        "x" * 1100,
        5,
        True,
    ],
)
def test_what_is_no_path_is_never_fetched(own_stage: Stage, listed: object) -> None:
    """Paths come from outside, and a crafted one must not lead anywhere."""
    job(own_stage, listed)
    manifest = outcome(own_stage)
    (file,) = manifest["resources"]
    assert (file["status"], file["error"]["type"]) == ("error", "invalid-path")
    assert not {"key", "path", "bucket"} & set(file)
    assert "HeadObject" not in own_stage.actions()


@pytest.mark.parametrize(
    "key",
    [
        "out/a b.mp4",
        "out/视频 1.mp4",
        "out/a+b.mp4",
        "out/50%25 off.mp4",
        "out/a%2Fb.mp4",
        "out/ü?#&=.mp4",
    ],
)
def test_odd_keys_are_found(stage: Stage, key: str) -> None:
    """A key that is decoded once too often would name another object."""
    stage.cloud.put_object(BUCKET, key, b"12345")
    job(stage, key)
    (file,) = outcome(stage)["resources"]
    assert (file["status"], file["bytes"], file["key"]) == ("available", 5, key)


@pytest.mark.parametrize(
    "listed",
    [
        "oss://media-results/out/a b.mp4",
        "oss://media-results.oss-cn-hangzhou.aliyuncs.com/out/a b.mp4",
        "https://media-results.oss-cn-hangzhou.aliyuncs.com/out/a%20b.mp4?Signature=secret",
    ],
)
def test_urls_count_as_the_objects_they_name(stage: Stage, listed: str) -> None:
    """An answer may name a file by URL, whose signature must not reach the manifest."""
    stage.cloud.put_object(BUCKET, "out/a b.mp4", b"12345")
    job(stage, listed)
    manifest = outcome(stage)
    (file,) = manifest["resources"]
    assert (file["status"], file["key"]) == ("available", "out/a b.mp4")
    assert "secret" not in json.dumps(manifest)


@pytest.mark.parametrize(
    ("event", "piece"),
    [
        (b"\x00\xff\xfe garbage", b"\x00\xff\xfe garbage"),
        (b"garbage", b"garbage"),
        (b"{broken", b"{broken"),
        (b'"text"', b'"text"'),
        (b"[[1]]", b"[1]"),  # the smallest piece is the element
    ],
)
def test_garbage_is_quarantined_and_not_raised(stage: Stage, event: bytes, piece: bytes) -> None:
    """An error would make the trigger deliver the same garbage again and again."""
    assert stage.answer(event)["status"] == "rejected"
    (key,) = stage.list_keys(f"{STATE}rejected/")
    assert key == f"{STATE}rejected/{hashlib.sha256(piece).hexdigest()}.json"
    (entry,) = stage.quarantined()
    is_text = entry.get("encoding") is None
    kept = entry["payload"].encode() if is_text else base64.b64decode(entry["payload"])
    assert kept == piece


@pytest.mark.parametrize(
    "event",
    [{"jobId": 5}, {"jobIds": ["a/b"]}, {"jobId": "x", "api": "vod"}, {"taskToken": "t"}],
)
def test_unusable_direct_body_is_told_to_its_caller(stage: Stage, event: object) -> None:
    """A direct caller can correct its mistake, so an error helps more than the quarantine."""
    invocation = stage.invoke(event)
    assert json.loads(invocation.payload)["errorType"] == "InvalidEvent"
    over_http = {"requestContext": {"http": {"method": "POST"}}, "body": json.dumps(event)}
    assert stage.answer(over_http)["statusCode"] == 400


@pytest.mark.parametrize("event", [b"", b"[]", b'{"jobIds": []}', b" \n"])
def test_event_without_any_job_is_empty(stage: Stage, event: bytes) -> None:
    """An event with nothing to do must not fail, or its trigger would deliver it again."""
    assert stage.answer(event)["status"] == "empty"


@pytest.mark.slow
def test_more_ids_in_one_event_than_an_answer_lists(make_stage: StageMaker) -> None:
    """All end; the answer counts them and stays below 48 KiB."""
    stage = make_stage({"API_QPS": "100000"}, timeout=300)
    stage.cloud.configure(api_qps=None)
    answer = load(MPS / "query" / "VideoSplit.json")
    ids = [f"{number:032x}" for number in range(1500)]
    stage.cloud.put_jobs([(answer | {"JobId": each}, JobPlan()) for each in ids])
    invocation = stage.invoke("\n".join(ids))
    result = json.loads(invocation.payload)
    assert result["counts"]["complete"] == 1500
    assert result["truncated"]
    assert len(invocation.payload) <= 48 * 1024
    assert len(stage.list_keys("manifests/")) == 1500


def test_the_same_job_twice_in_one_event_is_asked_for_once(own_stage: Stage) -> None:
    """Repeated IDs must not use up the small query quota of the account."""
    job(own_stage)
    own_stage.answer({"jobIds": [JOB, JOB, JOB]})
    assert own_stage.actions().count("QueryIProductionJob") == 1


def test_replay_writes_nothing(own_stage: Stage) -> None:
    """Events are delivered more than once, which must leave the bucket as it was."""
    own_stage.cloud.put_object(BUCKET, "out/a.mp4", b"a")
    job(own_stage, "out/a.mp4")
    first = own_stage.answer({"jobId": JOB})
    before = own_stage.cloud.get_object(BUCKET, f"manifests/{JOB}.json")
    own_stage.cloud.reset_requests()
    assert own_stage.answer({"jobId": JOB}) == first
    assert own_stage.cloud.get_object(BUCKET, f"manifests/{JOB}.json") == before
    writes = [r for r in own_stage.requests() if r.action == "PutObject" and r.status == 200]
    assert not writes


def test_a_better_manifest_is_never_replaced(stage: Stage) -> None:
    """Files may be moved away after a job, and a replay must not make its manifest worse."""
    stage.cloud.put_object(BUCKET, "out/a.mp4", b"a")
    job(stage, "out/a.mp4")
    stage.answer({"jobId": JOB})
    stage.cloud.delete_object(BUCKET, "out/a.mp4")
    answer = stage.answer({"jobId": JOB})
    assert answer["status"] == "complete"
    assert stage.manifest(JOB)["status"] == "complete"


def test_a_worse_manifest_is_replaced(stage: Stage) -> None:
    """A partial manifest must not stand for ever once all files are there."""
    job(stage, "out/a.mp4")
    assert stage.answer({"jobId": JOB})["status"] == "partial"
    stage.cloud.put_object(BUCKET, "out/a.mp4", b"a")
    assert stage.answer({"jobId": JOB})["status"] == "complete"
    assert stage.manifest(JOB)["status"] == "complete"
