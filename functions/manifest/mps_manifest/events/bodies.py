"""Decode bodies that name jobs: direct bodies and the notifications of MPS and IMS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from mps_manifest.errors import InvalidEvent
from mps_manifest.events.items import Item, JobRequest, OnPending
from mps_manifest.events.payloads import JobIdLines
from mps_manifest.events.scope import Scope
from mps_manifest.job_ids import is_bare_job_id, is_job_id
from mps_manifest.settings import Api

_JOB_KEYS = ("jobid", "jobids", "jobs")
_NOTIFICATION_KEYS = {"state", "status", "type", "functionname", "requestid", "result", "code"}
_DIRECT_KEYS = {"jobids", "jobs", "api", "onpending", "tasktoken"}
_MAX_TOKEN = 4096
_NAMED_ERRORS = 20
_MAX_SEARCH_DEPTH = 6


def plain_key(key: str) -> str:
    """Return a key in its plain spelling: jobid for jobId, JobId, job_id and job-id."""
    return key.replace("_", "").replace("-", "").lower()


def _by_plain_key(body: Mapping[str, Any]) -> dict[str, Any]:
    return {plain_key(key): value for key, value in body.items()}


# --- lines and lists -------------------------------------------------------------------------


def read_lines(lines: JobIdLines, scope: Scope) -> Iterator[Item]:
    """Read text with one job ID per line."""
    for job_id in lines.job_ids:
        yield _request(job_id, scope)
    if lines.others:
        yield scope.unusable(
            _counted("line is not a job ID", "lines are not job IDs", lines.others)
        )


def _request(job_id: str, scope: Scope) -> JobRequest:
    return JobRequest(
        job_id, scope.api, scope.on_pending, scope.origin, event_time=scope.event_time
    )


def _counted(one: str, many: str, values: Iterable[object]) -> str:
    shown = [repr(value)[:80] for value in values]
    named = ", ".join(shown[:_NAMED_ERRORS]) + (", ..." if len(shown) > _NAMED_ERRORS else "")
    return f"{len(shown)} {one if len(shown) == 1 else many} ({named})"


# --- direct bodies ---------------------------------------------------------------------------


class _Options(NamedTuple):
    api: Api | None
    on_pending: OnPending
    task_token: str | None
    errors: tuple[str, ...]


def is_direct_body(body: Mapping[str, Any]) -> bool:
    """Return whether an object is a direct body, judging by its keys."""
    return any(plain_key(key) in {*_JOB_KEYS, "tasktoken"} for key in body)


def read_direct_body(body: Mapping[str, Any], scope: Scope) -> Iterator[Item]:
    """Read `jobId`, `jobIds` and `jobs` with their options.

    Raises InvalidEvent where a caller passed the body and nothing in it is usable.
    """
    keys = _by_plain_key(body)
    options = _options(keys, scope)
    errors = list(options.errors)
    requests = _job_requests(keys, options, scope, errors)
    if options.task_token:  # each request of a token needs the list of all its jobs
        requests = _as_one_task(list(requests))
    found = False
    for request in requests:
        found = True
        yield request
    if options.task_token and not found and not errors:
        errors.append("taskToken is given, but there is no job to wait for")
    if not errors:
        return
    reason = "; ".join(errors[:_NAMED_ERRORS]) + (
        f"; and {len(errors) - _NAMED_ERRORS} more" if len(errors) > _NAMED_ERRORS else ""
    )
    if scope.direct and not found:
        raise InvalidEvent(f"{reason}. Pass {{'jobId': '<ID>'}} or {{'jobIds': ['<ID>', ...]}}")
    yield scope.unusable(reason)


def _job_requests(
    keys: Mapping[str, Any], options: _Options, scope: Scope, errors: list[str]
) -> Iterator[JobRequest]:
    for value in _candidates(keys) if not options.errors else ():
        request = _job_request(value, options, scope)
        if request:
            yield request
        else:
            errors.append(_error_of(value))


def _as_one_task(requests: list[JobRequest]) -> Iterator[JobRequest]:
    jobs = tuple(dict.fromkeys((request.api, request.job_id) for request in requests))
    for request in requests:
        yield request._replace(task_jobs=jobs) if len(jobs) > 1 else request


def _candidates(keys: Mapping[str, Any]) -> Iterator[object]:
    for key in _JOB_KEYS:
        value = keys.get(key)
        if isinstance(value, list):
            yield from value
        elif key in keys:
            yield value


def _job_request(value: object, options: _Options, scope: Scope) -> JobRequest | None:
    api = options.api
    if isinstance(value, Mapping):
        own = _by_plain_key(value)
        value = own.get("jobid")
        api = own.get("api") or api
        if api not in ("mps", "ims", None):
            return None
    if not is_job_id(value):
        return None
    return JobRequest(
        value,
        api,
        options.on_pending,
        scope.origin,
        options.task_token,
        event_time=scope.event_time,
    )


def _error_of(value: object) -> str:
    if isinstance(value, Mapping) and is_job_id(_by_plain_key(value).get("jobid")):
        return f"the api of {value!r:.120} must be 'mps' or 'ims'"
    return f"{value!r:.80} is not a job ID (1 to 64 letters, digits and hyphens)"


def _options(keys: Mapping[str, Any], scope: Scope) -> _Options:
    api, on_pending, token = keys.get("api"), keys.get("onpending"), keys.get("tasktoken")
    errors = []
    if api not in (None, "", "mps", "ims"):  # a tuple, since the value may be unhashable
        errors.append(f"api must be 'mps' or 'ims' (got {api!r:.40})")
    if on_pending not in (None, "", "return", "park"):
        errors.append(f"onPending must be 'return' or 'park' (got {on_pending!r:.40})")
    if token is not None and not (isinstance(token, str) and 0 < len(token) <= _MAX_TOKEN):
        errors.append(f"taskToken must be a string of 1 to {_MAX_TOKEN} characters")
    # a caller with a token waits for the callback, so by default an unfinished job is parked
    default: OnPending = "park" if token else scope.on_pending
    return _Options(api or scope.api, on_pending or default, token, tuple(errors))


# --- notifications ---------------------------------------------------------------------------


def is_notification(body: Mapping[str, Any]) -> bool:
    """Return whether an object is a notification of MPS: a job ID beside fields of its outcome."""
    keys = {plain_key(key) for key in body}
    return "jobid" in keys and bool(keys & _NOTIFICATION_KEYS) and not keys & _DIRECT_KEYS


def read_notification(body: Mapping[str, Any], scope: Scope) -> Iterator[Item]:
    """Read a notification about one job; its keys have either spelling."""
    values = (value for key, value in body.items() if plain_key(key) == "jobid")
    yield from _named_jobs(values, scope.inside(f"{scope.origin} notification", api=scope.api))


def is_workflow_report(body: Mapping[str, Any]) -> bool:
    """Return whether an object is the report of a media workflow."""
    return isinstance(body.get("MediaWorkflowExecution"), Mapping)


def read_workflow_report(body: Mapping[str, Any], scope: Scope) -> Iterator[Item]:
    """Read the jobs of a workflow's activities; Start and Report activities have none."""
    activities = body["MediaWorkflowExecution"].get("ActivityList")
    values = [
        activity["JobId"]
        for activity in (activities if isinstance(activities, list) else [])
        if isinstance(activity, Mapping) and activity.get("JobId")
    ]
    yield from _named_jobs(values, scope.inside(f"{scope.origin} workflow report", api=scope.api))


