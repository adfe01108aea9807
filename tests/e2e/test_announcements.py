"""Manifests are announced on a real topic, whatever breaks, and consumers keep in step."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import md5
from pathlib import Path

import pytest

from local.faults import FaultRule
from local.jobs.plan import JobPlan
from tests.e2e.backlog import make_due, tick, work_off
from tests.e2e.conftest import BUCKET, STATE, Stage, StageMaker
from tests.e2e.jobs import clip, job_id, message, seed

TOPIC = "manifests"
NOTES = f"{STATE}unannounced/"
CONSUMING = Path(__file__).parents[2] / "docs/consuming"
FIFTH = (
    FaultRule("error", probability=0.05),
    FaultRule("reset", probability=0.05),
    FaultRule("reset", probability=0.05, when="after"),
    FaultRule("drop", probability=0.05, drop_after=5),
    FaultRule("throttle", service="mps", probability=0.05),
    FaultRule("throttle", service="mns", probability=0.05),
)


OF_THE_FUNCTION = ("QueryIProductionJob", "HeadObject", "PutObject", "PublishMessage")
"""Requests that the consumers do not make."""


@pytest.fixture
def told(make_stage: StageMaker) -> StageMaker:
    """Make stages whose function announces."""

    def make(**options: object) -> Stage:
        stage = make_stage({"ANNOUNCE_TOPIC": TOPIC, "MEDIA_FACTS": "false"}, **options)
        stage.cloud.create_topic(TOPIC)
        return stage

    return make


def announced(stage: Stage) -> list[str]:
    return [json.loads(text)["id"] for text in stage.cloud.published(TOPIC)]


def standing(stage: Stage) -> set[str]:
    """Return the IDs that the announcements of what stands have; the ETag is the content's MD5."""
    keys = stage.list_keys("manifests/")
    bodies = {key: stage.cloud.get_object(BUCKET, key) for key in keys}
    return {f"{key[10:-5]}:{md5(body).hexdigest().upper()}" for key, body in bodies.items()}  # noqa: S324


def tell_the_rest(stage: Stage) -> None:
    """Sweep until nothing is to be announced any more."""
    for _ in range(20):
        make_due(stage.cloud)
        keys = stage.list_keys(NOTES)
        if not keys and not stage.list_keys(f"{STATE}backlog/"):
            return
        for number, key in enumerate(keys):  # as if the time of their invocations was over
            body = stage.cloud.get_object(BUCKET, key)
            stage.cloud.delete_object(BUCKET, key)
            past = f"{NOTES}20200101T0000{number % 60:02d}Z/{key.rpartition('/')[2]}"
            stage.cloud.put_object(BUCKET, past, body)
        stage.invoke(tick())
    raise AssertionError(f"still to be announced: {stage.list_keys(NOTES)}")


# --- what is said and what it costs --------------------------------------------------------------


def test_a_job_costs_a_note_and_its_deletion_beside_the_message(told: StageMaker) -> None:
    """An event of fifty jobs costs the same two; and a replay tells nothing."""
    stage = told(own=True)
    seed(stage.cloud, range(51))
    stage.invoke(b"[]")
    stage.cloud.reset_requests()
    assert stage.answer({"jobId": job_id(0)})["status"] == "complete"
    one = ["QueryIProductionJob", "HeadObject", "PutObject", "PutObject", "PublishMessage"]
    assert stage.actions() == [*one, "DeleteObject"]
    stage.cloud.reset_requests()
    stage.answer({"jobIds": [job_id(number) for number in range(1, 51)]})
    notes = Counter(r.action for r in stage.requests() if r.key.startswith(NOTES))
    assert notes["DeleteObject"] == 1
    assert notes["PutObject"] <= 3
    stage.answer({"jobIds": [job_id(number) for number in range(51)]})
    assert sorted(announced(stage)) == sorted(standing(stage))
    assert len(announced(stage)) == 51


