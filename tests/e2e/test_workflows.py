"""A CloudFlow step waits for its callback at no cost, and is told at least once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from local.faults import FaultRule
from local.jobs.plan import JobPlan
from tests.e2e.backlog import entries, make_due, tick, work_off
from tests.e2e.conftest import STATE, Stage
from tests.e2e.jobs import clip, job_id, message, seed

TOKEN = "djEjV2FpdEZvckNhbGxiYWNr=="


def step(*ids: str, **more: str) -> dict[str, Any]:
    """Build the body of a step that waits for a callback."""
    return {"jobIds": list(ids), "taskToken": TOKEN, **more}


def reports(stage: Stage) -> list[tuple[str, str]]:
    """Read the reports that CloudFlow received: the action and the status of each."""
    told = []
    for report in stage.cloud.task_reports():
        assert report.task_token == TOKEN
        told.append((report.action, json.loads(report.output or report.cause)["status"]))
    return told


def test_finished_job_is_reported_at_once(stage: Stage) -> None:
    """The step waits for its callback, and without one the flow stops until it times out."""
    seed(stage.cloud, [1])
    assert stage.answer(step(job_id(1)))["status"] == "complete"
    assert reports(stage) == [("ReportTaskSucceeded", "complete")]
    (report,) = stage.cloud.task_reports()
    (job,) = json.loads(report.output)["jobs"]
    assert job["manifest"]["key"] == f"manifests/{job_id(1)}.json"


def test_unfinished_job_is_parked_with_its_token_and_reported_when_it_ends(stage: Stage) -> None:
    """Only with the token can the step be reached later, so it must be kept with the job."""
    seed(stage.cloud, [1], JobPlan(queuing_queries=1))
    assert stage.answer(step(job_id(1)))["status"] == "pending"
    ((_, entry),) = entries(stage.cloud).items()
    assert entry["taskToken"] == TOKEN
    assert not reports(stage)
    work_off(stage)
    assert reports(stage) == [("ReportTaskSucceeded", "complete")]


def test_return_keeps_the_job_the_callers(stage: Stage) -> None:
    """A caller who wants to ask again itself must get neither an entry nor a callback."""
    seed(stage.cloud, [1], JobPlan(queuing_queries=1))
    assert stage.answer(step(job_id(1), onPending="return"))["status"] == "pending"
    assert not entries(stage.cloud)
    assert not reports(stage)


@pytest.mark.parametrize(
    ("prepare", "error"),
    [
        (lambda stage: stage.cloud.put_job(clip(1, "Fail")), "JobFailed"),
        (lambda _stage: None, "JobRejected"),
    ],
    ids=["failed", "foreign"],
)
def test_failure_is_reported_as_such(stage: Stage, prepare: Any, error: str) -> None:
    """A flow branches on the error, so a failed or rejected job must not look like success."""
    prepare(stage)
    stage.answer(step(job_id(1)))
    (report,) = stage.cloud.task_reports()
    assert (report.action, report.error) == ("ReportTaskFailed", error)
    assert json.loads(report.cause)["jobs"][0]["reason"]


def test_job_that_never_ends_is_reported_expired(stage: Stage) -> None:
    """Without this report the flow would wait for a job that nobody looks at any more."""
    seed(stage.cloud, [1], JobPlan(queuing_queries=99))
    stage.answer(step(job_id(1)))
    make_due(stage.cloud, first_seen=timedelta(hours=80))
    stage.answer(tick())
    (report,) = stage.cloud.task_reports()
    assert (report.action, report.error) == ("ReportTaskFailed", "JobExpired")


def test_partial_manifest_is_reported_as_soon_as_it_exists(stage: Stage) -> None:
    """A flow can work with what is there and must not wait for files that may never come."""
    stage.cloud.put_job(clip(1))
    stage.answer(step(job_id(1)))
    assert reports(stage) == [("ReportTaskSucceeded", "partial")]


def test_one_token_of_several_jobs_is_reported_when_the_last_one_ends(stage: Stage) -> None:
    """The step must go on only when all its jobs have ended, and learn how each of them did."""
    seed(stage.cloud, [1, 2])
    seed(stage.cloud, [3], JobPlan(queuing_queries=1))
    seed(stage.cloud, [4], JobPlan(queuing_queries=3))
    stage.cloud.put_job(clip(5, "Fail"))
    ids = [job_id(number) for number in range(1, 7)]  # the sixth is foreign
    stage.answer(step(*ids))
    assert not reports(stage)
    work_off(stage)
    assert reports(stage) == [("ReportTaskSucceeded", "mixed")]
    told = json.loads(stage.cloud.task_reports()[0].output)
    statuses = {job["jobId"]: job["status"] for job in told["jobs"]}
    expected = ["complete"] * 4 + ["failed", "rejected"]
    assert statuses == dict(zip(ids, expected, strict=True))
    assert not stage.list_keys(f"{STATE}tasks/")


@pytest.mark.parametrize(
    "rule",
    [
        FaultRule("error", service="fnf", status=503, code="ServiceUnavailable", times=1),
        FaultRule("reset", service="fnf", times=1),
        FaultRule("reset", service="fnf", times=1, when="after"),
        FaultRule("error", service="fnf", status=403, code="Forbidden.RAM", times=1),
        FaultRule("error", service="fnf", status=400, code="InvalidArgument", times=1),
        FaultRule("throttle", service="fnf", times=1),
    ],
    ids=["503", "reset", "told twice", "no permission", "invalid", "throttled"],
)
def test_report_that_fails_is_said_again(stage: Stage, rule: FaultRule) -> None:
    """A token that was used already is no error."""
    seed(stage.cloud, [1])
    stage.cloud.add_fault(rule)
    assert stage.answer(step(job_id(1)))["status"] == "complete"
    ((_, entry),) = entries(stage.cloud).items()
    assert entry["taskToken"] == TOKEN
    work_off(stage)
    assert reports(stage) == [("ReportTaskSucceeded", "complete")]


def test_report_of_many_failures_fits(stage: Stage) -> None:
    """CloudFlow takes 4,096 characters of a cause, and a step that is not told waits in vain."""
    ids = [job_id(number) for number in range(60)]
    for number in range(60):
        stage.cloud.put_job(clip(number, "Fail"))
    stage.answer(step(*ids))
    (report,) = stage.cloud.task_reports()
    assert report.error == "JobFailed"
    told = json.loads(report.cause)
    assert told["counts"]["failed"] == 60
    assert told["truncated"]
    assert 0 < len(told["jobs"]) < 60
    assert not stage.list_keys(f"{STATE}tasks/")


def test_requests_for_a_task_grow_with_its_jobs(own_stage: Stage) -> None:
    """Counted at the services, also at a replay: each job looks for one other at most."""
    seed(own_stage.cloud, range(40))
    for number in (10, 20, 40, 40):
        own_stage.cloud.reset_requests()
        own_stage.answer(step(*map(job_id, range(number)), taskToken=f"token-{number}"))
        about_tasks = [
            each for each in own_stage.requests() if each.key.startswith(f"{STATE}tasks")
        ]
        assert 3 * number <= len(about_tasks) <= 5 * number + 5


def test_token_nobody_knows_does_not_come_back(stage: Stage) -> None:
    """A step that is over can never be reached, so trying again would be in vain for ever."""
    seed(stage.cloud, [1])
    rule = FaultRule("error", service="fnf", status=400, code="InvalidTaskToken")
    stage.cloud.add_fault(rule)
    assert stage.answer(step(job_id(1)))["status"] == "complete"
    assert not entries(stage.cloud)


def test_token_is_never_logged(stage: Stage) -> None:
    """Whoever reads a token in the log could answer in the function's place."""
    seed(stage.cloud, [1], JobPlan(queuing_queries=1))
    stage.cloud.add_fault(FaultRule("reset", service="fnf", times=1))
    stage.answer(step(job_id(1)))
    work_off(stage)
    assert TOKEN not in "".join(stage.log)


def test_same_job_with_and_without_a_token_is_reported(stage: Stage) -> None:
    """The entry without a token must not displace the one whose step is waiting."""
    seed(stage.cloud, [1], JobPlan(queuing_queries=2))
    stage.answer(message([job_id(1)]))
    stage.answer(step(job_id(1)))
    work_off(stage)
    assert reports(stage) == [("ReportTaskSucceeded", "complete")]
