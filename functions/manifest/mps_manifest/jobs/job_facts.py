"""Read what an answer says of the job itself: its names, its times, its input and output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from mps_manifest.job_limits import MAX_FACT_BYTES
from mps_manifest.jobs.result import Result
from mps_manifest.parsing.bounded_copy import cut_to_bytes
from mps_manifest.parsing.locations import Location
from mps_manifest.parsing.redaction import as_given, without_secrets


def job_facts(
    answer: Mapping[str, Any],
    result: Result,
    state_text: str,
    places: Mapping[str, Location | None],
) -> dict[str, Any]:
    """Return the contract's `job` fields; those that the answer lacks are left out."""
    schedule = answer.get("ScheduleConfig")
    pipeline = schedule.get("PipelineId") if isinstance(schedule, Mapping) else None
    outcome = {"code": result.code, "message": result.message}
    facts = {
        "functionName": answer.get("FunctionName"),
        "state": state_text,
        "pipelineId": answer.get("PipelineId") or pipeline,
        "userData": answer.get("UserData"),
        "jobParams": answer.get("JobParams"),
        "createTime": answer.get("CreateTime"),
        "finishTime": answer.get("FinishTime"),
    }
    texts: dict[str, Any] = {
        key: _cut(value, as_given)
        for key, value in facts.items()
        if isinstance(value, str) and value
    }
    for name, place in places.items():
        if place:
            texts[name] = {"bucket": place.bucket, "key": _cut(place.key, as_given)}
    if any(outcome.values()):
        texts["result"] = {
            key: _cut(value, without_secrets) for key, value in outcome.items() if value
        }
    return texts


def _cut(text: str, clean: Callable[[str], str]) -> str:
    """Return what is kept of a text; more is cleaned, since a secret in it is cut out before."""
    return cut_to_bytes(clean(text[: 2 * MAX_FACT_BYTES]), MAX_FACT_BYTES)


def text_digest(text: object) -> str:
    """Return the SHA-256 of a text, before anything is masked or cut; empty where there is none."""
    if not isinstance(text, str) or not text:
        return ""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
