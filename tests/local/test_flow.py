"""The player of flows: states, callbacks, retries, and a Map whose branches end as they like."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from local.flow import Execution, FlowInterpreter
from local.flow.errors import BadDefinitionError, FlowError
from local.jobs.store import TaskReport

ARN = "acs:fc:cn-shanghai:1:functions/f/LATEST"
Invoke = Callable[[str, bytes, bool], Any]
RETRY = {"Description": "busy", "MaxAttempts": 2, "IntervalSeconds": 10, "BackoffRate": 2}


def task(**more: Any) -> dict[str, Any]:
    body = {"resourceArn": ARN, "body": {"jobId.$": "$Input.jobId"}}
    return {
        "Type": "Task",
        "Name": "T",
        "Action": "FC:InvokeFunction",
        "Parameters": body,
        "End": True,
    } | more


def flow(*states: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "StateMachine", "StartAt": states[0]["Name"], "States": list(states)}


def play(definition: Any, given: Any, invoke: Invoke, reports: Any = list) -> Execution:
    return FlowInterpreter(definition, invoke, reports).run(given)


def test_a_function_is_called_with_what_the_constructor_says() -> None:
    """A wrong expression would call the function without its job, or drop its answer."""
    called: list[tuple[str, Any, bool]] = []

    def invoke(arn: str, body: bytes, is_async: bool) -> Any:  # noqa: FBT001 - as it is called
        called.append((arn, json.loads(body), is_async))
        return {"status": "complete"}

    shaped = task(OutputConstructor={"status.$": "$Output.Body.status", "id.$": "$Input.jobId"})
    done = play(flow(shaped), {"jobId": "a"}, invoke)
    assert (done.status, done.output) == ("Succeeded", {"status": "complete", "id": "a"})
    assert called == [(ARN, {"jobId": "a"}, False)]


def failing(*codes: str) -> tuple[Invoke, list[str]]:
    left = list(codes)

    def invoke(*_: Any) -> Any:
        if left:
            raise FlowError(left.pop(0), "told")
        return {}

    return invoke, left


def test_retries_wait_longer_each_time_and_end() -> None:
    """Endless or immediate retries would neither spare a busy platform nor report it."""
    invoke, left = failing("FC.ResourceThrottled", "FC.ResourceThrottled")
    patient = task(Retry=[{**RETRY, "Errors": ["FC.ResourceThrottled"]}])
    assert play(flow(patient), {"jobId": "a"}, invoke).seconds == 30
    assert not left
    invoke, left = failing(*["FC.ResourceThrottled"] * 3)
    assert play(flow(patient), {"jobId": "a"}, invoke).error == "FC.ResourceThrottled"


def test_an_error_no_rule_names_is_not_retried() -> None:
    """Repeating a hopeless call would only delay the failure."""
    invoke, left = failing("InvalidEvent", "again")
    patient = task(Retry=[{**RETRY, "Errors": ["FC.ResourceThrottled"]}])
    assert play(flow(patient), {"jobId": "a"}, invoke).error == "InvalidEvent"
    assert left


def test_a_caught_error_leads_elsewhere_with_its_code() -> None:
    """Whoever handles a caught error needs its code, so the next state must receive it."""
    caught = {
        "Errors": ["FnF.ALL"],
        "Description": "any",
        "OutputConstructor": {"error.$": "$Context.Current.Error.Code"},
        "Next": "Told",
    }
    told = {"Type": "Pass", "Name": "Told", "End": True}
    invoke, _ = failing("InvalidEvent")
    assert play(flow(task(Catch=[caught]), told), {"jobId": "a"}, invoke).output == {
        "error": "InvalidEvent"
    }


WAITING = task(
    TaskMode="WaitForCustomCallback",
    Timeout=3600,
    Parameters={
        "resourceArn": ARN,
        "body": {"id.$": "$Input.id", "token.$": "$Context.Current.TaskToken"},
    },
    Catch=[
        {
            "Errors": ["FnF.ALL"],
            "Description": "any",
            "OutputConstructor": {"error.$": "$Context.Current.Error.Code"},
            "Next": "End",
        }
    ],
)
END = {"Type": "Pass", "Name": "End", "End": True}
MAP = {
    "Type": "Map",
    "Name": "Each",
    "ItemsPath": "$Input.jobs",
    "MaxConcuccency": 3,
    "Processor": flow(WAITING, END),
    "End": True,
}


def test_branches_of_a_map_wait_for_callbacks_of_their_own() -> None:
    """One is told at once, one after ten minutes, one fails, and one is never told of."""
    reports: list[TaskReport] = []
    late: list[str] = []

    def invoke(_arn: str, body: bytes, _is_async: bool) -> Any:  # noqa: FBT001 - as it is called
        wanted = json.loads(body)
        match wanted["id"]:
            case 0:
                reports.append(TaskReport("ReportTaskSucceeded", wanted["token"], '{"n": 0}'))
            case 1:
                late.append(wanted["token"])
            case 2:
                report = TaskReport("ReportTaskFailed", wanted["token"], error="E", cause="c")
                reports.append(report)
        return {"status": "pending"}

    def tick(now: float) -> None:
        if now >= 600 and late:
            reports.append(TaskReport("ReportTaskSucceeded", late.pop(), '{"n": 1}'))

    given = {"jobs": [{"id": number} for number in range(4)]}
    done = FlowInterpreter(flow(MAP), invoke, lambda: reports, tick).run(given)
    assert done.status == "Succeeded"
    assert done.output["Items"] == [
        {"n": 0},
        {"n": 1},
        {"error": "E"},
        {"error": "FnF.TaskTimeout"},
    ]
    assert done.seconds == 3600


@pytest.mark.parametrize(
    "text", [{"error": "e" * 129}, {"error": "E", "cause": "c" * 4097}], ids=["error", "cause"]
)
def test_a_report_that_is_too_long_ends_no_wait(text: dict[str, str]) -> None:
    """The service refuses it, so a flow that is told nothing else waits until its timeout."""
    reports: list[TaskReport] = []

    def invoke(_arn: str, body: bytes, _is_async: bool) -> Any:  # noqa: FBT001 - as it is called
        reports.append(TaskReport("ReportTaskFailed", json.loads(body)["token"], **text))
        return {"status": "pending"}

    done = FlowInterpreter(flow(MAP), invoke, lambda: reports).run({"jobs": [{"id": 0}]})
    assert done.output["Items"] == [{"error": "FnF.TaskTimeout"}]


def test_no_more_branches_run_than_the_map_allows() -> None:
    """The limit spares the function's instances, so the player must honour it."""
    open_tokens: list[str] = []
    most = 0
    reports: list[TaskReport] = []

    def invoke(_arn: str, body: bytes, _is_async: bool) -> Any:  # noqa: FBT001 - as it is called
        nonlocal most
        open_tokens.append(json.loads(body)["token"])
        most = max(most, len(open_tokens))
        return {}

    def tick(_now: float) -> None:
        reports.append(TaskReport("ReportTaskSucceeded", open_tokens.pop(0), "{}"))

    given = {"jobs": [{"id": number} for number in range(10)]}
    done = FlowInterpreter(flow(MAP), invoke, lambda: reports, tick).run(given)
    assert len(done.output["Items"]) == 10
    assert most == 3


