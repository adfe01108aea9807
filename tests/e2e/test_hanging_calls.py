"""Services that hang or drip: what hangs is given up in time to park it, and piles up nowhere."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.faults import FaultRule
from local.jobs.plan import JobPlan
from mps_manifest.bootstrap import FILE_THREADS, build
from mps_manifest.settings import DEFAULT_CONCURRENCY
from tests.contract.servers import Server
from tests.e2e.backlog import entries, make_due, tick, work_off
from tests.e2e.conftest import BUCKET, Stage, StageMaker
from tests.e2e.jobs import clip, job_id, message, seed
from tests.waiting import wait_until

JOBS = 40
DRIP = 0.2
"""Seconds between two bytes: each comes in time, the whole never does."""
TIMEOUT = 12
"""Seconds of an invocation: a step of a call has a fifteenth, enough on a busy machine."""
NOT_FOR_PEOPLE = ("Cancelled", "Future", "executor", "unexpected")


def delivered(stage: Stage, ids: list[str]) -> dict[str, Any]:
    """Deliver an event over services that hang; everything is kept before the timeout."""
    answer = stage.answer(message(ids))
    assert sum(answer["counts"].values()) == len(ids) == len({j["jobId"] for j in answer["jobs"]})
    parked = list(entries(stage.cloud).values())
    done = {key[len("manifests/") : -len(".json")] for key in stage.list_keys("manifests/")}
    assert done | {entry["jobId"] for entry in parked} == set(ids)
    assert len(parked) == len({entry["jobId"] for entry in parked})  # none is parked twice
    reasons = {str(entry["reason"]) for entry in parked}
    assert not [reason for reason in reasons for word in NOT_FOR_PEOPLE if word in reason]
    return answer


def end_all(stage: Stage, ids: list[str]) -> None:
    """Mend the services, and see that every job gets its manifest."""
    stage.cloud.clear_faults()
    work_off(stage)
    assert {stage.manifest(job)["status"] for job in ids} == {"complete"}


@pytest.mark.parametrize("effect", ["drip", "hang", "latency"])
@pytest.mark.parametrize("action", ["QueryIProductionJob", "HeadObject", "GetObject"])
def test_no_job_is_lost_to_calls_that_hang(
    make_stage: StageMaker, effect: str, action: str
) -> None:
    """Bodies that drip a byte every 0.2 s, or end never, while the store takes writes."""
    stage = make_stage(timeout=TIMEOUT)
    ids = seed(stage.cloud, range(JOBS))
    seconds = DRIP if effect == "drip" else 60
    stage.cloud.add_fault(FaultRule(effect, action=action, seconds=seconds))  # type: ignore[arg-type]
    delivered(stage, ids)
    end_all(stage, ids)


@pytest.mark.parametrize("action", ["HeadObject", "GetObject"])
def test_no_job_is_lost_whose_many_files_hang(make_stage: StageMaker, action: str) -> None:
    """Each file takes a call at most, and all of them together more than the invocation."""
    stage = make_stage(timeout=TIMEOUT)
    ids = [job_id(number) for number in range(JOBS)]
    names = [f"clips/{number}.srt" for number in range(30)]
    stage.cloud.put_objects(BUCKET, dict.fromkeys(names, b"1\n00:00:01,000 --> 00:00:02,000\nhi\n"))
    stage.cloud.put_jobs([(listing(number, names), JobPlan()) for number in range(JOBS)])
    stage.cloud.add_fault(FaultRule("hang", action=action, prefix="clips/", seconds=60))
    delivered(stage, ids)
    end_all(stage, ids)


def listing(number: int, names: list[str]) -> dict[str, Any]:
    """Answer for a job that lists files."""
    data = json.dumps({"result": [{"file": name} for name in names]})
    return {**clip(number), "Result": json.dumps({"Code": "Success", "Data": data})}


def test_no_job_is_lost_where_some_writes_hang(make_stage: StageMaker) -> None:
    """A job whose manifest hangs is parked, since entries are written elsewhere."""
    stage = make_stage(timeout=TIMEOUT)
    ids = seed(stage.cloud, range(JOBS))
    stage.cloud.add_fault(FaultRule("hang", action="PutObject", prefix="manifests/", seconds=60))
    answer = delivered(stage, ids)
    assert answer["counts"]["pending"] == JOBS
    end_all(stage, ids)


def test_a_sweep_that_hangs_leaves_what_it_had_due(make_stage: StageMaker) -> None:
    """Nothing is parked twice, and no entry is deleted whose job has not ended.

    An old entry whose deletion did not come in time stays beside its successor, and is named.
    """
    stage = make_stage(timeout=TIMEOUT)
    ids = seed(stage.cloud, range(JOBS))
    stage.cloud.add_fault(FaultRule("drip", service="mps", seconds=DRIP))
    delivered(stage, ids)
    stage.cloud.clear_faults()
    stage.cloud.add_fault(FaultRule("hang", action="GetObject", prefix="clips/", seconds=60))
    for _ in range(3):
        make_due(stage.cloud)
        stage.answer(tick())
        parked = Counter(entry["jobId"] for entry in entries(stage.cloud).values())
        assert set(parked) == set(ids)
        assert set(parked - Counter(ids)) <= remained(stage)
    end_all(stage, ids)


def remained(stage: Stage) -> set[str]:
    """Return the jobs whose entries the log of the last invocation says could not be deleted."""
    lines = [json.loads(line) for line in stage.log[-1].splitlines() if line.startswith("{")]
    return {line["job_id"] for line in lines if line.get("message") == "entry remains due"}


# --- the same in this process, to count its threads ----------------------------------------------


class Context:
    """What Function Compute gives along with an event."""

    request_id = "r"
    region = "cn-shanghai"

    def __init__(self, timeout: float) -> None:
        self.function = type("function", (), {"timeout": timeout})
        self.credentials = type(
            "credentials",
            (),
            {"access_key_id": "k", "access_key_secret": "s", "security_token": "t"},
        )


def silent(_one: object, _number: int) -> None:
    """Serve a connection by saying nothing, until the test is over."""
    time.sleep(30)


@contextmanager
def silent_servers() -> Iterator[tuple[Server, dict[str, str]]]:
    server = Server(silent)
    try:
        yield (
            server,
            {
                "BUCKET": "home-bucket",
                "REGION": "cn-shanghai",
                "OSS_ENDPOINT": f"http://{server.origin}",
                "API_ENDPOINT": f"http://{server.origin}",
                "MEDIA_FACTS": "false",
            },
        )
    finally:
        server.close()


THREADS_OF_ONE = 2 * DEFAULT_CONCURRENCY + 1 + FILE_THREADS
"""What an invocation may have: threads for jobs, as many for parking, a watch, and for files."""


def threads_of_ours() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith(("job", "file", "lookup"))]


@pytest.mark.slow
def test_hung_threads_never_pile_up() -> None:
    """Twenty invocations against servers that keep silent leave no more threads than one may have.

    On a busy machine the last calls of an invocation end while the next one begins.
    """
    with silent_servers() as (_, environment):
        function, context = build(environment), Context(1.6)
        event = message([job_id(number) for number in range(40)])
        for _ in range(20):
            with pytest.raises(Exception, match="job"):
                function.handle(event, context)
            assert len(threads_of_ours()) <= THREADS_OF_ONE
        wait_until(lambda: threads_of_ours() == [], "the last calls have ended")


def test_no_thread_outlives_its_invocation_by_more_than_a_call() -> None:
    """Calls that start last end before the invocation does, whatever the server sends."""
    with silent_servers() as (_, environment):
        function, context = build(environment), Context(1.6)
        with pytest.raises(Exception, match="job"):
            function.handle(message([job_id(1), job_id(2)]), context)
        wait_until(lambda: threads_of_ours() == [], "the last calls have ended")


def test_the_reasons_are_for_people() -> None:
    """What hangs is said in words, not by the name of an exception of ours."""
    with silent_servers() as (_, environment):
        body = json.dumps({"jobIds": [job_id(n) for n in range(20)]}).encode()
        answer = build(environment).handle(body, Context(1.6))
    assert answer["counts"]["pending"] == 20
    for job in answer["jobs"]:
        assert not [word for word in NOT_FOR_PEOPLE if word in job["reason"]]
