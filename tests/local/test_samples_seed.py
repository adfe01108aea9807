from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

from local import sample_jobs

if TYPE_CHECKING:
    from local.client import LocalCloud

BUCKET = "my-results"
VERSIONS = {"mps": "2014-06-18", "ims": "2020-11-09"}


@pytest.fixture
def seeded(cloud: LocalCloud) -> LocalCloud:
    cloud.create_bucket(BUCKET)
    sample_jobs.seed(cloud, BUCKET)
    return cloud


def query(cloud: LocalCloud, api: str, job_id: str) -> dict[str, Any]:
    keys = cloud.credentials
    sts = StsTokenCredential(keys.access_key_id, keys.access_key_secret, keys.security_token)
    client = AcsClient(region_id=cloud.region, credential=sts)
    request = CommonRequest(
        domain=cloud.api_endpoint.removeprefix("http://"),
        version=VERSIONS[api],
        action_name="QueryIProductionJob",
    )
    request.add_query_param("JobId", job_id)
    answer: dict[str, Any] = json.loads(client.do_action_with_exception(request))
    return answer


def test_all_objects_are_there(seeded: LocalCloud) -> None:
    """A file lost while seeding would turn a complete sample into a partial one."""
    objects = [item for job in sample_jobs.load() for item in job.objects]
    assert sorted(seeded.list_keys(BUCKET)) == sorted(item.key for item in objects)
    for item in objects:
        assert seeded.get_object(BUCKET, item.key) == item.read()


def test_all_inputs_are_there(seeded: LocalCloud) -> None:
    """A page that shows results beside their inputs finds them where the answers say they are."""
    inputs = {item.key: item for job in sample_jobs.load() for item in job.inputs}
    assert seeded.list_keys(sample_jobs.INPUT_BUCKET) == sorted(inputs)
    for key, item in inputs.items():
        assert seeded.get_object(sample_jobs.INPUT_BUCKET, key) == item.read()


@pytest.mark.parametrize("name", ["mps-Cover", "ims-MusicDemix", "mps-VideoDetext-failed"])
def test_finished_jobs_are_answered_as_in_the_files(seeded: LocalCloud, name: str) -> None:
    """Seeding may change bucket and region only, or other answers than documented are played."""
    (job,) = (job for job in sample_jobs.load() if job.name == name)
    answer = query(seeded, job.api, job.job_id)
    expected = json.loads(job.at(BUCKET, seeded.region).answer)
    assert {**answer, "RequestId": expected["RequestId"]} == expected


def test_the_running_job_ends_at_the_third_query(seeded: LocalCloud) -> None:
    """Without its plan the sample would seem finished at once, and nothing would wait for it."""
    (job,) = (job for job in sample_jobs.load() if job.name == "mps-VideoClip-running")
    states = [query(seeded, "mps", job.job_id)["State"] for _ in range(3)]
    assert states == ["Queuing", "Analysing", "Success"]


def test_the_foreign_job_has_no_state(seeded: LocalCloud) -> None:
    """An ID of another kind of job is needed to show that it is rejected."""
    answer = query(seeded, "mps", sample_jobs.FOREIGN_JOB_ID)
    assert answer.keys() == {"RequestId", "JobId"}