LOOP = yaml.safe_load("""
StartAt: Ask
States:
  - {Type: Task, Name: Ask, Action: 'FC:InvokeFunction', Parameters: {resourceArn: a},
     OutputConstructor: {status.$: $Output.Body.status}, Next: Ended}
  - Type: Choice
    Name: Ended
    Branches: [{Condition: '$Input.status == "complete" || $Input.status == "failed"', Next: Done}]
    Default: Pause
  - {Type: Wait, Name: Pause, Seconds: 30, Next: Ask}
  - {Type: Succeed, Name: Done}
""")


def test_a_loop_of_choice_and_wait() -> None:
    """A flow may ask the function again and again, and must go on when the job has ended."""
    statuses = iter(["pending", "pending", "failed"])
    done = play(LOOP, {}, lambda *_: {"status": next(statuses)})
    assert (done.status, done.seconds) == ("Succeeded", 60)
    assert done.history == ("Ask", "Ended", "Pause") * 2 + ("Ask", "Ended", "Done")


def test_an_execution_that_never_ends_times_out() -> None:
    """A flow that asks for ever must end the test instead of hanging it."""
    done = FlowInterpreter(LOOP, lambda *_: {"status": "pending"}, list, patience=600).run({})
    assert (done.status, done.seconds) == ("TimedOut", 600)


@pytest.mark.parametrize(
    ("answer", "error"),
    [([1], ""), ({"text": "x" * 70_000}, "FnF.DataLimitExceeded")],
)
def test_what_is_passed_on_is_a_small_object(answer: Any, error: str) -> None:
    """A function may return anything: it is wrapped; 64 KiB are the limit all the same."""
    done = play(flow(task()), {"jobId": "a"}, lambda *_: answer)
    assert done.error == error


def test_a_path_that_leads_nowhere_fails_the_state() -> None:
    """A misspelt path must fail visibly instead of passing on nothing."""
    done = play(flow(task()), {}, lambda *_: {})
    assert done.error == "FnF.ExpressionError"


def test_what_the_player_does_not_know_is_said() -> None:
    """A state type that was skipped silently would make a broken flow look sound."""
    with pytest.raises(BadDefinitionError, match="Dance"):
        play(flow({"Type": "Dance", "Name": "D", "End": True}), {}, lambda *_: {})
