"""Build a Job from an API's answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import chain, islice
from typing import Any

from mps_manifest.errors import Unreachable
from mps_manifest.job_limits import (
    MAX_ANSWER_BYTES,
    MAX_FACT_BYTES,
    MAX_FILES,
    MAX_FINDINGS,
)
from mps_manifest.jobs.algorithms import UNKNOWN, Algorithm, algorithm_of
from mps_manifest.jobs.failure import failure_reason, is_telling
from mps_manifest.jobs.job import Job, ListedFile, State
from mps_manifest.jobs.places import input_location, named_output, output_location
from mps_manifest.jobs.result import Result, is_nothing, read_result
from mps_manifest.jobs.result_readers import Finding, as_listed, is_blank, listed_files, no_findings
from mps_manifest.parsing.bounded_copy import bounded_copy, cut_to_bytes
from mps_manifest.parsing.json_pointer import below, pointer
from mps_manifest.parsing.json_text import RecoveredAnswer, decode_json
from mps_manifest.parsing.locations import Location
from mps_manifest.parsing.redaction import as_given, without_secrets
from mps_manifest.parsing.spelling import by_plain_key, with_documented_keys
from mps_manifest.problems import Problem, error, note, too_many_files
from mps_manifest.settings import Api

_MAX_WORD = 100
_BACKGROUND = "bgimage"
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
    files, more_files = _distinct(_listed(answer, result, algorithm))
    found = _findings(answer, result, algorithm, state, has_files=bool(files))
    findings = list(islice(found, MAX_FINDINGS + 1))
    source, output = input_location(answer), named_output(answer)
    kept, is_cut = bounded_copy(
        {**answer, **({"Result": result.value} if "Result" in answer else {})},
        MAX_ANSWER_BYTES,
        without_secrets,
        frozenset({"requestid"}),
    )
    problems = [
        *_limits_met(more_files, more_found=len(findings) > MAX_FINDINGS, is_cut=is_cut),
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
        facts=_facts(answer, result, state_text, {"input": source, "output": output}),
        answer=kept,
        role=algorithm.role,
        requires_files=algorithm.requires_files,
        resolve_template=algorithm.silent_on_mps and api == "mps",
        files=files,
        findings=tuple(f for f in findings[:MAX_FINDINGS] if not isinstance(f, Problem)),
        problems=tuple(problems) if state is not State.RUNNING else (),
        failure=failure_reason(answer, result.value) if state is State.FAILED else "",
        user_data_sha256=_digest(answer.get("UserData")),
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
        title = "The answer was not valid JSON or too large; it was read as far as it can be"
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
        title = "The job has succeeded, as its state says, and its result is an error"
        yield error("item-failed", title, detail, pointer=pointer("Result"))


def _listed(
    answer: Mapping[str, Any], result: Result, algorithm: Algorithm
) -> Iterator[ListedFile]:
    if not algorithm.paths:
        return
    found = False
    roles = _roles(answer, algorithm)
    listed = chain(_entries(answer, "OutputFiles"), listed_files(result.value, pointer("Result")))
    for file in as_listed(listed, roles):
        found = True
        yield _with_own_role(file, algorithm)
    if not found:
        for file in as_listed(_signed_urls(answer), roles):
            yield _with_own_role(file, algorithm)


def _roles(answer: Mapping[str, Any], algorithm: Algorithm) -> tuple[str, ...]:
    is_matte = algorithm.cuts_out and not _has_background(answer.get("JobParams"))
    return (algorithm.role, "matte") if is_matte else (algorithm.role,)


def _has_background(params: object) -> bool:
    """Return whether `bgimage` is set: what was cut out then has no alpha (facts/mps.md, 2, 3)."""
    if isinstance(params, str):
        if _BACKGROUND not in params.lower():
            return False
        decoded = decode_json(params)
        params = decoded.value if decoded else {_BACKGROUND: params}  # it is not always JSON
    return isinstance(params, Mapping) and not is_blank(by_plain_key(params).get(_BACKGROUND))


def _entries(answer: Mapping[str, Any], name: str) -> Iterator[tuple[Any, str]]:
    """Yield the entries of a list, which may also be its JSON text, its only entry, or wrapped.

    SDKs that read XML turn a list into an object with the list, or with its only entry, inside.
    """
    listed, at, is_text = answer.get(name), pointer(name), False
    if isinstance(listed, str) and listed.lstrip().startswith(("[", "{")):
        decoded = decode_json(listed)
        listed, is_text = decoded.value if decoded else None, True
    if isinstance(listed, Mapping) and len(listed) == 1:
        [(key, listed)] = listed.items()
        at = at if is_text else below(at, key)
    if isinstance(listed, list):
        for index, value in enumerate(listed):
            if not is_blank(value):
                yield value, at if is_text else below(at, index)
    elif isinstance(listed, str) and not is_nothing(listed):
        yield listed, at


def _signed_urls(answer: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """Yield `OutputUrls` where nothing else names a file; the service writes them with http."""
    for value, at in _entries(answer, "OutputUrls"):
        is_http = isinstance(value, str) and value[:7].lower() == "http://"
        yield f"https://{value[7:]}" if is_http else value, at


def _with_own_role(file: ListedFile, algorithm: Algorithm) -> ListedFile:
    for ending, role in algorithm.role_by_ending:
        if isinstance(file.value, str) and file.value.lower().endswith(ending):
            return ListedFile(file.value, file.pointer, (role,))
    return file


def _distinct(files: Iterable[ListedFile]) -> tuple[tuple[ListedFile, ...], int]:
    """Return the first of equal entries, at most MAX_FILES, and how many others there are.

    IMS lists covers in OutputFiles and in Result.
    """
    kept: list[ListedFile] = []
    seen: set[tuple[str, str]] = set()
    for file in files:
        identity = type(file.value).__name__, str(file.value)
        if identity not in seen and len(kept) < MAX_FILES:
            kept.append(file)
        seen.add(identity)
    return tuple(kept), len(seen) - len(kept)


def _limits_met(more_files: int, *, more_found: bool, is_cut: bool) -> Iterator[Problem]:
    """Report which limits of a job were met; docs/operations.md says what to do then."""
    if more_files:
        yield too_many_files(more_files)
    if more_found:
        title = f"The job found more than {MAX_FINDINGS} things; the others were left out"
        yield note("too-much-found", title)
    if is_cut:
        title = "The answer is too large to be kept whole; the end of it was cut off"
        yield note("too-much-found", title, f"{MAX_ANSWER_BYTES} bytes are kept")


def _item_problems(result: Result) -> Iterator[Problem]:
    """Report failed inputs of a job that succeeded with others (ImageMatting)."""
    details = result.value.get("Details") if isinstance(result.value, Mapping) else None
    for index, item in enumerate(details if isinstance(details, list) else []):
        status = item.get("Status") if isinstance(item, Mapping) else None
        if isinstance(status, str) and _STATES.get(status.lower()) is State.FAILED:
            yield error(
                "item-failed",
                "One of the job's inputs failed",
                str(item.get("Message") or item.get("Input") or status)[:MAX_FACT_BYTES],
                pointer=pointer("Result", "Details", index),
            )


# --- the job's own fields --------------------------------------------------------------------


def _facts(
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


def _digest(text: object) -> str:
    """Return the SHA-256 of a text, before anything is masked or cut; empty where there is none."""
    if not isinstance(text, str) or not text:
        return ""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _stem(key: str) -> str:
    name = key.rsplit("/", 1)[-1]
    return name.rsplit(".", 1)[0] or name


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
