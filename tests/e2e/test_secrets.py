"""No key, token, signature or signed URL is ever written anywhere."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from local.environment import function_config
from local.faults import FaultRule
from local.fc.host import FunctionHost
from tests.e2e.conftest import BUCKET, Stage
from tests.payloads import MPS, load

JOB = "8a8753a54e6a4a0f9128ccecbefe9948"
SIGNED = (
    "http://x.oss-cn-shanghai.aliyuncs.com/a.mp4?OSSAccessKeyId=K&Expires=1&Signature=S3CRET%3D"
)

FAULTS = [
    FaultRule("reset", service="mps"),
    FaultRule("reset", service="oss", when="after"),
    FaultRule("error", service="mps", status=503, code="ServiceUnavailable"),
    FaultRule("error", service="mps", status=400, code="SignatureDoesNotMatch", message="a:b"),
    FaultRule("error", service="oss", status=403, code="SignatureDoesNotMatch"),
    FaultRule("throttle", service="mps"),
    FaultRule("drop", service="mps", drop_after=10),
]


@pytest.mark.parametrize("debug", ["", "sdk"], ids=["quiet", "sdk debug"])
@pytest.mark.parametrize("fault", [None, *FAULTS], ids=lambda f: f and f"{f.service}-{f.effect}")
def test_nothing_secret_is_written(stage: Stage, fault: FaultRule | None, debug: str) -> None:
    """Not even where the core SDK's own debug switch is on."""
    answer = load(MPS / "query" / "VideoSplit.json")
    params = json.dumps({"bgimage": SIGNED})
    stage.cloud.put_job(answer | {"JobId": JOB, "JobParams": params, "UserData": SIGNED})
    if fault:
        stage.cloud.add_fault(replace(fault, times=3))
    environment = {"LOG_LEVEL": "DEBUG", **({"DEBUG": debug} if debug else {})}
    config = function_config(stage.cloud, bucket=BUCKET, environment=environment, timeout=6)
    with FunctionHost(config) as host:
        event = json.dumps({"jobId": JOB, "onPending": "park"}).encode()
        results = [host.invoke(event) for _ in range(2)]
    written = "".join(result.log + result.payload.decode() for result in results)
    for key in stage.list_keys():
        written += stage.cloud.get_object(BUCKET, key).decode()
    keys = stage.cloud.credentials
    for secret in (keys.access_key_id, keys.access_key_secret, keys.security_token):
        assert secret not in written
    assert "S3CRET" not in written
    assert "Signature=" not in written
