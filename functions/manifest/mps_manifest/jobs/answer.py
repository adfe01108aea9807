"""Build a Job from an API's answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from mps_manifest.errors import Unreachable
from mps_manifest.job_limits import (
    MAX_ANSWER_BYTES,
    MAX_FACT_BYTES,
    MAX_FINDINGS,
)
from mps_manifest.jobs.algorithms import UNKNOWN, Algorithm, algorithm_of
from mps_manifest.jobs.failure import failure_reason, is_telling
from mps_manifest.jobs.job import Job, State
from mps_manifest.jobs.job_facts import given_text, job_facts, text_digest
from mps_manifest.jobs.job_files import files_of
from mps_manifest.jobs.places import input_location, named_output, output_location
from mps_manifest.jobs.result import Result, is_nothing, read_result
from mps_manifest.jobs.result_readers import Finding, no_findings
from mps_manifest.parsing.bounded_copy import bounded_copy
from mps_manifest.parsing.json_pointer import pointer
from mps_manifest.parsing.json_text import RecoveredAnswer
from mps_manifest.parsing.redaction import without_secrets
from mps_manifest.parsing.spelling import by_plain_key, with_documented_keys
from mps_manifest.problems import Problem, error, note, too_many_files
from mps_manifest.settings import Api

_MAX_WORD = 100
_ENVELOPE = {
    *("requestid", "jobid", "success", "code", "errorcode", "errcode", "httpstatuscode"),
    *("statuscode", "hostid", "recommend", "traceid"),
}
_OF_NO_JOB = ("{}", "[]", "0", 0)
_STATES = {
    **dict.fromkeys(("queuing", "analysing", "analyzing"), State.RUNNING),
    **dict.fromkeys(("success", "succeed", "succeeded", "finished"), State.SUCCEEDED),
    **dict.fromkeys(("fail", "failed", "failure", "error", "cancelled", "canceled"), State.FAILED),
}
# of both APIs (facts/mps.md section 4)
_FIELDS = frozenset(
    (
        "CreateTime",
        "FinishTime",
        "FunctionName",
        "Input",
        "JobId",
        "JobParams",
        "Output",
        "OutputFiles",
        "OutputMediaIds",
        "OutputUrls",
        "PipelineId",
        "RequestId",
        "Result",
        "ScheduleConfig",
        "State",
        "Status",
        "UserData",
    )
)


def read_answer(api: Api, job_id: str, answer: Mapping[str, Any]) -> Job:
    """Read the answer of QueryIProductionJob of either API.

    Raises Unreachable where the answer is about another job, or empty.
    """
    if not answer:
        raise Unreachable("the API's answer is empty")
    answer = _as_documented(answer)
    named = answer.get("JobId")
    if isinstance(named, str | int) and str(named).strip().lower() not in ("", job_id.lower()):
        raise Unreachable("the API answered about another job")
    state_text, state = state_of(answer)
    name = _text(answer.get("FunctionName")) or ""
    if state is State.UNKNOWN and _describes_a_job(answer):  # there is no more to say of it yet
        state = State.RUNNING
    algorithm = algorithm_of(name)
    result = read_result(answer.get("Result"))
    files, more_files = files_of(answer, result, algorithm)
    found = _findings(answer, result, algorithm, state, has_files=bool(files))
    findings = list(islice(found, MAX_FINDINGS + 1))
    source, output = input_location(answer), named_output(answer)
    facts, cut_facts = job_facts(answer, result, state_text, {"input": source, "output": output})
    kept, is_cut = bounded_copy(
        {**answer, **({"Result": result.value} if "Result" in answer else {})},
        MAX_ANSWER_BYTES,
        without_secrets,
        frozenset({"requestid"}),
    )
    problems = [
        *_limits_met(more_files, cut_facts, more_found=len(findings) > MAX_FINDINGS, is_cut=is_cut),
        *(finding for finding in findings if isinstance(finding, Problem)),
    ]
    return Job(
        job_id=job_id,
        api=api,
        state=state,
        state_text=state_text,
        function_name=name,
        output_location=output_location(answer, output),
        input_stem=_stem(source.key) if source and source.key else None,
        input_location=source,
        facts=facts,
        answer=kept,
        role=algorithm.role,
        requires_files=algorithm.requires_files,
        resolve_template=algorithm.silent_on_mps and api == "mps",
        files=files,
        findings=tuple(f for f in findings[:MAX_FINDINGS] if not isinstance(f, Problem)),
        problems=tuple(problems) if state is not State.RUNNING else (),
        failure=failure_reason(answer, result.value) if state is State.FAILED else "",
        user_data_sha256=text_digest(given_text(answer.get("UserData"))),
    )


def state_of(answer: Mapping[str, Any]) -> tuple[str, State]:
    """Return the service's word for a job's state, and ours; a word nobody knows is running.

    So is one that is no text, unless there is nothing in it: the service knows the job.
    """
    words = [word for word in (answer.get("State"), answer.get("Status")) if word]
    texts = (word.strip() for word in words if isinstance(word, str))
    others = (str(word)[:_MAX_WORD] for word in words if not isinstance(word, str))
    text = next(filter(None, chain(texts, others)), "")
    return text, _STATES.get(text.lower(), State.RUNNING) if text else State.UNKNOWN


def _describes_a_job(answer: Mapping[str, Any]) -> bool:
    """Return whether there is more than what any call is answered.

    A wrong job ID is answered with the request's ID and itself (facts/mps.md section 1, number 4).
    """
    fields = by_plain_key(answer)
    is_told = is_telling(fields.pop("message", None))
    own = map(fields.get, fields.keys() - _ENVELOPE)
    return is_told or any(not is_nothing(value) and value not in _OF_NO_JOB for value in own)


def _as_documented(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an answer with the keys that its API documents, whatever their spelling was."""
    fields = with_documented_keys(answer, _FIELDS)
    return RecoveredAnswer(fields, answer.defect) if isinstance(answer, RecoveredAnswer) else fields


