"""Every action of every role is needed by something, and what needs it fails without it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import time
from typing import Any

import pytest

from deploy.yaml_loader import safe_load
from local import sample_jobs
from local.client import LocalCloud
from local.jobs.plan import JobPlan
from local.template_deployment import TEMPLATE, TemplateDeployment
from local.triggers import OssRecord
from tests.e2e.backlog import entries, make_due, tick
from tests.e2e.conftest import BUCKET, STATE
from tests.e2e.jobs import clip, job_id, message

RESULTS = "job-results"
PARAMETERS = {
    "Bucket": BUCKET,
    "AllowedBuckets": RESULTS,  # the home bucket's own prefixes are allowed by name only
    "Runtime": "python3.12",
    "ApiQps": "1000",
    "AnnounceTopic": "manifests",
}
SAMPLES = {job.name: job for job in sample_jobs.load()}
JOB = job_id(1)

Deployment = TemplateDeployment[LocalCloud]


# --- what works with all rights: each returns whether it did --------------------------------------


def seed(deployment: Deployment, plan: JobPlan = JobPlan(), *, file: bool = True) -> None:  # noqa: B008 - frozen
    """Put a clip into the service, and perhaps its file into the bucket of results."""
    answer = json.loads(json.dumps(clip(1)).replace(BUCKET, RESULTS))
    deployment.cloud.put_jobs([(answer, plan)])
    if file:
        deployment.cloud.put_object(RESULTS, "clips/1.mp4", b"video")


def status(deployment: Deployment, job: str = JOB, **more: str) -> str:
    """Ask the function for one job."""
    body = json.dumps({"jobs": [{"jobId": job, "api": more.pop("api", "mps")}], **more})
    answer: dict[str, Any] = json.loads(deployment.function.invoke(body.encode()).payload)
    return str(answer.get("status", answer.get("errorType")))


def a_result_is_read(deployment: Deployment) -> bool:
    seed(deployment)
    return status(deployment) == "complete"


def a_result_is_looked_for(deployment: Deployment) -> bool:
    job = SAMPLES["mps-VideoDetext"]
    sample_jobs.seed(deployment.cloud, RESULTS, [job])
    return status(deployment, job.job_id) == "complete"


def a_job_of_ims_is_asked_about(deployment: Deployment) -> bool:
    job = SAMPLES["ims-VideoClip"]
    sample_jobs.seed(deployment.cloud, RESULTS, [job])
    return status(deployment, job.job_id, api="ims") == "complete"


def a_manifest_is_written(deployment: Deployment) -> bool:
    seed(deployment)
    status(deployment)
    return deployment.cloud.list_keys(BUCKET, "manifests/") == [f"manifests/{JOB}.json"]


def a_parked_job_is_finished(deployment: Deployment) -> bool:
    seed(deployment, JobPlan(queuing_queries=1))
    status(deployment, onPending="park")
    make_due(deployment.cloud)
    deployment.function.invoke(tick())  # of the role of sweeps, which would wait for what fails
    return deployment.cloud.list_keys(BUCKET, "manifests/") == [f"manifests/{JOB}.json"]


def its_entry_goes(deployment: Deployment) -> bool:
    return a_parked_job_is_finished(deployment) and not entries(deployment.cloud)


def an_event_that_never_ended_is_parked(deployment: Deployment) -> bool:
    """Deliver an event whose record says that an earlier delivery died over it."""
    event = message([JOB, job_id(2)])
    record = json.dumps({"until": time() - 60, "jobs": []}).encode()
    key = f"{STATE}started/{sha256(event).hexdigest()}.json"
    deployment.cloud.put_object(BUCKET, key, record)
    seed(deployment)
    answer = json.loads(deployment.function.invoke(event).payload)
    return bool(answer["counts"]["pending"] == 2)


def an_incomplete_version_is_kept(deployment: Deployment) -> bool:
    seed(deployment, file=False)
    return status(deployment) == "partial"


def a_better_version_is_compared(deployment: Deployment) -> bool:
    seed(deployment, file=False)
    status(deployment)
    deployment.cloud.put_object(RESULTS, "clips/1.mp4", b"video")
    return status(deployment) == "complete"


def reports(deployment: Deployment) -> list[str]:
    return [report.action for report in deployment.cloud.task_reports() if not report.refusal]


def a_step_is_told_of_success(deployment: Deployment) -> bool:
    seed(deployment)
    status(deployment, taskToken="token")
    return reports(deployment) == ["ReportTaskSucceeded"]


def a_step_is_told_of_failure(deployment: Deployment) -> bool:
    deployment.cloud.put_jobs([(clip(1, "Fail"), JobPlan())])
    status(deployment, taskToken="token")
    return reports(deployment) == ["ReportTaskFailed"]


def the_log_arrives(deployment: Deployment) -> bool:
    seed(deployment)
    status(deployment)
    return any('"message":"metrics"' in line for line in deployment.logs)


def a_failed_event_is_kept(deployment: Deployment) -> bool:
    deployment.cloud.reset()  # there is no bucket any more, so nothing can be finished or parked
    deployment.forget_keys()
    deployment.function.invoke_async(message([JOB])).result(120)
    return [json.loads(each)["requestPayload"] for each in deployment.failures] == [
        message([JOB]).decode()
    ]


def a_manifest_is_announced(deployment: Deployment) -> bool:
    seed(deployment)
    status(deployment)
    return len(deployment.cloud.published(PARAMETERS["AnnounceTopic"])) == 1


def a_ticket_calls_the_function(deployment: Deployment) -> bool:
    calls = deployment.dispatcher().deliver(OssRecord(BUCKET, "jobs/today.txt", 1))
    return len([call.result(60) for call in calls]) == 1


def the_flow_calls_the_function(deployment: Deployment) -> bool:
    seed(deployment)
    done = deployment.run_flow({"jobs": [{"jobId": JOB}]}, lambda _now: None)
    return [item["status"] for item in done.output["Items"]] == ["written"]


Works = Callable[[Deployment], bool]
NEEDED: Mapping[tuple[str, int, str], tuple[Works, bool]] = {
    # the role, which of its statements, the action: what needs it, and whether on versioned buckets
    ("FunctionRole", 0, "oss:GetObject"): (a_result_is_read, False),
    ("FunctionRole", 1, "oss:ListObjects"): (a_result_is_looked_for, False),
    ("FunctionRole", 2, "oss:GetObject"): (a_parked_job_is_finished, False),
    ("FunctionRole", 2, "oss:PutObject"): (a_manifest_is_written, False),
    ("FunctionRole", 2, "oss:GetObjectVersion"): (a_better_version_is_compared, True),
    ("FunctionRole", 2, "oss:DeleteObjectVersion"): (its_entry_goes, True),
    ("FunctionRole", 3, "oss:DeleteObject"): (its_entry_goes, False),
    ("FunctionRole", 4, "oss:ListObjects"): (a_parked_job_is_finished, False),
    ("FunctionRole", 4, "oss:ListObjectVersions"): (an_incomplete_version_is_kept, True),
    ("FunctionRole", 5, "oss:GetBucketVersioning"): (an_event_that_never_ended_is_parked, True),
    ("FunctionRole", 6, "mts:QueryIProductionJob"): (a_result_is_read, False),
    ("FunctionRole", 7, "ice:QueryIProductionJob"): (a_job_of_ims_is_asked_about, False),
    ("FunctionRole", 8, "fnf:ReportTaskSucceeded"): (a_step_is_told_of_success, False),
    ("FunctionRole", 8, "fnf:ReportTaskFailed"): (a_step_is_told_of_failure, False),
    ("FunctionRole", 9, "log:PostLogStoreLogs"): (the_log_arrives, False),
    ("FunctionRole", 10, "mns:SendMessage"): (a_failed_event_is_kept, False),
    ("FunctionRole", 11, "mns:PublishMessage"): (a_manifest_is_announced, False),
    ("TriggerRole", 0, "fc:InvokeFunction"): (a_ticket_calls_the_function, False),
    ("FlowRole", 0, "fc:InvokeFunction"): (the_flow_calls_the_function, False),
}


# --- the two ways --------------------------------------------------------------------------------


def document() -> dict[str, Any]:
    written: dict[str, Any] = safe_load(TEMPLATE.read_text(encoding="utf-8"))
    return written


def statements(template: Mapping[str, Any], role: str) -> list[dict[str, Any]]:
    (policy,) = template["Resources"][role]["Properties"]["Policies"]
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


@contextmanager
def deployed(
    cloud: LocalCloud, template: Path, *, versioning: bool
) -> Iterator[TemplateDeployment[LocalCloud]]:
    cloud.reset()
    cloud.create_bucket(BUCKET, versioning=versioning)
    cloud.create_bucket(RESULTS)
    deployment = TemplateDeployment(cloud, PARAMETERS, template=template)
    try:
        yield deployment
    finally:
        deployment.close()


def test_no_action_is_left_that_nothing_needs() -> None:
    """Each action of each statement of each role has its row, so that a new one has to get it."""
    template = document()
    roles = [
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "ALIYUN::RAM::Role"
    ]
    granted = {
        (role, number, action)
        for role in roles
        for number, statement in enumerate(statements(template, role))
        for action in statement["Action"]
    }
    assert granted == NEEDED.keys()


@pytest.mark.parametrize(
    ("works", "versioning"),
    dict.fromkeys(NEEDED.values()),
    ids=lambda value: getattr(value, "__name__", "versioned" if value else "plain"),
)
def test_it_works_with_the_template_s_roles(
    deployed_cloud: LocalCloud, works: Works, *, versioning: bool
) -> None:
    """What fails anyway would prove nothing about the right that is taken away."""
    with deployed(deployed_cloud, TEMPLATE, versioning=versioning) as deployment:
        assert works(deployment)


@pytest.mark.parametrize(("role", "number", "action"), NEEDED)
def test_it_fails_without_the_action(
    deployed_cloud: LocalCloud, tmp_path: Path, role: str, number: int, action: str
) -> None:
    """A right that can be taken away unnoticed is one that nobody would miss, or nobody tests."""
    works, versioning = NEEDED[role, number, action]
    template = copy.deepcopy(document())
    statements(template, role)[number]["Action"].remove(action)
    poorer = tmp_path / "template.yml"
    poorer.write_text(json.dumps(template), encoding="utf-8")  # which is YAML, too
    with deployed(deployed_cloud, poorer, versioning=versioning) as deployment:
        assert not works(deployment)
