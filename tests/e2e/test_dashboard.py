"""The charts, saved searches and alerts of the template, over the log of a function that ran."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from operator import itemgetter

import pytest

from local.faults import FaultRule
from local.jobs.plan import JobPlan
from tests.e2e.backlog import make_due, tick
from tests.e2e.conftest import Stage, StageMaker
from tests.e2e.jobs import clip, job_id, message, seed
from tests.template.given import resolved
from tests.template.sls import Line, Row, columns_of, lines_of, queries_of, run
from tools.costs import CU, LEAST_PER_FUNCTION_AND_HOUR, compute_units
from tools.dashboard_charts import STEP

NAME = "mps-manifest"
HOUR = 1_800_000_000
"""When the log begins: at a whole hour, so that all of it is one step of every chart."""
STACK = resolved(SweepCpu="0.5")  # so that the costs of the two functions differ
QUERIES = queries_of(STACK)
ANALYSING = JobPlan(analysing_queries=100)
COMPLETE, PARTIAL, FAILED, UNKNOWN, WAITING, BUSY, FORGOTTEN = range(1, 8)


def told(stage: Stage, function: str, events: list[bytes], at: int) -> list[Line]:
    """Call the function, and return what it logs as SLS has it, with the line of each call."""
    lines: list[Line] = []
    for number, event in enumerate(events):
        moment = HOUR + at + number
        lines += lines_of(stage.host.invoke(event).log, function, moment)
        lines.append(
            {
                "__time__": str(moment),
                "functionName": function,
                "requestId": f"request-{at + number}",
                "durationMs": "1500.00",
                "hasFunctionError": "false",
            }
        )
    return lines


@pytest.fixture(scope="module")
def kept() -> dict[str, list[Line]]:
    return {}


@pytest.fixture
def log(make_stage: StageMaker, kept: dict[str, list[Line]]) -> list[Line]:
    """Return the log of an hour with one of everything."""
    if "log" not in kept:
        kept["log"] = made(make_stage(own=True))
    return kept["log"]


def made(stage: Stage) -> list[Line]:
    """Let each kind of job, message and trouble come once; then sweep, and sweep again."""
    cloud = stage.cloud
    seed(cloud, [COMPLETE])
    cloud.put_job(clip(PARTIAL))
    cloud.put_job(clip(FAILED, "Fail"))
    cloud.put_job(clip(FORGOTTEN), ANALYSING)
    cloud.put_job(clip(WAITING), ANALYSING)
    numbers = (COMPLETE, PARTIAL, FAILED, UNKNOWN, FORGOTTEN)
    lines = told(stage, NAME, [message(map(job_id, numbers)), message([job_id(COMPLETE)])], 0)
    lines += told(stage, NAME, [b'{"TopicName":"t","MessageId":"1","Message":"hello"}'], 2)
    make_due(cloud, first_seen=timedelta(hours=80))
    lines += told(stage, f"{NAME}-sweep", [tick()], 3)
    seed(cloud, [BUSY])
    cloud.add_fault(FaultRule("throttle", service="mps", times=2))
    lines += told(stage, NAME, [message([job_id(BUSY)]), message([job_id(WAITING)])], 4)
    make_due(cloud, first_seen=timedelta(hours=7))
    lines += told(stage, f"{NAME}-sweep", [tick(), tick()], 6)
    return lines


def rows(name: str, lines: Sequence[Line]) -> list[Row]:
    return run(QUERIES[name], lines, columns_of(STACK))


def only(name: str, lines: Sequence[Line]) -> Row:
    """Return what a chart over time says of the only step there is."""
    [row] = rows(name, lines)
    assert row.pop("time") == "2027-01-15 08:00"
    return row


def test_each_outcome_is_counted_once(log: list[Line]) -> None:
    """Neither a replay nor a second look at a job that is partial makes two of one job."""
    assert only("jobs-by-outcome", log) == {
        "complete": 2,
        "partial": 1,
        "failed": 1,
        "expired": 1,
        "rejected": 1,
    }
    [algorithm] = rows("jobs-by-algorithm", log)
    assert algorithm.pop("p95_seconds") < 60
    assert algorithm == {
        "algorithm": "VideoClip",
        "jobs": 5,
        "complete": 2,
        "partial": 1,
        "failed": 1,
        "expired": 1,
    }


def test_a_job_that_expired_does_not_count_as_slow(log: list[Line]) -> None:
    """Else one of them would hide for a day how long all the others take."""
    found = only("event-to-manifest", log)
    assert 0 <= found["p50_seconds"] <= found["p95_seconds"] < 60


def test_the_backlog_is_as_old_and_large_as_it_was(log: list[Line]) -> None:
    """Before the first sweep one job was 80 hours old; two entries were there each time."""
    age = only("backlog-age", log)
    assert age["oldest_seconds"] == pytest.approx(80 * 3600, abs=60)
    assert 60 <= age["overdue_seconds"] < 120
    assert only("backlog-size", log) == {"entries": 2}


def test_calls_are_those_that_were_made(log: list[Line]) -> None:
    """Those that were throttled are calls as well."""
    found = only("query-calls", log)
    # six jobs of the first two events, then two and two of sweeps, three of the throttled one, one
    assert found["calls_per_second"] * STEP == pytest.approx(6 + 2 + 2 + 3 + 1)
    assert found["quota_per_second"] == 100
    assert only("throttling", log) == {"throttled": 2, "repeated": 2}


def test_what_was_set_aside_has_a_cause_and_an_example(log: list[Line]) -> None:
    """The example leads to the quarantine entry, whose reason the log may not quote."""
    unknown, message = sorted(rows("quarantine-by-cause", log), key=itemgetter("cause"))
    assert (unknown["example"], unknown["pieces"]) == (job_id(UNKNOWN), 1)
    assert (message["cause"], message["pieces"]) == ("unrecognized", 1)
    assert message["example"].startswith(".mps-manifest/rejected/")


def test_functions_cost_what_their_compute_units_cost(log: list[Line]) -> None:
    """By the size of each, and no less than what is billed for an hour with calls."""
    later = [{**line, "__time__": str(int(line["__time__"]) + 7200)} for line in log]
    busy = [{**line, "durationMs": "3000000.00"} for line in log if "durationMs" in line]
    found = {row["function_name"]: row for row in rows("cost-of-functions", [*busy, *later])}
    function, sweep = found[NAME], found[f"{NAME}-sweep"]
    assert (function["calls"], function["failures"]) == (10, 0)
    assert (sweep["calls"], sweep["seconds"]) == (6, pytest.approx(3 * 3000 + 3 * 1.5))
    for row, calls, vcpu in ((function, 5, 1), (sweep, 3, 0.5)):
        units = compute_units(calls * 3000, vcpu, 1, calls)
        assert row["cny"] == pytest.approx(CU.of(units) + LEAST_PER_FUNCTION_AND_HOUR, abs=0.006)


def test_searches_find_what_they_are_named_after(log: list[Line]) -> None:
    """Each is where somebody on call goes on from a chart."""
    not_complete = {row["job"]: row["status"] for row in rows("NotCompleteSearch", log)}
    assert not_complete == {
        job_id(PARTIAL): "partial",
        job_id(FAILED): "failed",
        job_id(FORGOTTEN): "expired",
    }
    assert len(rows("NotCompleteSearch", log)) == 3
    [waiting] = rows("WaitingSearch", log)
    assert (waiting["job"], waiting["reason"]) == (job_id(WAITING), "the job is Analysing")
    assert waiting["waited_seconds"] == pytest.approx(7 * 3600, abs=60)
    assert waiting["due"] > time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    assert len(rows("QuarantineSearch", log)) == 2
    assert [row["said"] for row in rows("WarningsSearch", log)] == ["unusable"]


def test_alerts_read_the_same_log(log: list[Line]) -> None:
    """An alert whose query finds nothing in a real line would never come."""
    [old] = rows("AlertBacklog", log)
    assert old["seconds"] == pytest.approx(7 * 3600, abs=60)
    assert old["jobs"] == job_id(WAITING), "a job that has ended meanwhile is not in the backlog"
    assert 60 <= rows("AlertLag", log)[0]["seconds"] < 120
    assert rows("AlertNoSweep", log) == [{"sweeps": 3}]
    [rejected] = rows("AlertRejected", log)
    assert rejected["pieces"] == 2
    assert job_id(UNKNOWN) in rejected["jobs"]
    assert rows("AlertThrottled", log) == [{"calls": 2}]
    failed = [{**line, "hasFunctionError": "true"} for line in log if "requestId" in line][:1]
    assert rows("AlertFailures", failed) == [{"failures": 1, "requests": failed[0]["requestId"]}]
    assert rows("AlertFailures", log) == [{"failures": 0, "requests": ""}]


def test_an_empty_log_breaks_no_query() -> None:
    """The first look at a new stack is at charts without data."""
    for name in QUERIES:
        assert len(rows(name, [])) <= 1, name