def _findings(
    answer: Mapping[str, Any],
    result: Result,
    algorithm: Algorithm,
    state: State,
    *,
    has_files: bool,
) -> Iterator[Finding]:
    if isinstance(answer, RecoveredAnswer):
        title = "The answer was not valid JSON or too large; it was read as far as possible"
        yield note("recovered-answer", title, answer.defect)
    yield from result.problems
    if algorithm is UNKNOWN:
        found = "its files were found" if has_files else "no file was found"
        yield note(
            "unknown-algorithm",
            f"Unknown algorithm; {found} by the generic reader",
            str(answer.get("FunctionName"))[:MAX_FACT_BYTES],
            pointer=pointer("FunctionName"),
        )
    has_findings = False
    for finding in algorithm.read(result.value, pointer("Result")):
        has_findings = True
        yield finding
    if state is State.SUCCEEDED:
        if not has_findings and algorithm.read is not no_findings and not has_files:
            yield from _unrecognized(result)
        yield from _contradiction(result)
    yield from _item_problems(result)


def _unrecognized(result: Result) -> Iterator[Problem]:
    """Report a result in which an algorithm's findings should be, and are in no known form."""
    if not result.problems and result.has_content:
        title = "The content of the result was not recognized; it is kept in `answer`"
        yield note("unknown-content", title, pointer=pointer("Result"))


def _contradiction(result: Result) -> Iterator[Problem]:
    """Report the code of an error in the result of a job that has succeeded, as its state says."""
    if result.is_error:
        detail = ": ".join(filter(None, (result.code, result.message)))[:MAX_FACT_BYTES]
        title = "The job's state is success, but its result reports an error"
        yield error("item-failed", title, detail, pointer=pointer("Result"))


def _limits_met(
    more_files: int, cut_facts: list[str], *, more_found: bool, is_cut: bool
) -> Iterator[Problem]:
    """Report which limits of a job were met; docs/operations.md says what to do then."""
    if more_files:
        yield too_many_files(more_files)
    if more_found:
        title = f"The answer has more than {MAX_FINDINGS} findings; the rest was left out"
        yield note("too-much-found", title)
    if cut_facts:
        title = "A text of the job is too long to be kept whole; the end of it was cut off"
        detail = f"{MAX_FACT_BYTES} bytes are kept: {', '.join(cut_facts)}"
        yield note("too-much-found", title, detail)
    if is_cut:
        title = "The answer is too large to be kept whole; the end of it was cut off"
        yield note("too-much-found", title, f"{MAX_ANSWER_BYTES} bytes are kept")


def _item_problems(result: Result) -> Iterator[Problem]:
    """Report failed inputs of a job that succeeded with others (ImageMatting)."""
    details = result.value.get("Details") if isinstance(result.value, dict) else None
    for index, item in enumerate(details if isinstance(details, list) else []):
        status = item.get("Status") if isinstance(item, dict) else None
        if isinstance(status, str) and _STATES.get(status.lower()) is State.FAILED:
            yield error(
                "item-failed",
                "One of the job's inputs failed",
                str(item.get("Message") or item.get("Input") or status)[:MAX_FACT_BYTES],
                pointer=pointer("Result", "Details", index),
            )


def _stem(key: str) -> str:
    name = key.rsplit("/", 1)[-1]
    return name.rsplit(".", 1)[0] or name


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
