"""What the template deploys works under its own roles, and its flow plays."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local import sample_jobs
from local.client import LocalCloud
from local.fc.invocation import Invocation
from local.jobs.plan import JobPlan
from local.template_deployment import TEMPLATE, TemplateDeployment
from local.triggers import OssRecord, ims_event, mns_queue_stream
from tests.deployed.conftest import PARAMETERS
from tests.e2e.backlog import entries, make_due, tick
from tests.e2e.conftest import BUCKET, STATE, Stage
from tests.e2e.jobs import clip, job_id, seed
from tests.e2e.test_sample_jobs import WRONG
from tests.validators import assert_valid

JOBS = {job.name: job for job in sample_jobs.load()}


@pytest.mark.parametrize("name", JOBS)
def test_sample_job_under_the_template_s_role(stage: Stage, name: str) -> None:
    """A permission the role lacks would show as a denied file, or as no manifest at all."""
    job = JOBS[name]
    sample_jobs.seed(stage.cloud, BUCKET, [job])
    unfinished = job.plan.queuing_queries + job.plan.analysing_queries
    body = {"jobs": [{"jobId": job.job_id, "api": job.api}]}
    statuses = [stage.answer(body)["status"] for _ in range(unfinished + 1)]
    assert statuses == [*["pending"] * unfinished, WRONG.get(name, "complete")]
    manifest = stage.manifest(job.job_id)
    assert_valid(manifest)
    assert not [file for file in manifest["resources"] if file["status"] == "denied"]


def test_a_versioned_bucket_needs_no_more_than_the_role_has(
    deployment: TemplateDeployment[LocalCloud],
) -> None:
    """A bucket with versions needs further calls, which the role has to allow as well."""
    deployment.cloud.reset()
    deployment.cloud.create_bucket(BUCKET, versioning=True)
    deployment.forget_keys()
    stage = Stage(deployment.cloud, deployment.function)
    (one,) = seed(stage.cloud, [1])
    stage.cloud.delete_object(BUCKET, "clips/1.mp4")
    assert stage.answer({"jobIds": [one], "onPending": "park"})["status"] == "partial"
    stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
    make_due(stage.cloud)
    deployment.tick()
    assert stage.manifest(one)["status"] == "complete"
    assert not entries(stage.cloud)


def test_a_ticket_put_where_the_trigger_looks_is_worked_off(
    deployment: TemplateDeployment[LocalCloud],
) -> None:
    """The trigger's prefix, the code's and the right to read tickets must fit together."""
    seed(deployment.cloud, [1, 2])
    ticket = f"{job_id(1)}\n{job_id(2)}\n".encode()
    deployment.cloud.put_object(BUCKET, "jobs/today.txt", ticket)
    delivered = deployment.dispatcher().deliver(OssRecord(BUCKET, "jobs/today.txt", len(ticket)))
    assert [json.loads(each.result(30).payload)["status"] for each in delivered] == ["complete"]


@pytest.mark.parametrize("key", [f"manifests/{job_id(1)}.json", f"{STATE}backlog/x.json", "a.mp4"])
def test_nothing_the_function_writes_wakes_it_again(
    deployment: TemplateDeployment[LocalCloud], key: str
) -> None:
    """A trigger on its own output would call the function in an endless loop."""
    assert not deployment.dispatcher().deliver(OssRecord(BUCKET, key, 1))


def test_the_timer_calls_the_sweep(deployment: TemplateDeployment[LocalCloud]) -> None:
    """A timer that called something else would leave parked jobs where they are."""
    (one,) = seed(deployment.cloud, [1], JobPlan(queuing_queries=1))
    body = json.dumps({"jobIds": [one], "onPending": "park"}).encode()
    assert json.loads(deployment.function.invoke(body).payload)["status"] == "pending"
    make_due(deployment.cloud)
    assert json.loads(deployment.tick().payload)["status"] == "complete"


def test_an_event_of_ims_in_its_callback_queue_is_worked_off(
    deployed_cloud: LocalCloud,
) -> None:
    """The queue, the trigger on it, the API that is asked and the right to ask it go together."""
    deployed_cloud.reset()
    deployed_cloud.create_bucket(BUCKET)
    deployment = TemplateDeployment(deployed_cloud, {**PARAMETERS, "JobApi": "ims"})
    try:
        assert deployment.resolved.outputs["QueueName"] == "ice-callback-mps-manifest"
        job = next(job for job in JOBS.values() if job.api == "ims" and job.name not in WRONG)
        sample_jobs.seed(deployed_cloud, BUCKET, [job])
        event = mns_queue_stream([ims_event(job.job_id)])
        for _ in range(job.plan.queuing_queries + job.plan.analysing_queries + 1):
            answer = json.loads(deployment.function.invoke(event).payload)
    finally:
        deployment.close()
    assert [one["status"] for one in answer["jobs"]] == ["complete"]


MISSING = {
    "oss:PutObject": ("pending", "the manifest could not be written: AccessDenied"),
    "mts:QueryIProductionJob": ("pending", "Forbidden.RAM"),
    "oss:GetObject": ("partial", "access-denied"),
}


@pytest.mark.parametrize("action", MISSING)
def test_a_missing_permission_shows_on_the_laptop(
    deployed_cloud: LocalCloud, tmp_path: Path, action: str
) -> None:
    """The same template without one action no longer does its work."""
    deployed_cloud.reset()
    deployed_cloud.create_bucket(BUCKET)
    poorer = tmp_path / "template.yml"
    text = TEMPLATE.read_text(encoding="utf-8")
    assert action in text
    poorer.write_text(text.replace(f"'{action}'", "'oss:GetObjectAcl'"), encoding="utf-8")
    deployment = TemplateDeployment(deployed_cloud, PARAMETERS, template=poorer)
    try:
        (one,) = seed(deployed_cloud, [1])
        body = json.dumps({"jobIds": [one], "onPending": "return"}).encode()
        (job,) = json.loads(deployment.function.invoke(body).payload)["jobs"]
    finally:
        deployment.close()
    status, reason = MISSING[action]
    assert job["status"] == status
    assert job["reason"].startswith(reason)


def test_a_function_has_the_instances_that_are_reserved_for_it(deployed_cloud: LocalCloud) -> None:
    """With more or fewer the quota would not be shared out as it is where it is deployed."""
    parameters = {**PARAMETERS, "MaxInstances": "2"}
    calls: list[tuple[str, Invocation]] = []
    deployed_cloud.reset()
    deployed_cloud.create_bucket(BUCKET)
    deployment = TemplateDeployment(
        deployed_cloud, parameters, on_end=lambda name, outcome: calls.append((name, outcome))
    )
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(deployment.function.invoke, [b"[]"] * 6))
            list(pool.map(deployment.sweeper.invoke, [b"[]"] * 3))
        pids = [len(deployment.function.pids), len(deployment.sweeper.pids)]
    finally:
        deployment.close()
    assert pids == [2, 1]
    assert Counter(name for name, _ in calls) == {"mps-manifest": 6, "mps-manifest-sweep": 3}
    assert not [outcome for _, outcome in calls if outcome.failed]


# --- the flow ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.soak
def test_the_flow_waits_for_twenty_jobs_that_end_as_they_like(
    deployment: TemplateDeployment[LocalCloud],
) -> None:
    """Some are done, some finish late, one fails, one is unknown and one never ends."""
    cloud = deployment.cloud
    seed(cloud, range(1, 13))
    seed(cloud, range(13, 18), JobPlan(queuing_queries=3))
    cloud.put_jobs([(clip(18, "Fail"), JobPlan())])
    seed(cloud, [19], JobPlan(queuing_queries=10_000))
    # 20 is known to nobody
    done = deployment.run_flow(
        {"jobs": [{"jobId": job_id(number)} for number in range(1, 21)]},
        tick=lambda now: _minute(deployment, now),
    )
    assert done.status == "Succeeded"
    statuses = {item["jobId"]: item["status"] for item in done.output["Items"]}
    assert [statuses[job_id(n)] for n in range(1, 18)] == ["written"] * 17
    results = {item["jobId"]: item.get("result") for item in done.output["Items"]}
    assert [results[job_id(n)]["status"] for n in range(1, 18)] == ["complete"] * 17
    assert statuses[job_id(18)] == "failed"
    assert statuses[job_id(19)] == "unknown"
    assert statuses[job_id(20)] == "rejected"
    expected = [f"manifests/{job_id(number)}.json" for number in range(1, 19)]
    assert cloud.list_keys(BUCKET, "manifests/") == expected
    # one state for the whole, one for each job, and one more for each of the three that went wrong
    assert len(done.history) == 1 + 20 + 3


@pytest.mark.parametrize(
    "deliver",
    [
        lambda output: output,
        lambda output: {"Body": output},
        lambda output: {"Output": json.dumps(output)},
        json.dumps,
        lambda _output: None,
    ],
    ids=["as it is", "wrapped", "wrapped as text", "text", "nothing"],
)
def test_the_flow_does_not_care_how_a_report_is_handed_on(
    deployment: TemplateDeployment[LocalCloud], deliver: Callable[[Any], Any]
) -> None:
    """The manual does not say what a step gets, so the flow must work whatever that is."""
    seed(deployment.cloud, [1, 2])
    given = {"jobs": [{"jobId": job_id(1)}, {"jobId": job_id(2)}]}
    done = deployment.run_flow(given, lambda now: _minute(deployment, now), deliver)
    assert done.status == "Succeeded"
    assert [(item["jobId"], item["status"]) for item in done.output["Items"]] == [
        (job_id(1), "written"),
        (job_id(2), "written"),
    ]


def _minute(deployment: TemplateDeployment[LocalCloud], now: float) -> None:
    """Fire a timer, for as long as a sweep can make a difference.

    It is one of the function for events, whose sweeps do not wait for the job that never ends.
    """
    if now <= 1800:
        make_due(deployment.cloud)
        deployment.function.invoke(tick())
