"""What a job costs in requests, counted by the services: nothing is asked that need not be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

import pytest

from local import sample_jobs
from mps_manifest.job_limits import MAX_FILES, MAX_TEMPLATE_KEYS
from tests.e2e import jobs
from tests.e2e.conftest import BUCKET, Stage, StageMaker

QUERY = "QueryIProductionJob"
SAMPLE = next(job for job in sample_jobs.load() if job.name == "mps-ImageCartoonize")
FILES = len(SAMPLE.objects)
FIRST = Counter({QUERY: 1, "HeadObject": FILES, "PutObject": 1})
ONCE = Counter({"GetBucketVersioning": 1})
"""What an instance has to know of its bucket: asked by initialize, where there is one."""
REPLAY = FIRST + Counter(GetObject=1)
"""The write is refused, and what stands is compared."""
NO_LOOK_INSIDE = {"MEDIA_FACTS": "false"}


def seed(stage: Stage, count: int) -> list[str]:
    """Put so many finished jobs into the service, all with the same files."""
    for item in SAMPLE.objects:
        stage.cloud.put_object(BUCKET, item.key, item.read(), item.content_type)
    return [job_id for number in range(1, count + 1) for job_id in seed_one(stage, number)]


def seed_one(stage: Stage, number: int) -> list[str]:
    """Put a finished job whose files are there into the service."""
    job_id = f"{number:032x}"
    stage.cloud.put_job({**json.loads(SAMPLE.answer), "JobId": job_id})
    return [job_id]


def counted(stage: Stage, job_ids: list[str]) -> Counter[str]:
    stage.cloud.reset_requests()
    assert stage.answer({"jobIds": job_ids})["status"] == "complete"
    return Counter(stage.actions())


@pytest.fixture
def start(make_stage: StageMaker) -> StageMaker:
    """Start instances that have never been called."""

    def make(environment: Mapping[str, str] = NO_LOOK_INSIDE) -> Stage:
        return make_stage(environment, own=True)

    return make


@pytest.fixture
def new_instance(start: StageMaker) -> Stage:
    return start()


@pytest.mark.parametrize("count", [1, 2, 25])
def test_a_job_costs_one_query_one_look_at_each_file_and_one_write(
    new_instance: Stage, count: int
) -> None:
    """Quota and bill grow with each request, so none may be added unnoticed."""
    job_ids = seed(new_instance, count + 1)
    first = counted(new_instance, job_ids[:1])
    assert first == FIRST + ONCE
    many = counted(new_instance, job_ids[1:])
    assert many == Counter({action: number * count for action, number in FIRST.items()})


def test_a_replay_writes_nothing(new_instance: Stage) -> None:
    """Its write is refused: to look first would cost each new job a request more."""
    job_ids = seed(new_instance, 1)
    counted(new_instance, job_ids)
    before = new_instance.manifest(job_ids[0])
    assert counted(new_instance, job_ids) == REPLAY
    written = [each for each in new_instance.requests() if each.action == "PutObject"]
    assert [each.status for each in written] == [409]
    assert new_instance.manifest(job_ids[0]) == before


def test_a_replay_on_another_instance_costs_the_same(
    new_instance: Stage, start: StageMaker
) -> None:
    """No instance remembers what it has met."""
    job_ids = seed(new_instance, 1)
    counted(new_instance, job_ids)
    assert counted(start(), job_ids) == REPLAY + ONCE


def test_a_look_inside_a_picture_is_one_read(start: StageMaker) -> None:
    """A second read of every picture would double what it costs to look inside."""
    stage = start({})
    job_ids = seed(stage, 2)
    counted(stage, job_ids[:1])
    assert counted(stage, job_ids[1:]) == FIRST + Counter(GetObject=FILES)


# --- what strangers choose -------------------------------------------------------------------


def task(stage: Stage, first: int, count: int) -> int:
    """Have a task of so many jobs begun and begun again; return the number of requests."""
    numbers = range(first, first + count)
    event = {"jobIds": jobs.seed(stage.cloud, numbers), "taskToken": f"task-{first}"}
    stage.cloud.reset_requests()
    for _ in range(2):
        stage.answer(event)
    return len(stage.actions())


def test_a_task_twice_as_large_costs_twice_as_much(new_instance: Stage) -> None:
    """To look at all other jobs for each that ends took 19,900 requests for two hundred."""
    task(new_instance, 1, 1)
    small, large = task(new_instance, 100, 20), task(new_instance, 200, 40)
    assert large <= 2.2 * small


def test_of_a_job_with_many_files_a_thousand_are_looked_at(new_instance: Stage) -> None:
    """A stranger's list must not become as many requests as it likes."""
    answer = jobs.clip(1)
    files = [{"file": f"clips/none-{number}.mp4"} for number in range(MAX_FILES + 200)]
    data = json.dumps({"result": files})
    answer["Result"] = json.dumps({"Code": "Success", "Message": "m", "Data": data})
    new_instance.cloud.put_job(answer)
    new_instance.cloud.reset_requests()
    assert new_instance.answer({"jobId": answer["JobId"]})["status"] == "partial"
    assert Counter(new_instance.actions())["HeadObject"] == MAX_FILES


def test_a_template_with_many_keys_is_a_few_lists(new_instance: Stage) -> None:
    """Eight jobs with 20,000 matches each took 62,799 requests."""
    answer = {**jobs.clip(1), "FunctionName": "VideoH2V", "Result": "{}"}
    answer["Output"] = answer["Output"].replace("{source}", "{timestamp}")
    keys = {f"clips/{number}.mp4": b"" for number in range(MAX_TEMPLATE_KEYS + 1)}
    new_instance.cloud.put_objects(BUCKET, keys)
    new_instance.cloud.put_job(answer)
    new_instance.cloud.reset_requests()
    assert new_instance.answer({"jobId": answer["JobId"]})["status"] == "partial"
    counts = Counter(new_instance.actions())
    assert counts["HeadObject"] == 0
    assert 1 <= counts["ListObjects"] <= MAX_TEMPLATE_KEYS // 1000 + 1
