"""Decode the bodies that people write: direct bodies, and lists and lines of job IDs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mps_manifest.causes import Cause
from mps_manifest.errors import InvalidEvent
from mps_manifest.events.items import Item, JobRequest, OnPending
from mps_manifest.events.line_reader import LineReader
from mps_manifest.events.scope import Scope, quoted
from mps_manifest.job_ids import is_bare_job_id, is_job_id
from mps_manifest.parsing.spelling import by_plain_key, plain_key, values_of_key
from mps_manifest.settings import Api

_JOB_KEYS = ("jobid", "jobids", "jobs")
_SUBMIT_ANSWER = {"RequestId", "JobId", "Result"}
_MAX_TOKEN = 4096


# --- lines and lists -------------------------------------------------------------------------


def read_lines(lines: LineReader, scope: Scope) -> Iterator[Item]:
    """Read text with one job ID per line."""
    for job_id in lines:
        yield request_of(job_id, scope)
    if lines.others:
        scope.fault("not-a-job-id", lines.describe_others())


def request_of(job_id: str, scope: Scope) -> JobRequest:
    """Return the request for a job that is named without options."""
    return JobRequest(
        job_id, scope.api, scope.on_pending, scope.origin, event_time=scope.event_time
    )


def bare(value: object, scope: Scope) -> JobRequest | None:
    """Return the request for one element of a list; None where it is not a job ID."""
    text = value.strip() if isinstance(value, str) else value
    return request_of(text, scope) if is_bare_job_id(text) else None


# --- direct bodies ---------------------------------------------------------------------------


class _Options(NamedTuple):
    api: Api | None
    on_pending: OnPending
    task_token: str | None


class _Job(NamedTuple):
    api: Api | None
    job_id: str


def is_direct_body(body: Mapping[str, Any]) -> bool:
    """Return whether an object is a direct body, judging by its keys."""
    return any(plain_key(key) in {*_JOB_KEYS, "tasktoken"} for key in body)


def is_submit_answer(body: Mapping[str, Any]) -> bool:
    """Return whether an object is the answer of SubmitIProductionJob, which counts as direct."""
    return {"RequestId", "JobId"} <= body.keys() <= _SUBMIT_ANSWER


def read_direct_body(body: Mapping[str, Any], scope: Scope) -> Iterator[Item]:
    """Read `jobId`, `jobIds` and `jobs` with their options.

    Raises InvalidEvent where a caller passed the body and nothing in it is usable.
    """
    keys = by_plain_key(body)
    found, before = False, scope.piece.faults
    options = _options(keys, scope)
    if options:
        for request in _requests(body, options, scope):
            found = True
            yield request
        if options.task_token and not found and scope.piece.faults == before:
            fault = "taskToken is given, but there is no job to wait for"
            scope.fault("invalid-option", fault)
    if scope.direct and not found and scope.piece.cause:
        remedy = "Pass {'jobId': '<ID>'} or {'jobIds': ['<ID>', ...]}"
        raise InvalidEvent(f"{scope.piece.reason()}. {remedy}", scope.piece.cause)


def _requests(body: Mapping[str, Any], options: _Options, scope: Scope) -> Iterator[JobRequest]:
    task_jobs: tuple[tuple[Api | None, str], ...] = ()
    if options.task_token:  # each request of a token needs the list of all its jobs
        jobs = (_job(value, options) for value in _candidates(body))
        task_jobs = tuple(dict.fromkeys((job.api, job.job_id) for job in jobs if job))
    for value in _candidates(body):
        job = _job(value, options)
        if job is None:
            scope.fault(*_fault_of(value), value)
            continue
        yield JobRequest(
            job.job_id,
            job.api,
            options.on_pending,
            scope.origin,
            options.task_token,
            task_jobs if len(task_jobs) > 1 else (),
            scope.event_time,
        )


def _candidates(body: Mapping[str, Any]) -> Iterator[object]:
    """Yield what may be jobs, under each spelling of each key."""
    for key in _JOB_KEYS:
        for value in values_of_key(body, key):
            # what ConvertTo-Json of Windows makes of some lists
            is_wrapped = isinstance(value, dict) and value.keys() == {"value", "Count"}
            listed = value["value"] if is_wrapped else value
            for each in listed if isinstance(listed, list) else [listed]:
                yield from _spelled(each)


def _spelled(value: object) -> Iterator[object]:
    """Yield an object once for each job that it names in different spellings of `jobId`."""
    job_ids = values_of_key(value, "jobid") if isinstance(value, dict) else []
    if isinstance(value, dict) and len(job_ids) > 1:
        api = by_plain_key(value).get("api")  # no more of it is read, and it may be large
        yield from ({"jobid": job_id, "api": api} for job_id in job_ids)
    else:
        yield value


def _job(value: object, options: _Options) -> _Job | None:
    api = options.api
    if isinstance(value, dict):
        own = by_plain_key(value)
        value = own.get("jobid")
        api = own.get("api") or api
        if api not in ("mps", "ims", None):
            return None
    return _Job(api, value) if is_job_id(value) else None


def _fault_of(value: object) -> tuple[Cause, str]:
    if isinstance(value, dict) and is_job_id(by_plain_key(value).get("jobid")):
        return "invalid-option", "the api of {} must be 'mps' or 'ims'"
    return "not-a-job-id", "{} is not a job ID (1 to 64 letters, digits and hyphens)"


def _options(keys: Mapping[str, Any], scope: Scope) -> _Options | None:
    """Return the options of a body; None where one is invalid, with all of those noted."""
    api, on_pending, token = keys.get("api"), keys.get("onpending"), keys.get("tasktoken")
    faults = []
    if api not in (None, "", "mps", "ims"):  # a tuple, since the value may be unhashable
        faults.append(f"api must be 'mps' or 'ims' (got {quoted(api)})")
    if on_pending not in (None, "", "return", "park"):
        faults.append(f"onPending must be 'return' or 'park' (got {quoted(on_pending)})")
    if token is not None and not (isinstance(token, str) and 0 < len(token) <= _MAX_TOKEN):
        faults.append(f"taskToken must be a string of 1 to {_MAX_TOKEN} characters")
    for fault in faults:
        scope.fault("invalid-option", fault)
    # a caller with a token waits for the callback, so by default an unfinished job is parked
    default: OnPending = "park" if token else scope.on_pending
    return None if faults else _Options(api or scope.api, on_pending or default, token)
