"""Small jobs for tests that need many of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from local.client import LocalCloud
from local.jobs.plan import JobPlan
from tests.e2e.conftest import BUCKET


def job_id(number: int) -> str:
    """Return the ID of a job by its number."""
    return f"{number:032x}"


def clip(number: int, state: str = "Success") -> dict[str, Any]:
    """Answer for a clip that lists one file."""
    data = json.dumps({"result": [{"file": f"clips/{number}.mp4"}]})
    return {
        "JobId": job_id(number),
        "FunctionName": "VideoClip",
        "State": state,
        "Input": f"oss://{BUCKET}.oss-cn-shanghai.aliyuncs.com/in/{number}.mp4",
        "Output": f"oss://{BUCKET}.oss-cn-shanghai.aliyuncs.com/clips/{{source}}.mp4",
        "Result": json.dumps({"Code": state, "Message": "m", "Data": data}),
    }


def seed(cloud: LocalCloud, numbers: Iterable[int], plan: JobPlan = JobPlan()) -> list[str]:  # noqa: B008 - frozen
    """Put clips into the service and their files into the bucket; return the jobs' IDs."""
    wanted = list(numbers)
    cloud.put_objects(BUCKET, {f"clips/{number}.mp4": b"video" for number in wanted})
    cloud.put_jobs([(clip(number), plan) for number in wanted])
    return [job_id(number) for number in wanted]


def message(job_ids: Iterable[str]) -> bytes:
    """Build the event of a message that names jobs."""
    body = json.dumps({"jobIds": list(job_ids)})
    return json.dumps({"TopicName": "mps", "MessageId": "1", "Message": body}).encode()