# --- whatever breaks -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("versioning", [False, True], ids=["plain", "versioned"])
def test_killed_at_every_request_nothing_is_forgotten(
    told: StageMaker, *, versioning: bool
) -> None:
    """SIGKILL at each request of a direct call, which nobody makes again; odd ones took effect."""
    stage = told(own=True)
    for nth in range(100):
        stage.cloud.reset()
        stage.cloud.create_bucket(BUCKET, versioning=versioning)
        stage.cloud.create_topic(TOPIC)
        seed(stage.cloud, range(2))
        stage.invoke(b"[]")
        (pid,) = stage.host.pids
        rule = FaultRule("kill", after=nth, times=1, pid=pid)
        number = stage.cloud.add_fault(replace(rule, when="after") if nth % 2 else rule)
        stage.invoke({"jobIds": [job_id(0), job_id(1)]})
        was_killed = stage.cloud.fault_fired(number)
        stage.cloud.clear_faults()
        tell_the_rest(stage)
        assert {*announced(stage)} == standing(stage)
        if not was_killed:
            assert nth >= 8
            return
    raise AssertionError("it never ended")


def test_a_fifth_of_all_requests_fail(told: StageMaker) -> None:
    """Each manifest is announced at least once, and nothing that was not written."""
    stage = told(timeout=30)
    seed(stage.cloud, range(12))
    seed(stage.cloud, range(12, 16), JobPlan(analysing_queries=1))
    event = message([job_id(number) for number in range(16)])
    for rule in FIFTH:
        stage.cloud.add_fault(rule)
    for _ in range(20):
        if not stage.invoke(event).failed:
            break
    for _ in range(4):
        make_due(stage.cloud)
        stage.invoke(tick())
    stage.cloud.clear_faults()
    stage.invoke(event)
    work_off(stage)
    tell_the_rest(stage)
    assert len(standing(stage)) == 16
    events = [json.loads(text) for text in stage.cloud.published(TOPIC)]
    last = {event["subject"]: event["id"] for event in events}
    assert {*last.values()} == standing(stage)
    # while files could not be looked at there were manifests that were replaced since
    replaced = [event for event in events if event["id"] not in last.values()]
    assert {event["data"]["status"] for event in replaced} <= {"partial"}


def refuse(stage: Stage) -> None:
    stage.cloud.add_fault(FaultRule("error", service="mns", status=403, code="AccessDenied"))


def hang(stage: Stage) -> None:
    stage.cloud.add_fault(FaultRule("hang", service="mns", seconds=3))


@pytest.mark.parametrize("fail", [refuse, hang])
def test_a_topic_that_fails_holds_up_no_job(
    told: StageMaker, fail: Callable[[Stage], None]
) -> None:
    """All jobs end in the invocation; the next sweep announces them, without asking about them."""
    stage = told(timeout=6)
    ids = seed(stage.cloud, range(12))
    fail(stage)
    assert stage.answer({"jobIds": ids})["counts"]["complete"] == 12
    assert announced(stage) == []
    stage.cloud.clear_faults()
    tell_the_rest(stage)
    assert sorted(announced(stage)) == sorted(standing(stage))


def test_a_message_that_is_too_large_arrives_cut(told: StageMaker) -> None:
    """The topic was made for 2 KiB, and the job's user data has more."""
    stage = told()
    stage.cloud.create_topic("small", max_message_size=2048)
    seed(stage.cloud, [1])
    stage.cloud.put_job({**clip(1), "UserData": "视" * 30_000})
    assert stage.answer({"jobId": job_id(1)})["status"] == "complete"
    [event] = map(json.loads, stage.cloud.published(TOPIC))
    assert event["data"]["truncated"] is True
    assert 60_000 < len(event["data"]["userData"].encode()) < 61_440


def test_a_topic_made_for_small_messages_gets_the_least(make_stage: StageMaker) -> None:
    """Names, and what became of the files."""
    stage = make_stage({"ANNOUNCE_TOPIC": "small", "MEDIA_FACTS": "false"})
    stage.cloud.create_topic("small", max_message_size=1024)
    seed(stage.cloud, [1])
    stage.cloud.put_job({**clip(1), "UserData": "u" * 3000})
    stage.answer({"jobId": job_id(1)})
    [event] = map(json.loads, stage.cloud.published("small"))
    assert event["data"]["files"]["available"] == 1
    assert event["data"]["truncated"] is True


