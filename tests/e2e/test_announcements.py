"""Manifests are announced on a real topic, whatever breaks, and consumers keep in step."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from hashlib import md5
from pathlib import Path
from typing import Any

import oss2
import pytest

from local.faults import FaultRule
from local.jobs.plan import JobPlan
from tests.e2e.backlog import make_due, tick, work_off
from tests.e2e.conftest import BUCKET, STATE, Stage, StageMaker
from tests.e2e.consumers import CONSUMING, catalogue, free_port, rows, running
from tests.e2e.jobs import clip, job_id, message, seed
from tests.soaks import with_soaks
from tests.waiting import wait_until

TOPIC = "manifests"
NOTES = f"{STATE}unannounced/"
FIFTH = (
    FaultRule("error", probability=0.05),
    FaultRule("reset", probability=0.05),
    FaultRule("reset", probability=0.05, when="after"),
    FaultRule("drop", probability=0.05, drop_after=5),
    FaultRule("throttle", service="mps", probability=0.05),
    FaultRule("throttle", service="mns", probability=0.05),
)


OF_THE_FUNCTION = (
    ("mps", "", ""),
    ("mns", "", ""),
    ("oss", STATE, ""),
    ("oss", "clips/", ""),
    ("oss", "manifests/", "HeadObject"),
    ("oss", "manifests/", "PutObject"),
)
"""Service, prefix and action of what the consumers do not ask; no request is two of these."""


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


def in_the_bucket(stage: Stage) -> dict[str, tuple[str, str]]:
    """Return ETag and document of each manifest by its job ID."""
    keys = stage.list_keys("manifests/")
    bodies = {key[10:-5]: stage.cloud.get_object(BUCKET, key) for key in keys}
    return {job: (md5(body).hexdigest().upper(), body.decode()) for job, body in bodies.items()}  # noqa: S324 - what an ETag is


def standing(stage: Stage) -> set[str]:
    """Return the IDs that the announcements of what stands have."""
    return {f"{job}:{etag}" for job, (etag, _) in in_the_bucket(stage).items()}


def ever_written(stage: Stage) -> set[str]:
    """Return the IDs that announcements of all that was written have, in a versioned bucket."""
    auth = oss2.Auth(stage.cloud.owner.access_key_id, stage.cloud.owner.access_key_secret)
    bucket = oss2.Bucket(auth, stage.cloud.oss_endpoint, BUCKET)
    listed = bucket.list_object_versions(prefix="manifests/", max_keys=1000)
    assert not listed.is_truncated
    return {f"{version.key[10:-5]}:{version.etag}" for version in listed.versions}


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
    """SIGKILL before each request of a direct call, so after each one, which nobody makes again."""
    stage = told(own=True)
    for nth in range(100):
        stage.cloud.reset()
        stage.cloud.create_bucket(BUCKET, versioning=versioning)
        stage.cloud.create_topic(TOPIC)
        seed(stage.cloud, range(2))
        stage.invoke(b"[]")
        (pid,) = stage.host.pids
        number = stage.cloud.add_fault(FaultRule("kill", after=nth, times=1, pid=pid))
        stage.invoke({"jobIds": [job_id(0), job_id(1)]})
        was_killed = stage.cloud.fault_fired(number)
        stage.cloud.clear_faults()
        tell_the_rest(stage)
        assert {*announced(stage)} == standing(stage)
        if not was_killed:
            assert nth >= 8
            return
    raise AssertionError("it never ended")


def work_amid_faults(stage: Stage) -> list[dict[str, Any]]:
    """Have sixteen jobs end while a fifth of all requests fails, and return what is announced."""
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
    return [json.loads(text) for text in stage.cloud.published(TOPIC)]


def test_a_fifth_of_all_requests_fail(told: StageMaker) -> None:
    """Each manifest is announced at least once, and nothing that was not written."""
    stage = told(timeout=30)
    events = work_amid_faults(stage)
    assert len(standing(stage)) == 16
    last = {event["subject"]: event["id"] for event in events}
    assert {*last.values()} == standing(stage)
    # while files could not be looked at there were manifests that were replaced since
    replaced = [event for event in events if event["id"] not in last.values()]
    assert {event["data"]["status"] for event in replaced} <= {"partial"}


@pytest.mark.slow
def test_what_is_announced_was_written(told: StageMaker) -> None:
    """A versioned bucket still has what was replaced, so each announcement can be held to it."""
    stage = told(timeout=30)
    stage.cloud.reset()
    stage.cloud.create_bucket(BUCKET, versioning=True)
    stage.cloud.create_topic(TOPIC)
    announcements = {event["id"] for event in work_amid_faults(stage)}
    assert len(standing(stage)) == 16
    assert standing(stage) <= announcements <= ever_written(stage)


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


@pytest.mark.slow
@pytest.mark.parametrize("jobs", with_soaks((100, 500), {500}))
def test_a_catalogue_is_in_step_after_many_jobs_with_faults(
    told: StageMaker, tmp_path: Path, jobs: int
) -> None:
    """A fifth of the function's requests fail, it is killed again and again, and so is the reader.

    The catalogue is in step by announcements while it is up, and by a list after it was down; then
    also with what is gone, which nobody announces.
    """
    stage = told(own=True, timeout=60)
    table, port = tmp_path / "catalogue.sqlite", free_port()
    stage.cloud.subscribe(TOPIC, f"http://127.0.0.1:{port}/")
    tenth = jobs // 10
    seed(stage.cloud, range(9 * tenth))
    seed(stage.cloud, range(9 * tenth, jobs), JobPlan(analysing_queries=1))
    stage.cloud.configure(api_qps=None)
    with running(catalogue(table, port), stage.cloud, BUCKET, "in step"):
        deliver_amid_faults(stage, range(4 * tenth), tenth)
        wait_until(lambda: rows(table) == in_the_bucket(stage), "the catalogue was in step")
        assert len(rows(table)) == 4 * tenth
    deliver_amid_faults(stage, range(4 * tenth, 7 * tenth), tenth)
    stage.cloud.delete_object(BUCKET, f"manifests/{job_id(7)}.json")
    assert len(rows(table)) == 4 * tenth
    with running(catalogue(table, port), stage.cloud, BUCKET, "in step"):
        assert rows(table) == in_the_bucket(stage)
        assert len(rows(table)) == 7 * tenth - 1
        deliver_amid_faults(stage, range(7 * tenth, jobs), tenth)
        wait_until(lambda: rows(table) == in_the_bucket(stage), "the catalogue was in step")
        assert len(rows(table)) == jobs - 1


def deliver_amid_faults(stage: Stage, numbers: range, at_once: int) -> None:
    """Deliver messages of so many jobs until the function takes them, and let it tell the rest.

    Of each message the function is killed once, at another request each time. The catalogue's own
    reading has no faults: its topic pushes three times only, where MNS goes on for a day.
    """
    for rule in FIFTH[:4]:
        for service, prefix, action in OF_THE_FUNCTION:
            of_it = replace(rule, service=service, prefix=prefix, action=action)
            stage.cloud.add_fault(of_it)
    for start in range(numbers.start, numbers.stop, at_once):
        stage.invoke(b"[]")
        (pid,) = stage.host.pids
        kill = stage.cloud.add_fault(FaultRule("kill", after=start // 3, times=1, pid=pid))
        event = message([job_id(number) for number in range(start, start + at_once)])
        stage.deliver(event, 20)
        assert stage.cloud.fault_fired(kill) == 1
    stage.cloud.clear_faults()
    tell_the_rest(stage)


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
    with running(command, stage.cloud, BUCKET, "listening") as process:
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
