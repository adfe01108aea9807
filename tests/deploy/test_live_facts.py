"""Which way an open fact fell, by what was seen; and whose log line is whose."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deploy.account import Account
from deploy.live_facts import OBSERVERS, Evidence, observe
from deploy.live_triggers import ARRIVED, MISSING, UNCERTAIN, Arrival, Live
from deploy.log_reader import Line
from deploy.open_facts import NOT_OBSERVED, OPEN_FACTS
from deploy.ros import Stack

JOB = "0" * 32
NOTHING = Evidence("UPDATE_IN_PROGRESS", {}, {}, None, {}, None)


def line(**more: str) -> Line:
    fields = {"message": "job", "job_id": JOB, "request_id": "1", **more}
    return {"functionName": "f", "__time__": "9999999999", "message": json.dumps(fields)}


def arrivals(**outcomes: str) -> dict[str, Arrival]:
    """Make arrivals beside a direct call, whose log line was there."""
    every = {"direct": Arrival("direct", ARRIVED, entry=line())}
    return every | {name: Arrival(name, outcome) for name, outcome in outcomes.items()}


def flow(result: Any) -> Evidence:
    output = {"Items": [{"jobId": JOB, "status": "written", "result": result}]}
    return NOTHING._replace(arrivals={"flow": Arrival("flow", ARRIVED, output=output)})


def outcome(fact: str, evidence: Evidence) -> str:
    return next(each.outcome for each in observe(evidence) if each.fact == fact)


def test_a_program_observes_what_has_outcomes_and_nothing_else() -> None:
    """An outcome that nothing can find, or a finding without one, would never be reported."""
    assert set(OBSERVERS) == {fact.id for fact in OPEN_FACTS if fact.outcomes}
    assert {each.outcome for each in observe(NOTHING)} == {NOT_OBSERVED}


REPORTED = {"status": "complete", "jobs": [{"jobId": JOB}]}
SEEN: dict[str, tuple[str, Evidence]] = {
    "template accepted": ("accepted", NOTHING._replace(stack_status="UPDATE_COMPLETE")),
    "template refused": ("refused", NOTHING._replace(stack_status="ROLLBACK_COMPLETE")),
    "package-order layer": (
        "the oss2 of the layer answers",
        NOTHING._replace(library={"place": "/opt/python/oss2/__init__.py"}),
    ),
    "package-order runtime": (
        "the oss2 of the runtime answers",
        NOTHING._replace(library={"place": "/var/fc/lang/python3.10/oss2/__init__.py"}),
    ),
    "log-lines plain": ("the JSON text alone", NOTHING._replace(arrivals=arrivals())),
    "request-metrics none": ("not written", NOTHING._replace(arrivals=arrivals())),
    "request-metrics some": ("written", NOTHING._replace(metrics={"direct": {"durationMs": "1"}})),
    "time-per-job long": (
        "more than 0.2 s",
        NOTHING._replace(metrics={"a": {"durationMs": "250"}, "b": {"durationMs": "300.5"}}),
    ),
    "time-per-job short": (
        "at most 0.2 s",
        NOTHING._replace(metrics={"a": {"durationMs": "1000"}, "b": {"durationMs": "99.5"}}),
    ),
    "ticket it does not call": (
        "it does not call",
        NOTHING._replace(arrivals=arrivals(ticket=MISSING)),
    ),
    "ticket no log": (
        NOT_OBSERVED,
        NOTHING._replace(arrivals={"ticket": Arrival("ticket", MISSING)}),
    ),
    "topic uncertain": (NOT_OBSERVED, NOTHING._replace(arrivals=arrivals(topic=UNCERTAIN))),
    "async-invocation-type a": (
        "asynchronous",
        NOTHING._replace(metrics={"queue": {"invocationType": "Async"}}),
    ),
    "async-invocation-type other": (
        NOT_OBSERVED,
        NOTHING._replace(metrics={"topic": {"invocationType": "Async"}}),
    ),
    "flow-output as it is": ("as it was reported", flow(REPORTED)),
    "flow-output wrapped": ("wrapped in an object", flow({"Body": {"Output": REPORTED}})),
    "flow-output text": ("as text", flow(json.dumps(REPORTED))),
    "flow-output none": ("not at all", flow(None)),
    "encoded-paths encoded": (
        "encoded",
        NOTHING._replace(manifest={"answer": {"Input": "oss://b.oss/%E9%98%BF.mp4"}}),
    ),
    "encoded-paths raw": (
        "not encoded",
        NOTHING._replace(manifest={"answer": {"Input": "oss://b.oss/阿.mp4"}}),
    ),
    "encoded-paths plain": (
        NOT_OBSERVED,
        NOTHING._replace(manifest={"answer": {"Input": "oss://b.oss/a.mp4"}}),
    ),
    "failed-form found": (
        "a reason was found",
        NOTHING._replace(manifest={"status": "failed", "job": {"result": {"message": "m"}}}),
    ),
    "failed-form none": (
        "no reason was found",
        NOTHING._replace(manifest={"status": "failed", "job": {}}),
    ),
}


@pytest.mark.parametrize("name", SEEN)
def test_a_fact_falls_as_it_was_seen(name: str) -> None:
    """A report that mixes two outcomes up sends its readers the wrong way."""
    wanted, evidence = SEEN[name]
    assert outcome(name.partition(" ")[0], evidence) == wanted


class LoggedAccount(Account):
    """An account whose log has the lines that a test gives it."""

    lines: list[Line] = []  # noqa: RUF012 (a test sets it on the instance)

    def log(self, query: str, minutes: int) -> list[Line]:
        assert JOB in query
        assert minutes >= 1
        return self.lines


def live(lines: list[Line]) -> Live:
    stack = Stack("id", "s", "CREATE_COMPLETE", "", {}, {"FunctionName": "f", "SweepName": "g"})
    account = object.__new__(LoggedAccount)
    object.__setattr__(account, "lines", lines)
    return Live(account, stack, JOB, 0.01, 0.0, lambda _text: None)


def test_a_line_that_names_an_origin_is_only_that_triggers() -> None:
    """Two events may come in the other order than they were sent in."""
    lines = [line(origin="mns topic t message M-1", request_id="a")]
    both = live(lines)
    assert both.await_line("queue", "f", "Q-1").outcome == MISSING
    found = both.await_line("topic", "f", "M-1")
    assert (found.outcome, found.request_id) == (ARRIVED, "a")


def test_a_line_is_taken_once_and_without_an_origin_in_order() -> None:
    """The next trigger waits for a line of its own; what came late is of nobody for certain."""
    one = live([line(request_id="a")])
    assert one.await_line("ticket", "f", "x").outcome == ARRIVED
    assert one.await_line("topic", "f", "y").outcome == MISSING
    object.__setattr__(one.account, "lines", [line(request_id="b")])
    assert one.await_line("queue", "f", "z").outcome == UNCERTAIN


@pytest.mark.parametrize(
    "other",
    [
        {**line(), "functionName": "f-sweep"},
        line(job_id="1" * 32),
        line(message="metrics"),
        line(request_id=""),
    ],
)
def test_other_lines_are_not_taken(other: Line) -> None:
    """A query of the log finds words, also in lines that are about something else."""
    assert live([other]).await_line("ticket", "f", "x").outcome == MISSING


def test_lines_of_before_are_of_no_trigger() -> None:
    """The job was worked on before, and by whose clock does not matter."""
    again = live([line(request_id="a")])
    again.know_earlier()
    assert again.await_line("ticket", "f", "x").outcome == MISSING
    object.__setattr__(again.account, "lines", [line(request_id="b"), line(request_id="a")])
    assert again.await_line("topic", "f", "y").request_id == "b"


def test_what_a_signal_said_is_heard_at_the_next_pause() -> None:
    """An exception that a signal raises is lost where it hits a finalizer."""
    stopped = live([])
    stopped.is_interrupted = True
    with pytest.raises(KeyboardInterrupt):
        stopped.await_line("ticket", "f", "x")
