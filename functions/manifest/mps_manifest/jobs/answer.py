"""Build a Job from an API's answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from mps_manifest.errors import Unreachable
from mps_manifest.jobs.algorithms import ALGORITHMS, UNKNOWN, Algorithm
from mps_manifest.jobs.job import Job, ListedFile, State
from mps_manifest.jobs.result import Result, read_result
from mps_manifest.jobs.result_readers import Finding, as_listed, listed_files
from mps_manifest.parsing.json_pointer import pointer
from mps_manifest.parsing.json_text import within_depth
from mps_manifest.parsing.locations import Location, parse_location
from mps_manifest.parsing.redaction import without_queries, without_signatures
from mps_manifest.problems import Problem, error, note
from mps_manifest.settings import Api

__all__ = ["Job", "State", "read_answer"]

_STATES = {
    **dict.fromkeys(("queuing", "analysing", "analyzing"), State.RUNNING),
    **dict.fromkeys(("success", "succeeded", "finished"), State.SUCCEEDED),
    **dict.fromkeys(("fail", "failed", "cancelled", "canceled"), State.FAILED),
}
_T = TypeVar("_T")


def read_answer(api: Api, job_id: str, answer: Mapping[str, Any]) -> Job:
    """Read the answer of QueryIProductionJob of either API.

    Raises Unreachable where the answer is nested more deeply than any that the service sends.
    """
    if not within_depth(answer):
        raise Unreachable("the answer is nested too deeply to come from this service")
    state_text = _text(answer.get("State")) or _text(answer.get("Status")) or ""
    state = _STATES.get(state_text.lower(), State.RUNNING) if state_text else State.UNKNOWN
    name = _text(answer.get("FunctionName")) or ""
    algorithm = ALGORITHMS.get(name, UNKNOWN)
    result = read_result(answer.get("Result"))
    findings = list(_findings(answer, result, algorithm))
    output_location = _home(answer)
    input_stem = _location(answer.get("Input"))
    return Job(
        job_id=job_id,
        api=api,
        state=state,
        state_text=state_text,
        function_name=name,
        output_location=output_location,
        input_stem=_stem(input_stem.key) if input_stem and input_stem.key else None,
        facts=_facts(answer, result, state_text),
        answer=_clean({**answer, **({"Result": result.value} if "Result" in answer else {})}),
        role=algorithm.role,
        requires_files=algorithm.requires_files,
        resolve_template=algorithm.silent_on_mps and api == "mps",
        files=_distinct(_only(ListedFile, findings)),
        findings=tuple(f for f in findings if not isinstance(f, ListedFile | Problem)),
        problems=_only(Problem, findings) if state is not State.RUNNING else (),
    )


def _only(kind: type[_T], findings: Iterable[object]) -> tuple[_T, ...]:
    return tuple(finding for finding in findings if isinstance(finding, kind))


def _findings(
    answer: Mapping[str, Any], result: Result, algorithm: Algorithm
) -> Iterator[Finding | ListedFile]:
    yield from result.problems
    if algorithm is UNKNOWN:
        yield note(
            "unknown-algorithm",
            "Unknown algorithm; its files were found by the generic reader",
            str(answer.get("FunctionName")),
            pointer=pointer("FunctionName"),
        )
    if algorithm.paths:
        listed = _output_files(answer), listed_files(result.value, pointer("Result"))
        for files in listed:
            for file in as_listed(files, (algorithm.role,)):
                yield _with_own_role(file, algorithm)
    yield from algorithm.read(result.value, pointer("Result"))
    yield from _item_problems(result)


def _output_files(answer: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    listed = answer.get("OutputFiles")
    for index, value in enumerate(listed if isinstance(listed, list) else []):
        yield value, pointer("OutputFiles", index)


def _with_own_role(file: ListedFile, algorithm: Algorithm) -> ListedFile:
    for ending, role in algorithm.role_by_ending:
        if isinstance(file.value, str) and file.value.lower().endswith(ending):
            return ListedFile(file.value, file.pointer, (role,))
    return file


def _distinct(files: Iterable[ListedFile]) -> tuple[ListedFile, ...]:
    """Keep the first of equal entries: IMS lists covers in OutputFiles and in Result."""
    first: dict[str, ListedFile] = {}
    for file in files:
        first.setdefault(f"{type(file.value).__name__} {file.value}", file)
    return tuple(first.values())


def _item_problems(result: Result) -> Iterator[Problem]:
    """Report failed inputs of a job that succeeded with others (ImageMatting)."""
    details = result.value.get("Details") if isinstance(result.value, Mapping) else None
    for index, item in enumerate(details if isinstance(details, list) else []):
        status = item.get("Status") if isinstance(item, Mapping) else None
        if isinstance(status, str) and _STATES.get(status.lower()) is State.FAILED:
            yield error(
                "item-failed",
                "One of the job's inputs failed",
                str(item.get("Message") or item.get("Input") or status),
                pointer=pointer("Result", "Details", index),
            )


# --- the job's own fields --------------------------------------------------------------------


def _facts(answer: Mapping[str, Any], result: Result, state_text: str) -> dict[str, Any]:
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
        key: without_signatures(value)
        for key, value in facts.items()
        if isinstance(value, str) and value
    }
    places = {"input": _location(answer.get("Input")), "output": _location(answer.get("Output"))}
    for key, place in places.items():
        if place:
            texts[key] = {"bucket": place.bucket, "key": place.key}
    if any(outcome.values()):
        texts["result"] = {key: without_queries(value) for key, value in outcome.items() if value}
    return texts


def _location(value: object) -> Location | None:
    if isinstance(value, Mapping):
        value = value.get("Media") if value.get("Type", "OSS") == "OSS" else None
    return parse_location(value) if isinstance(value, str) else None


def _home(answer: Mapping[str, Any]) -> Location | None:
    """Return the location whose bucket bare keys are in: `Output`, else that of `OutputUrls`.

    The answer of an IMS job whose output is a media asset has the bucket only in `OutputUrls`.
    """
    output_location = _location(answer.get("Output"))
    urls = answer.get("OutputUrls")
    places = [_location(url) for url in urls] if isinstance(urls, list) else []
    return output_location or next((Location(p.bucket, "", p.region) for p in places if p), None)


def _stem(key: str) -> str:
    name = key.rsplit("/", 1)[-1]
    return name.rsplit(".", 1)[0] or name


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _clean(value: Any) -> Any:
    """Return a copy without request IDs and without the queries of URLs."""
    if isinstance(value, Mapping):
        return {k: _clean(v) for k, v in value.items() if k.lower() != "requestid"}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return without_queries(value) if isinstance(value, str) else value
