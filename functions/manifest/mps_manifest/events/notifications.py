"""Decode the notifications of MPS and IMS about jobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mps_manifest.events.bodies import request_of
from mps_manifest.events.items import Item
from mps_manifest.events.other_products import has_other_type, is_about_production
from mps_manifest.events.payloads import Recovered, parse_payload
from mps_manifest.events.scope import Scope
from mps_manifest.events.times import parse_time
from mps_manifest.job_ids import is_job_id
from mps_manifest.parsing.spelling import by_plain_key, plain_key, values_of_key

_OUTCOME_KEYS = {
    "state",
    "status",
    "type",
    "eventtype",
    "functionname",
    "requestid",
    "result",
    "code",
}
_DIRECT_KEYS = {"jobids", "jobs", "api", "onpending", "tasktoken"}
_OF_THE_CUSTOMER = "userdata"
_SUBMIT_CALL = "SubmitIProductionJob"
_MAX_SEARCH_DEPTH = 6
_REMEMBERED = 1000


def is_notification(body: Mapping[str, Any]) -> bool:
    """Return whether an object is a notification of MPS: a job ID beside fields of its outcome."""
    keys = {plain_key(key) for key in body}
    return "jobid" in keys and bool(keys & _OUTCOME_KEYS) and not keys & _DIRECT_KEYS


def read_notification(body: Mapping[str, Any], scope: Scope) -> Iterator[Item]:
    """Read a notification about one job; its keys have either spelling."""
    values = values_of_key(body, "jobid")
    inner = scope.inside(f"{scope.origin} notification")
    yield from _named_jobs(values, _of_its_api(inner, by_plain_key(body).get("eventtype")))


def _of_its_api(scope: Scope, event_type: object) -> Scope:
    """Return a scope with the API whose jobs a type of event is about, where only IMS has it."""
    is_of_ims = isinstance(event_type, str) and is_about_production(event_type)
    return scope._replace(api="ims") if is_of_ims else scope


def is_workflow_report(body: Mapping[str, Any]) -> bool:
    """Return whether an object is the report of a media workflow."""
    return isinstance(by_plain_key(body).get("mediaworkflowexecution"), Mapping | str)


def read_workflow_report(body: Mapping[str, Any], scope: Scope) -> Iterator[Item]:
    """Read the jobs of a workflow's activities, except those of other products."""
    execution = _decoded(by_plain_key(body)["mediaworkflowexecution"])
    listed = by_plain_key(execution if isinstance(execution, dict) else {}).get("activitylist")
    values = (
        job_id
        for activity in _activities(_decoded(listed))
        if not has_other_type(activity)
        for job_id in values_of_key(activity, "jobid")
        if job_id
    )
    yield from _named_jobs(values, scope.inside(f"{scope.origin} workflow report"))


def _activities(listed: object) -> Iterator[Mapping[str, Any]]:
    """Yield activities: those of a list, also of `{"Activity": [...]}` as the query has them."""
    if isinstance(listed, dict):
        listed = by_plain_key(listed).get("activity")
    for activity in listed if isinstance(listed, list) else [listed]:
        if isinstance(activity, dict):
            yield activity


def _decoded(value: object) -> object:
    """Return a value that may be written as a JSON text."""
    meaning = parse_payload(value) if isinstance(value, str) else value
    return meaning.value if isinstance(meaning, Recovered) else meaning


def is_ims_event(body: Mapping[str, Any]) -> bool:
    """Return whether an object has the envelope of an IMS event."""
    return by_plain_key(body).keys() >= {"eventtype", "messagebody"}


def read_ims_event(body: Mapping[str, Any], scope: Scope) -> Iterator[Item]:
    """Read an event of IMS about a production job, or of a type that is not known.

    The shape of AIProduceComplete is not documented (facts/mps.md section 6), so the job ID is
    searched for; events about files and media have none and are ignored.
    """
    fields = by_plain_key(body)
    event_type = str(fields["eventtype"])[:64]
    happened = parse_time(fields.get("eventtime")) or scope.event_time
    scope = scope.inside(f"{scope.origin} IMS {event_type}", api="ims", event_time=happened)
    values = _values_of("jobid", _decoded(fields["messagebody"]))
    named = False
    for item in _named_jobs(values, scope):
        named = True
        yield item
    if not named and not scope.piece.faults and is_about_production(event_type):
        scope.fault("not-a-job-id", "the IMS event about a production job has no JobId")


def is_event_with_job(body: Mapping[str, Any]) -> bool:
    """Return whether an object is a flat event of an unknown type that names a job further down.

    Of the calls that ActionTrail records it is the one that submits a job: the function's own
    queries name jobs, too.
    """
    fields = by_plain_key(body)
    if not isinstance(fields.get("eventtype"), str):
        return False
    if "eventname" in fields:
        return fields["eventname"] == _SUBMIT_CALL and any(_jobs_inside(body))
    return "eventtime" in fields and any(_jobs_inside(body))


def read_event_with_job(body: Mapping[str, Any], scope: Scope) -> Iterator[Item]:
    """Read the jobs that an event of an unknown type names, however deep."""
    fields = by_plain_key(body)
    happened = parse_time(fields.get("eventtime")) or scope.event_time
    inner = scope.inside(f"{scope.origin} {fields['eventtype'][:64]}", event_time=happened)
    yield from _named_jobs(_jobs_inside(body), _of_its_api(inner, fields["eventtype"]))


def _jobs_inside(value: object) -> Iterator[object]:
    return filter(None, _values_of("jobid", value))


def _values_of(name: str, value: object, depth: int = 0) -> Iterator[object]:
    if depth > _MAX_SEARCH_DEPTH:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if plain_key(key) == name:
                yield inner
            elif plain_key(key) != _OF_THE_CUSTOMER:
                yield from _values_of(name, inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _values_of(name, inner, depth + 1)


def _named_jobs(values: Iterable[object], scope: Scope) -> Iterator[Item]:
    """Yield a request for each job; one that several values name only once."""
    seen: set[str] = set()
    for value in values:
        if not is_job_id(value):
            scope.fault("not-a-job-id", "JobId {} is invalid", value)
        elif value not in seen:
            if len(seen) < _REMEMBERED:
                seen.add(value)
            yield request_of(value, scope)
