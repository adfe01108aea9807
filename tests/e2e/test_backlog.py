"""What is not finished is looked at again, until it ends or its time is over."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from time import time

from local.faults import FaultRule
from local.jobs.plan import JobPlan
from tests.e2e.backlog import PREFIX, entries, key_of, make_due, tick, work_off
from tests.e2e.conftest import BUCKET, STATE, Stage, StageMaker
from tests.e2e.jobs import clip, job_id, message, seed


def lists(stage: Stage) -> int:
    return sum(request.action == "ListObjects" for request in stage.requests())


def test_unfinished_job_is_parked_with_what_the_contract_names(stage: Stage) -> None:
    """Later sweeps and operators read an entry, so every field of the contract must be there."""
    seed(stage.cloud, [1], JobPlan(queuing_queries=1))
    assert stage.answer(message([job_id(1)]))["status"] == "pending"
    ((key, entry),) = entries(stage.cloud).items()
    assert re.fullmatch(rf"{re.escape(PREFIX)}\d{{8}}T\d{{6}}Z/{job_id(1)}\.json", key)
    assert {"jobId", "api", "attempts", "firstSeen", "reason", "origin"} <= set(entry)
    assert (entry["jobId"], entry["api"], entry["attempts"]) == (job_id(1), "mps", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["firstSeen"])
    assert entry["reason"] == "the job is Queuing"
    assert entry["origin"].startswith("mns topic mps")


def test_direct_call_is_told_and_nothing_is_parked(stage: Stage) -> None:
    """A direct caller keeps its job and asks again, so parking it would do the work twice."""
    seed(stage.cloud, [1], JobPlan(queuing_queries=1))
    assert stage.answer({"jobId": job_id(1)})["status"] == "pending"
    assert not stage.list_keys(PREFIX)


def test_due_job_is_finished_by_the_timer(stage: Stage) -> None:
    """An event may come only once, so without the sweep a slow job would be lost."""
    seed(stage.cloud, [1], JobPlan(queuing_queries=1, analysing_queries=1))
    stage.answer(message([job_id(1)]))
    work_off(stage)
    assert stage.manifest(job_id(1))["status"] == "complete"


def test_what_is_not_due_is_left_alone(own_stage: Stage) -> None:
    """The timer ticks all the time, and a tick with nothing to do must cost one list only."""
    seed(own_stage.cloud, [1], JobPlan(queuing_queries=1))
    own_stage.answer(message([job_id(1)]))
    own_stage.cloud.reset_requests()
    assert own_stage.answer(tick())["status"] == "empty"
    assert own_stage.actions() == ["ListObjects"]


def test_job_that_never_ends_expires(stage: Stage) -> None:
    """After JOB_TTL_HOURS it has a manifest that says so, and is asked for no more."""
    seed(stage.cloud, [1], JobPlan(queuing_queries=1000))
    stage.answer(message([job_id(1)]))
    make_due(stage.cloud, first_seen=timedelta(hours=73))
    assert stage.answer(tick())["status"] == "expired"
    manifest = stage.manifest(job_id(1))
    assert manifest["status"] == "expired"
    assert "the job is Queuing" in manifest["problems"][0]["detail"]
    assert not stage.list_keys(PREFIX)


def test_expired_job_that_ends_after_all_gets_its_manifest(stage: Stage) -> None:
    """That a job has expired is our verdict only, and its real result must replace it."""
    seed(stage.cloud, [1], JobPlan(queuing_queries=2))
    stage.answer(message([job_id(1)]))
    make_due(stage.cloud, first_seen=timedelta(hours=73))
    stage.answer(tick())
    assert stage.answer({"jobId": job_id(1)})["status"] == "complete"


def test_late_file_is_looked_for_again(stage: Stage) -> None:
    """A file may become visible after its job has ended, so a partial manifest is no end."""
    stage.cloud.put_job(clip(1))
    assert stage.answer(message([job_id(1)]))["status"] == "partial"
    assert stage.manifest(job_id(1))["status"] == "partial"
    stage.cloud.put_object(BUCKET, "clips/1.mp4", b"video")
    work_off(stage)
    assert stage.manifest(job_id(1))["status"] == "complete"


def test_file_that_never_comes_is_left_after_an_hour(stage: Stage) -> None:
    """Looking for ever would make the backlog grow with every file that is lost."""
    stage.cloud.put_job(clip(1))
    stage.answer(message([job_id(1)]))
    ((key, entry),) = entries(stage.cloud).items()
    stage.cloud.delete_object(BUCKET, key)
    entry["partialSince"] = "2026-01-01T00:00:00Z"
    past = key_of(job_id(1), timedelta(seconds=-5))
    stage.cloud.put_object(BUCKET, past, json.dumps(entry).encode())
    assert stage.answer(tick())["status"] == "partial"
    assert not stage.list_keys(PREFIX)


def test_attempts_are_counted(stage: Stage) -> None:
    """The count shows an operator how often a job was asked about in vain."""
    seed(stage.cloud, [1], JobPlan(queuing_queries=3))
    stage.answer(message([job_id(1)]))
    for attempts in (2, 3):
        make_due(stage.cloud)
        stage.answer(tick())
        ((_, entry),) = entries(stage.cloud).items()
        assert entry["attempts"] == attempts


def test_duplicate_entries_vanish(own_stage: Stage) -> None:
    """Three entries of one job that are due cost one query, and one is left."""
    seed(own_stage.cloud, [1], JobPlan(queuing_queries=9))
    entry = json.dumps({"jobId": job_id(1), "api": "mps", "attempts": 1}).encode()
    for seconds in (-50, -40, -30):
        key = key_of(job_id(1), timedelta(seconds=seconds))
        own_stage.cloud.put_object(BUCKET, key, entry)
    own_stage.answer(tick())
    assert own_stage.actions().count("QueryIProductionJob") == 1
    assert len(own_stage.list_keys(PREFIX)) == 1


def test_broken_entry_is_still_a_job(stage: Stage) -> None:
    """A damaged entry must not cost its job, whose ID is in the key."""
    seed(stage.cloud, [1])
    key = key_of(job_id(1), timedelta(seconds=-5))
    stage.cloud.put_object(BUCKET, key, b"{broken")
    assert stage.answer(tick())["status"] == "complete"
    assert not stage.list_keys(PREFIX)


def test_cost_of_a_sweep_does_not_grow_with_what_is_not_due(own_stage: Stage) -> None:
    """50 due among 20,000 take as many lists as 50 among 50."""
    seed(own_stage.cloud, range(50))
    bodies = {
        key_of(job_id(n), timedelta(seconds=-100 - n)): json.dumps({"jobId": job_id(n)}).encode()
        for n in range(50)
    }
    costs = []
    for others in (0, 20_000):
        own_stage.cloud.put_objects(BUCKET, bodies)
        later = {key_of(job_id(n), timedelta(hours=1)): b"{}" for n in range(1000, 1000 + others)}
        own_stage.cloud.put_objects(BUCKET, later)
        own_stage.cloud.reset_requests()
        assert own_stage.answer(tick())["counts"]["complete"] == 50
        costs.append(lists(own_stage))
    assert costs[0] == costs[1] == 3  # what is due, who is at work, and locks that were left


def test_entry_stays_until_its_successor_is_written(stage: Stage) -> None:
    """If the old entry went first, a failed write would lose the job."""
    seed(stage.cloud, [1], JobPlan(queuing_queries=9))
    stage.answer(message([job_id(1)]))
    make_due(stage.cloud)
    (before,) = stage.list_keys(PREFIX)
    rule = FaultRule("error", service="oss", action="PutObject", status=500)
    stage.cloud.add_fault(rule)
    stage.invoke(tick())
    assert stage.list_keys(PREFIX) == [before]


def test_lock_that_was_left_is_removed_when_its_lease_is_over(stage: Stage) -> None:
    """Locks of killed invocations must not pile up, and held ones must not be removed."""
    seed(stage.cloud, [1])
    stage.cloud.put_object(BUCKET, f"{STATE}locks/{job_id(7)}/00000001", b'{"until": 1}')
    held = json.dumps({"until": time() + 60}).encode()
    stage.cloud.put_object(BUCKET, f"{STATE}locks/{job_id(8)}/00000001", held)
    stage.cloud.put_object(BUCKET, key_of(job_id(1), timedelta(seconds=-5)), b"{}")
    stage.answer(tick())
    assert stage.list_keys(f"{STATE}locks/") == [f"{STATE}locks/{job_id(8)}/00000001"]


def test_bucket_that_lets_nothing_be_deleted_is_told_once_per_tick(make_stage: StageMaker) -> None:
    """A clear problem, not a storm of queries."""
    stage = make_stage({"BUCKET": "locked-bucket", "CONCURRENCY": "1"}, own=True)
    stage.cloud.create_bucket("locked-bucket", immutable=True)
    seed(stage.cloud, range(20), JobPlan(queuing_queries=9))
    for number in range(20):
        key = key_of(job_id(number), timedelta(seconds=-60 - number))
        stage.cloud.put_object("locked-bucket", key, json.dumps({"jobId": "x"}).encode())
    for _ in range(2):
        stage.cloud.reset_requests()
        answer = json.loads(stage.invoke(tick()).payload)
        assert answer["errorType"] == "TemporarilyUnavailable"
        assert answer["errorMessage"].count("FileImmutable") == 1
        assert stage.actions().count("QueryIProductionJob") == 1