# --- consumers -----------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def running(command: list[str], stage: Stage, ready: str) -> Iterator[subprocess.Popen[str]]:
    """Run a consumer until it says that it is ready, and end it afterwards."""
    keys = stage.cloud.owner
    environment = {
        **os.environ,
        "BUCKET": BUCKET,
        "OSS_ENDPOINT": stage.cloud.oss_endpoint,
        "OSS_REGION": stage.cloud.region,
        "OSS_ACCESS_KEY_ID": keys.access_key_id,
        "OSS_ACCESS_KEY_SECRET": keys.access_key_secret,
    }
    process = subprocess.Popen(  # noqa: S603 - our own
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    try:
        assert process.stdout
        assert process.stdout.readline().strip() == ready
        yield process
    finally:
        process.kill()
        process.communicate()


def rows(table: Path) -> set[str]:
    with sqlite3.connect(table) as opened:
        return {
            f"{job}:{etag}" for job, etag in opened.execute("SELECT job_id, etag FROM manifests")
        }


def wait_until(come: Callable[[], bool]) -> None:
    """Wait for pushes that are under way."""
    for _ in range(100):
        if come():
            return
        time.sleep(0.1)
    raise AssertionError("they never came")


@pytest.mark.slow
def test_a_catalogue_is_in_step_after_500_jobs_with_faults(
    told: StageMaker, tmp_path: Path
) -> None:
    """By announcements while it is up, and by a list after it was down; also what is gone."""
    stage = told(timeout=60)
    table, port = tmp_path / "catalogue.sqlite", free_port()
    command = [sys.executable, str(CONSUMING / "catalogue.py"), str(table), str(port)]
    stage.cloud.subscribe(TOPIC, f"http://127.0.0.1:{port}/")
    seed(stage.cloud, range(450))
    seed(stage.cloud, range(450, 500), JobPlan(analysing_queries=1))
    stage.cloud.configure(api_qps=None)
    with running(command, stage, "in step"):
        for rule in FIFTH[:4]:
            for action in OF_THE_FUNCTION:
                stage.cloud.add_fault(replace(rule, action=action))
        deliver(stage, range(250))
        stage.cloud.clear_faults()
        tell_the_rest(stage)
        wait_until(lambda: rows(table) == standing(stage))
    deliver(stage, range(250, 500))
    tell_the_rest(stage)
    stage.cloud.delete_object(BUCKET, f"manifests/{job_id(7)}.json")
    assert rows(table) != standing(stage)
    with running(command, stage, "in step"):
        assert rows(table) == standing(stage)
        assert len(rows(table)) == 499


def deliver(stage: Stage, numbers: range) -> None:
    """Deliver messages of fifty jobs until the function takes them."""
    for start in range(numbers.start, numbers.stop, 50):
        event = message([job_id(number) for number in range(start, start + 50)])
        for _ in range(20):
            if not stage.invoke(event).failed:
                break


def test_a_subscriber_in_javascript_is_told_once(told: StageMaker) -> None:
    """A message that came twice is handed on once."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node here")
    stage, port = told(), free_port()
    stage.cloud.subscribe(TOPIC, f"http://127.0.0.1:{port}/")
    stage.cloud.subscribe(TOPIC, f"http://127.0.0.1:{port}/")
    seed(stage.cloud, range(2))
    command = [node, str(CONSUMING / "subscriber.mjs"), str(port)]
    with running(command, stage, "listening") as process:
        assert process.stdout
        heard = []
        for number in range(2):
            stage.answer({"jobId": job_id(number)})
            heard.append(json.loads(process.stdout.readline()))
    assert heard == [
        {
            "jobId": job_id(number),
            "status": "complete",
            "key": f"manifests/{job_id(number)}.json",
            "available": 1,
        }
        for number in range(2)
    ]
