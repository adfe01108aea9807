"""Whatever breaks: after the dust settles every job has its one right manifest."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from local.environment import function_config
from local.faults import FaultRule
from local.fc.host import FunctionHost
from local.jobs.plan import JobPlan
from tests.e2e.backlog import key_of, make_due, tick, work_off
from tests.e2e.conftest import BUCKET, STATE, Stage, StageMaker
from tests.e2e.jobs import clip, job_id, message, seed
from tests.soaks import with_soaks

READY, LATER, FAILED, FOREIGN = range(16), range(16, 18), 18, 19
FIFTH = (
    FaultRule("error", probability=0.05),
    FaultRule("reset", probability=0.05),
    FaultRule("reset", probability=0.05, when="after"),
    FaultRule("drop", probability=0.02, drop_after=5),
    FaultRule("throttle", service="mps", probability=0.05),
)
JOBS = [job_id(number) for number in range(20)]


def seed_twenty(stage: Stage) -> bytes:
    """Sixteen jobs are ready, two still run, one failed, one is foreign."""
    seed(stage.cloud, READY)
    seed(stage.cloud, LATER, JobPlan(analysing_queries=1))
    stage.cloud.put_job(clip(FAILED, "Fail"))
    return message(JOBS)


def assert_all_ended(stage: Stage) -> None:
    """Every job has its right end, and nothing else is left."""
    expected = {**dict.fromkeys([*READY, *LATER], "complete"), FAILED: "failed"}
    found = {int(key[10:-5], 16) for key in stage.list_keys("manifests/")}
    assert found == set(expected)
    for number, status in expected.items():
        assert stage.manifest(job_id(number))["status"] == status
    (rejected,) = stage.quarantined()
    assert json.loads(rejected["payload"])["jobId"] == job_id(FOREIGN)
    # locks and records of starts that were left are removed by a sweep that has something to do
    kept = tuple(STATE + name for name in ("rejected/", "locks/", "started/", "durations.json"))
    assert not [key for key in stage.state() if not key.startswith(kept)]


KILLERS = 4
"""How many share the requests at which the function is killed, since it takes a minute in all."""
SELDOM = (1, 2, 3)
"""Which of them only make soak has: three of four requests, each of which costs a start."""


def requests_of_one_delivery(stage: Stage) -> int:
    stage.cloud.reset_requests()
    stage.deliver(seed_twenty(stage))
    return len(stage.requests())


@pytest.mark.slow
@pytest.mark.parametrize("first", with_soaks(range(KILLERS), SELDOM))
def test_killed_at_every_request(make_stage: StageMaker, first: int) -> None:
    """SIGKILL before the n-th request of the event, so after the one before it, for every n."""
    stage = make_stage(own=True)
    total = requests_of_one_delivery(stage)
    assert total > 50
    for nth in range(first, total, KILLERS):
        stage.cloud.reset()
        stage.cloud.create_bucket(BUCKET)
        event = seed_twenty(stage)
        stage.invoke(b"[]")
        (pid,) = stage.host.pids
        stage.cloud.add_fault(FaultRule("kill", after=nth, times=1, pid=pid))
        stage.deliver(event)
        work_off(stage)
        assert_all_ended(stage)


@pytest.mark.parametrize("seed_number", range(3))
def test_a_fifth_of_all_requests_fail(make_stage: StageMaker, seed_number: int) -> None:
    """Errors, resets and throttling, before and after the effect, on both services."""
    stage = make_stage({"CONCURRENCY": str(2 + seed_number)}, timeout=30)
    event = seed_twenty(stage)
    for rule in FIFTH:
        stage.cloud.add_fault(rule)
    stage.deliver(event)
    for _ in range(6):
        make_due(stage.cloud)
        stage.invoke(tick())
    stage.cloud.clear_faults()
    stage.deliver(event)
    work_off(stage)
    assert_all_ended(stage)


def test_a_dead_api_parks_everything(stage: Stage) -> None:
    """While the API is down each job must wait in the backlog, and end once it is back."""
    event = seed_twenty(stage)
    stage.cloud.add_fault(FaultRule("error", service="mps", status=503, code="ServiceUnavailable"))
    answer = stage.answer(event)
    assert answer["counts"]["pending"] == 20
    assert len(stage.list_keys(f"{STATE}backlog/")) == 20
    stage.cloud.clear_faults()
    work_off(stage)
    assert_all_ended(stage)


def test_a_dead_store_raises_and_loses_nothing(stage: Stage) -> None:
    """Where nothing can be kept, only an error makes the trigger deliver the event again."""
    event = seed_twenty(stage)
    rule = FaultRule("error", service="oss", status=503, code="ServiceUnavailable")
    stage.cloud.add_fault(rule)
    invocation = stage.invoke(event)
    assert json.loads(invocation.payload)["errorType"] == "TemporarilyUnavailable"
    stage.cloud.clear_faults()
    stage.deliver(event)
    work_off(stage)
    assert_all_ended(stage)


def sweep_with_a_killer(stage: Stage, job: str) -> None:
    """Sweep on a fresh instance, which is killed when it asks about a job."""
    stage.invoke(b"[]")
    (pid,) = stage.host.pids
    stage.cloud.add_fault(FaultRule("kill", service="mps", job_id=job, pid=pid))
    stage.invoke(tick())
    stage.cloud.clear_faults()


@pytest.mark.parametrize("concurrency", ["1", "16"])
def test_a_job_that_kills_its_instance_holds_up_no_other(
    make_stage: StageMaker, concurrency: str
) -> None:
    """The others end within three sweeps; in the end it has a manifest that says why."""
    stage = make_stage({"CONCURRENCY": concurrency}, own=True)
    poison, *others = (job_id(number) for number in range(31))
    seed(stage.cloud, range(31))
    for number, job in enumerate((poison, *others)):
        key = key_of(job, timedelta(seconds=number - 100))
        stage.cloud.put_object(BUCKET, key, json.dumps({"jobId": job}).encode())
    for _ in range(3):
        sweep_with_a_killer(stage, poison)
    for job in others:
        assert stage.manifest(job)["status"] == "complete"
    for _ in range(8):
        make_due(stage.cloud)
        sweep_with_a_killer(stage, poison)
    manifest = stage.manifest(poison)
    assert manifest["status"] == "expired"
    assert [problem["type"] for problem in manifest["problems"]] == ["internal-fault"]
    assert stage.state() == []


def test_a_batch_with_a_job_that_kills_is_taken_in(make_stage: StageMaker) -> None:
    """At its second delivery its jobs are parked, so that its trigger can be done with it."""
    stage = make_stage(own=True)
    poison, *others = (job_id(number) for number in range(5))
    seed(stage.cloud, range(5))
    for expected in (True, False):
        stage.invoke(b"[]")
        (pid,) = stage.host.pids
        stage.cloud.add_fault(FaultRule("kill", service="mps", job_id=poison, pid=pid))
        assert stage.invoke(message([*others, poison])).failed == expected
        stage.cloud.clear_faults()
    assert len(stage.list_keys(f"{STATE}backlog/")) == 5
    assert stage.list_keys(f"{STATE}started/") == []


def test_two_instances_at_once_do_no_harm(stage: Stage) -> None:
    """The same event, and sweeps, on two instances at the same time."""
    event = seed_twenty(stage)
    config = function_config(stage.cloud, bucket=BUCKET, environment={"MAX_INSTANCES": "2"})
    with FunctionHost(config, max_instances=2) as host:
        for body in (event, tick(), tick()):
            futures = [host.invoke_async(body) for _ in range(4)]
            assert not any(future.result().failed for future in futures)
            make_due(stage.cloud)
    work_off(stage)
    assert_all_ended(stage)
