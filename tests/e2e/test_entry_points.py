"""The entry points, in the styles of both runtimes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from local.environment import function_config
from local.fc.host import FunctionHost
from mps_manifest import __version__
from tests.e2e.conftest import BUCKET, Stage, StageMaker
from tests.payloads import MPS, load

JOB = "8a8753a54e6a4a0f9128ccecbefe9948"
RUNTIMES = ["python3.10", "python3.12"]


def finished(stage: Stage, job_id: str = JOB) -> None:
    """Put a job that is done and lists no file into the service."""
    stage.cloud.put_job(load(MPS / "query" / "VideoSplit.json") | {"JobId": job_id})


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_both_runtimes_work(make_stage: StageMaker, runtime: str) -> None:
    """3.10 has the keys in the context, 3.12 in the environment."""
    stage = make_stage(runtime=runtime)
    finished(stage)
    assert stage.answer({"jobId": JOB})["status"] == "complete"


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_handler_initializes_itself(stage: Stage, runtime: str) -> None:
    """A function that is deployed without an initializer must work all the same."""
    finished(stage)
    config = function_config(stage.cloud, bucket=BUCKET, runtime=runtime)
    with FunctionHost(replace(config, initializer=None)) as host:
        invocation = host.invoke(json.dumps({"jobId": JOB}).encode())
    assert json.loads(invocation.payload)["status"] == "complete"


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_new_keys_are_used_at_once(stage: Stage, runtime: str) -> None:
    """A token is replaced and the old one revoked, while the instance lives on."""
    finished(stage)
    keys = [stage.cloud.issue_token("first")]
    config = function_config(stage.cloud, bucket=BUCKET, runtime=runtime)
    with FunctionHost(replace(config, credentials=lambda: keys[-1])) as host:
        event = json.dumps({"jobId": JOB}).encode()
        first = host.invoke(event)
        keys.append(stage.cloud.issue_token("second"))
        stage.cloud.revoke_token(keys[0].security_token)
        second = host.invoke(event)
    assert first.instance_id == second.instance_id
    assert json.loads(second.payload)["status"] == "complete"


def test_bad_settings_are_named_all_at_once(stage: Stage) -> None:
    """Each correction costs a deployment, so all mistakes must show in the first error."""
    config = function_config(stage.cloud, environment={"BUCKET": "No!", "API_QPS": "fast"})
    with FunctionHost(config) as host:
        invocation = host.invoke(b"{}")
    assert invocation.error_type == "InitializationError"
    answer = json.loads(invocation.payload)
    assert answer["errorType"] == "ConfigurationError"
    assert "BUCKET" in answer["errorMessage"]
    assert "API_QPS" in answer["errorMessage"]


def test_sweep_is_a_second_function_of_the_same_code(make_stage: StageMaker) -> None:
    """It ignores what woke it, unless a timer's payload names jobs."""
    stage = make_stage(handler="index.sweep")
    finished(stage)
    assert stage.answer(b"anything")["status"] == "empty"
    tick = {"triggerTime": "2026-01-01T00:00:00Z", "triggerName": "sweep", "payload": JOB}
    assert stage.answer(tick)["status"] == "complete"


def test_http_answers_with_the_return_value(stage: Stage) -> None:
    """HTTP clients need status, content type and the same answer as any other caller."""
    finished(stage)
    event = {"requestContext": {"http": {"method": "POST"}}, "body": json.dumps({"jobId": JOB})}
    answer = stage.answer(event)
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "application/json"
    assert json.loads(answer["body"])["status"] == "complete"


def test_the_line_of_metrics_names_the_release(stage: Stage) -> None:
    """Who compares two days of metrics sees what was deployed between them."""
    lines = [
        json.loads(line)
        for line in stage.invoke(b"[]").log.splitlines()
        if line.startswith("{") and '"metrics"' in line
    ]
    assert [line["version"] for line in lines] == [__version__]
