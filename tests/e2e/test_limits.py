"""The budget, the deadline and the memory hold, seen from outside."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from local.faults import FaultRule
from local.fc.host import FunctionHost
from tests.e2e.backlog import PREFIX, work_off
from tests.e2e.conftest import BUCKET, STATE, Stage, StageMaker
from tests.e2e.jobs import job_id, message, seed


def busiest_second(times: list[float]) -> int:
    """Count the most arrivals within any one second."""
    times, most, first = sorted(times), 0, 0
    for last, moment in enumerate(times):
        while moment - times[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def arrivals(stage: Stage) -> list[float]:
    requests = stage.requests()
    return [request.arrival for request in requests if request.action == "QueryIProductionJob"]


@pytest.mark.slow
@pytest.mark.parametrize("throttling", [0.0, 0.1], ids=["sound", "throttled"])
def test_budget_holds_in_any_second(make_stage: StageMaker, throttling: float) -> None:
    """Two instances with 32 threads each share 40 calls per second, cold starts included."""
    environment = {"API_QPS": "40", "MAX_INSTANCES": "2", "CONCURRENCY": "32"}
    stage = make_stage(environment, own=True, timeout=120)
    ids = seed(stage.cloud, range(160))
    stage.cloud.configure(api_qps=None)
    if throttling:
        stage.cloud.add_fault(FaultRule("throttle", service="mps", probability=throttling))
    with FunctionHost(stage.host.config, max_instances=2) as host:
        futures = [host.invoke_async(message(ids[half::2])) for half in (0, 1)]
        assert not any(future.result().failed for future in futures)
    times = arrivals(stage)
    assert len(times) >= 160
    assert busiest_second(times) <= 40
    assert (400 in {request.status for request in stage.requests()}) == bool(throttling)


def test_budget_holds_over_freezes(make_stage: StageMaker) -> None:
    """An instance is stopped between calls; what it used in the last second still counts."""
    stage = make_stage({"API_QPS": "20"}, own=True, timeout=60)
    ids = seed(stage.cloud, range(60))
    for start in range(0, 60, 20):
        assert stage.answer(message(ids[start : start + 20]))["counts"]["complete"] == 20
    assert busiest_second(arrivals(stage)) <= 20


def test_budget_below_one_call_per_second(make_stage: StageMaker) -> None:
    """A small quota that is shared must stretch the pauses instead of being rounded up."""
    stage = make_stage({"API_QPS": "1", "MAX_INSTANCES": "2"}, own=True, timeout=60)
    ids = seed(stage.cloud, range(3))
    assert stage.answer(message(ids))["counts"]["complete"] == 3
    times = sorted(arrivals(stage))
    assert len(times) == 3
    assert all(later - earlier >= 2 for earlier, later in pairwise(times))


@pytest.mark.parametrize("effect", ["latency", "hang"])
@pytest.mark.parametrize("service", ["mps", "oss"])
def test_slow_service_does_not_kill_the_invocation(
    make_stage: StageMaker, effect: str, service: str
) -> None:
    """A timeout of 5 s and calls that would take a minute: it answers, and nothing is lost."""
    stage = make_stage(timeout=5)
    ids = seed(stage.cloud, range(40))
    event = message(ids)
    rule = FaultRule(effect, service=service, seconds=60)  # type: ignore[arg-type]  # by name
    stage.cloud.add_fault(rule)
    invocation = stage.invoke(event)
    answer = json.loads(invocation.payload)
    assert "timed out" not in answer.get("errorMessage", "")
    if service == "oss":  # nothing can be kept there: the trigger must deliver again
        assert answer["errorType"] == "TemporarilyUnavailable"
    else:
        assert answer["counts"]["pending"] == 40
        assert len(stage.list_keys(PREFIX)) == 40
    stage.cloud.clear_faults()
    stage.deliver(event)
    work_off(stage)
    assert len(stage.list_keys("manifests/")) == 40


def test_answer_that_trickles_does_not_kill_the_invocation(make_stage: StageMaker) -> None:
    """Each call hangs just below its own limit, one after the other."""
    stage = make_stage({"CONCURRENCY": "2"}, timeout=5)
    ids = seed(stage.cloud, range(120))
    stage.cloud.configure(latency={"mps": 0.25, "oss": 0.25})  # of a third of a second
    answer = json.loads(stage.invoke(message(ids)).payload)
    assert answer["errorType"] == "TemporarilyUnavailable"  # two at a time is too slow for 120
    assert "timed out" not in answer["errorMessage"]
    stage.cloud.configure(latency={"mps": 0, "oss": 0})
    stage.deliver(message(ids))
    work_off(stage)
    assert len(stage.list_keys("manifests/")) == 120


@pytest.mark.slow
def test_100_000_ids_are_taken_in_piece_by_piece(make_stage: StageMaker) -> None:
    """In constant memory; each delivery goes on where the one before ran out of time."""
    # few threads, so that those few jobs that wait when the time is over are parked soon
    stage = make_stage({"API_QPS": "2", "CONCURRENCY": "4"}, timeout=12)
    ids = [job_id(number) for number in range(100_000)]
    stage.cloud.put_object(BUCKET, "jobs/all.txt", "\n".join(ids).encode())
    record = {"bucket": {"name": BUCKET}, "object": {"key": "jobs/all.txt"}}
    event = json.dumps({"events": [{"eventName": "ObjectCreated:PutObject", "oss": record}]})
    taken = []
    for _ in range(2):
        invocation = stage.invoke(event)
        answer = json.loads(invocation.payload)
        assert answer["errorType"] == "TemporarilyUnavailable"
        assert "the next delivery continues there" in answer["errorMessage"]
        assert invocation.max_memory_bytes < 200 * 1024 * 1024
        (mark,) = stage.list_keys(f"{STATE}tickets/")
        taken.append(json.loads(stage.cloud.get_object(BUCKET, mark))["jobs"])
    assert 0 < taken[0] < taken[1] < 100_000
    kept = {key.rsplit("/", 1)[-1][:-5] for key in stage.list_keys(PREFIX)}
    ended = {json.loads(entry["payload"])["jobId"] for entry in stage.quarantined()}
    assert set(ids[: taken[1]]) <= kept | ended
