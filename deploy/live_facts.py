"""Which way the open facts fell, by what was seen of one job on its way through the triggers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from deploy.checks_stack import LAYER
from deploy.live_triggers import (
    ARRIVED,
    DIRECT,
    FLOW,
    MISSING,
    QUEUE,
    TICKET,
    TIMER,
    TOPIC,
    Arrival,
)
from deploy.log_reader import Line
from deploy.open_facts import BY_ID, NOT_OBSERVED, OPEN_FACTS

_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_PLAIN = re.compile(r"[^!-~]")
_LONG_MS = 200


class Evidence(NamedTuple):
    """What was seen.

    `metrics` are Function Compute's lines of the requests that handled the job, by trigger.
    `library` are the fields of the log line `libraries`, None where there is none. `manifest` is
    that of the job. `metric` tells whether CloudMonitor knows the metric, None if it was not asked.
    """

    stack_status: str
    arrivals: Mapping[str, Arrival]
    metrics: Mapping[str, Line]
    library: Mapping[str, Any] | None
    manifest: Mapping[str, Any]
    metric: bool | None


class Observation(NamedTuple):
    """An open fact, and its outcome: one of those that it may have, or that it was not observed."""

    fact: str
    outcome: str
    detail: str = ""


def observe(evidence: Evidence) -> list[Observation]:
    """Return an observation of every open fact."""
    return [_observed(fact.id, evidence) for fact in OPEN_FACTS]


def _observed(fact_id: str, evidence: Evidence) -> Observation:
    observer = OBSERVERS.get(fact_id)
    found = observer(evidence) if observer else None
    if found is None:
        return Observation(fact_id, NOT_OBSERVED)
    number, detail = found
    return Observation(fact_id, BY_ID[fact_id].outcomes[number], detail)


# --- the observers: each returns the number of the outcome and what was seen, or None -------------

Seen = tuple[int, str] | None


def _template(evidence: Evidence) -> Seen:
    if evidence.stack_status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        return 0, evidence.stack_status
    return (1, evidence.stack_status) if "ROLLBACK" in evidence.stack_status else None


def _package_order(evidence: Evidence) -> Seen:
    if evidence.library is None:
        return None
    is_layer = str(evidence.library.get("place", "")).startswith(LAYER)
    return 0 if is_layer else 1, f"oss2 {evidence.library.get('oss2')}"


def _log_lines(evidence: Evidence) -> Seen:
    entries = [each.entry for each in evidence.arrivals.values() if each.entry]
    if not entries:
        return None
    return (0 if all(entry["message"].lstrip().startswith("{") for entry in entries) else 1), ""


def _request_metrics(evidence: Evidence) -> Seen:
    if evidence.metrics:
        return 0, ""
    has_lines = any(each.entry for each in evidence.arrivals.values())
    return (1, "") if has_lines else None


def _time_per_job(evidence: Evidence) -> Seen:
    times = [float(line["durationMs"]) for line in evidence.metrics.values() if _has_time(line)]
    if not times:
        return None
    return 0 if min(times) <= _LONG_MS else 1, f"{min(times):.0f} ms, the fastest of {len(times)}"


def _has_time(line: Line) -> bool:
    return re.fullmatch(r"[0-9]+(\.[0-9]+)?", line.get("durationMs", "")) is not None


def _by_arrival(trigger: str) -> Callable[[Evidence], Seen]:
    def seen(evidence: Evidence) -> Seen:
        arrival = evidence.arrivals.get(trigger)
        if arrival is None or arrival.outcome not in {ARRIVED, MISSING}:
            return None
        direct = evidence.arrivals.get(DIRECT)
        if arrival.outcome == MISSING and (direct is None or direct.entry is None):
            return None  # there may be no log at all
        return 0 if arrival.outcome == ARRIVED else 1, f"{arrival.seconds:.0f} s"

    return seen


def _invocation_type(evidence: Evidence) -> Seen:
    told = evidence.metrics.get(QUEUE, {}).get("invocationType", "").lower()
    return {"sync": (0, ""), "async": (1, "")}.get(told)


def _queue_metric(evidence: Evidence) -> Seen:
    return None if evidence.metric is None else (0 if evidence.metric else 1, "")


def _flow_output(evidence: Evidence) -> Seen:
    arrival = evidence.arrivals.get(FLOW)
    if arrival is None or arrival.outcome != ARRIVED or not isinstance(arrival.output, dict):
        return None
    items = arrival.output.get("Items")
    first = items[0] if isinstance(items, list) and items else None
    if not isinstance(first, dict):
        return None
    return _form_of(first.get("result")), ""


def _form_of(result: Any) -> int:
    """Return which outcome the form of a result is, where a report with `jobs` was made."""
    if isinstance(result, dict):
        return 0 if "jobs" in result else 1 if "jobs" in json.dumps(result) else 3
    return 2 if isinstance(result, str) and "jobs" in result else 3


def _encoded_paths(evidence: Evidence) -> Seen:
    answer = evidence.manifest.get("answer")
    texts = [str(answer.get(key) or "") for key in ("Input", "Output")] if answer else []
    if any(_ENCODED.search(text) for text in texts):
        return 0, ""
    return (1, "") if any(_PLAIN.search(text) for text in texts) else None


def _failed_form(evidence: Evidence) -> Seen:
    if evidence.manifest.get("status") != "failed":
        return None
    result = (evidence.manifest.get("job") or {}).get("result") or {}
    return (0 if result.get("message") or result.get("code") else 1), ""


OBSERVERS: Mapping[str, Callable[[Evidence], Seen]] = {
    "template": _template,
    "package-order": _package_order,
    "log-lines": _log_lines,
    "request-metrics": _request_metrics,
    "time-per-job": _time_per_job,
    "ticket": _by_arrival(TICKET),
    "topic": _by_arrival(TOPIC),
    "queue": _by_arrival(QUEUE),
    "timer": _by_arrival(TIMER),
    "async-invocation-type": _invocation_type,
    "queue-metric": _queue_metric,
    "flow-output": _flow_output,
    "encoded-paths": _encoded_paths,
    "failed-form": _failed_form,
}
"""How each fact is observed that a program can observe; the others have no outcomes either."""
