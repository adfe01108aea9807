"""Read what an answer says of the job itself: its names, its times, its input and output."""

from __future__ import annotations

import json
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
) -> tuple[dict[str, Any], list[str]]:
    """Return the contract's `job` fields, and the names of those that were cut.

    Those that the answer lacks are left out.
    """
    schedule = answer.get("ScheduleConfig")
    pipeline = schedule.get("PipelineId") if isinstance(schedule, dict) else None
    outcome = {"code": result.code, "message": result.message}
    facts = {
        "functionName": answer.get("FunctionName"),
        "state": state_text,
        "pipelineId": answer.get("PipelineId") or pipeline,
        "userData": given_text(answer.get("UserData")),
        "jobParams": given_text(answer.get("JobParams")),
        "createTime": answer.get("CreateTime"),
        "finishTime": answer.get("FinishTime"),
    }
    cut: list[str] = []
    texts: dict[str, Any] = {
        key: _cut(value, as_given, key, cut)
        for key, value in facts.items()
        if isinstance(value, str) and value
    }
    for name, place in places.items():
        if place:
            texts[name] = {"bucket": place.bucket, "key": _cut(place.key, as_given, name, cut)}
    if any(outcome.values()):
        texts["result"] = {
            key: _cut(value, without_secrets, f"result.{key}", cut)
            for key, value in outcome.items()
            if value
        }
    return texts, cut


def given_text(value: object) -> str | None:
    """Return a text of the customer's; what an SDK has decoded is a text again. None for null."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _cut(text: str, clean: Callable[[str], str], name: str, cut: list[str]) -> str:
    """Return what is kept of a text; more is cleaned, since a secret in it is cut out before."""
    cleaned = clean(text[: 2 * MAX_FACT_BYTES])
    kept = cut_to_bytes(cleaned, MAX_FACT_BYTES)
    if len(text) > 2 * MAX_FACT_BYTES or len(kept) < len(cleaned):
        cut.append(name)
    return kept


def text_digest(text: str | None) -> str:
    """Return the SHA-256 of a text, before anything is masked or cut; empty where there is none."""
    if not text:
        return ""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