def is_ims_event(body: Mapping[str, Any]) -> bool:
    """Return whether an object has the envelope of an IMS event."""
    return "EventType" in body and "MessageBody" in body


def read_ims_event(body: Mapping[str, Any], scope: Scope) -> Iterator[Item]:
    """Read an event of IMS.

    The shape of AIProduceComplete is not documented (facts/mps.md section 6), so the job ID is
    searched for; events about files and media have none and are ignored.
    """
    event_type = str(body["EventType"])[:64]
    scope = scope.inside(f"{scope.origin} IMS {event_type}", api="ims")
    values = list(_values_of("jobid", body["MessageBody"]))
    if not values and event_type.startswith("AIProduce"):
        yield scope.unusable("the IMS event about a production job has no JobId")
    yield from _named_jobs(values, scope)


def _values_of(name: str, value: object, depth: int = 0) -> Iterator[object]:
    if depth > _MAX_SEARCH_DEPTH:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if plain_key(key) == name:
                yield inner
            else:
                yield from _values_of(name, inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _values_of(name, inner, depth + 1)


def _named_jobs(values: Iterable[object], scope: Scope) -> Iterator[Item]:
    distinct = list({str(value): value for value in values}.values())
    for value in distinct:
        if is_job_id(value):
            yield _request(value, scope)
    others = [value for value in distinct if not is_job_id(value)]
    if others:
        yield scope.unusable(_counted("JobId is invalid", "JobIds are invalid", others))


def bare(value: object, scope: Scope) -> JobRequest | None:
    """Return the request for one element of a list; None where it is not a job ID."""
    text = value.strip() if isinstance(value, str) else value
    if is_bare_job_id(text):
        return _request(text, scope)
    return None
