"""Job IDs, settings, events and answers of the tests; payload files come unmasked."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from mps_manifest.events import Item, decode_event
from mps_manifest.jobs.job import Job
from mps_manifest.settings import Settings, read_settings
from tests.fakes import HOME
from tests.payloads import EVENTS, MPS, load

T = TypeVar("T")

ID = "8a8753a54e6a4a0f9128ccecbefe9948"
OTHER = "f34b6d1429dd491faa7a6c1c8f905285"
THIRD = "0ceb045cd8df4db49f1c5bd4ace5abcd"


def job_ids(count: int) -> list[str]:
    """Make as many distinct job IDs."""
    return [f"{number:032x}" for number in range(1, count + 1)]


def settings(**variables: str) -> Settings:
    """Read settings with a home bucket; variables are in lower case."""
    given = {name.upper(): value for name, value in variables.items()}
    return read_settings({"BUCKET": HOME, "REGION": "cn-shanghai", **given})


def items(event: bytes | str | Mapping[str, Any] | list[Any]) -> list[Item]:
    """Decode an event given as bytes, text or JSON."""
    if not isinstance(event, bytes | str):
        event = json.dumps(event, ensure_ascii=False)
    return list(decode_event(event if isinstance(event, bytes) else event.encode()).items)


def encoded(text: str) -> str:
    """Write a text as Base64."""
    return base64.b64encode(text.encode()).decode()


def sample_event(name: str) -> Any:
    """Read one of the events or message bodies."""
    return load(EVENTS / f"{name}.json")


def sample_answer(api: str, name: str) -> dict[str, Any]:
    """Read one of the documented answers, as one about the job of these tests."""
    answer: dict[str, Any] = load(MPS / ("query" if api == "mps" else "ice") / f"{name}.json")
    return answer | {"JobId": ID}


def mps_answer(
    function: str = "CaptionExtraction",
    result: object = None,
    *,
    bucket: str = HOME,
    output: str = "out/{source}-{timestamp}.srt",
    **changes: Any,
) -> dict[str, Any]:
    """Make an answer of MPS; `result` is the content of `Result`, written as the API does."""
    answer = {
        "FunctionName": function,
        "Input": f"oss://{bucket}.oss-cn-shanghai.aliyuncs.com/in/film.mp4",
        "RequestId": "D127C68E-F1A1-4CE5-A874-8FF724881A12",
        "UserData": "null",
        "State": "Success",
        "Output": f"oss://{bucket}.oss-cn-shanghai.aliyuncs.com/{output}",
        "PipelineId": "39f8e0bc005e4f309379701645f4abcd",
        "JobParams": "{}",
        "JobId": ID,
        "Result": result if isinstance(result, str) else json.dumps(result, ensure_ascii=False),
        **changes,
    }
    return {key: value for key, value in answer.items() if value is not None}


def with_data(data: object) -> dict[str, Any]:
    """Make a `Result` of MPS: `Data` is a JSON text inside it, or the text that is given."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return {"Code": "Success", "Message": "Successful.", "Data": text}


def files_answer(*keys: object, **changes: Any) -> dict[str, Any]:
    """Make the answer of a finished caption job that lists files."""
    return mps_answer(result=with_data({"result": [{"file": key} for key in keys]}), **changes)


def found(kind: type[T], job: Job) -> tuple[T, ...]:
    """Return the findings of one kind."""
    return tuple(each for each in job.findings if isinstance(each, kind))
