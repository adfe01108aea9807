from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.fc import AsyncPolicy, FunctionHost
from local.fc.invocation import MAX_ASYNC_BYTES
from tests.local.functions import write_function
from tests.waiting import wait_until

EVENTS = Path(__file__).parents[1] / "samples/events"

# Fails until it has been called as often as the event says.
STUBBORN = """
    import os
    def handler(event, context):
        with open("attempts", "a") as file:
            file.write(context.request_id + "\\n")
        with open("attempts") as file:
            if len(file.readlines()) < int(event):
                raise ValueError("not yet")
        return "at last"
"""


def attempts(folder: Path) -> list[str]:
    return (folder / "attempts").read_text().splitlines()


def test_a_failing_function_is_called_again_up_to_three_times(tmp_path: Path) -> None:
    """A transient error must not lose an event, and every retry keeps the request ID."""
    with FunctionHost(write_function(tmp_path, STUBBORN)) as host:
        assert host.invoke_async(b"4", "r-1").result().payload == b"at last"
    assert attempts(tmp_path) == ["r-1"] * 4


@pytest.mark.parametrize(("retries", "calls"), [(0, 1), (3, 4), (8, 9)])
def test_retries_used_up_end_in_the_failure_destination(
    tmp_path: Path, retries: int, calls: int
) -> None:
    """What is given up must arrive there in the published form, or it is lost silently."""
    failures: list[bytes] = []
    successes: list[bytes] = []
    policy = AsyncPolicy(retries=retries, on_failure=failures.append, on_success=successes.append)
    with FunctionHost(write_function(tmp_path, STUBBORN), policy=policy) as host:
        answer = host.invoke_async(b"99", "r-1").result()
    assert answer.failed
    assert len(attempts(tmp_path)) == calls
    assert successes == []
    (record,) = map(json.loads, failures)
    sample = json.loads((EVENTS / "async_destination.json").read_text())
    assert record.keys() == sample.keys()
    assert record["requestContext"].keys() == sample["requestContext"].keys()
    assert record["requestContext"]["requestId"] == "r-1"
    assert record["requestContext"]["approximateInvokeCount"] == calls
    assert record["requestPayload"] == "99"
    assert record["responseContext"] == {
        "statusCode": 200,
        "functionError": "UnhandledInvocationError",
    }
    assert json.loads(record["responsePayload"])["errorType"] == "ValueError"


def test_success_goes_to_its_own_destination(tmp_path: Path) -> None:
    """A call that succeeds late must not be reported as a failure as well."""
    failures: list[bytes] = []
    successes: list[bytes] = []
    policy = AsyncPolicy(on_failure=failures.append, on_success=successes.append)
    with FunctionHost(write_function(tmp_path, STUBBORN), policy=policy) as host:
        host.invoke_async(b"2").result()
    (record,) = map(json.loads, successes)
    assert record["responsePayload"] == "at last"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert failures == []


def test_at_least_once_can_mean_more_than_once(tmp_path: Path) -> None:
    """The service may deliver an event repeatedly, which the function has to withstand."""
    policy = AsyncPolicy(deliveries=3)
    with FunctionHost(write_function(tmp_path, STUBBORN), policy=policy) as host:
        assert not host.invoke_async(b"0", "r-1").result().failed
    assert attempts(tmp_path) == ["r-1"] * 3


def test_an_event_over_the_async_limit_is_refused(tmp_path: Path) -> None:
    """An event too large for the service must not reach the function on a laptop either."""
    with FunctionHost(write_function(tmp_path, STUBBORN)) as host:
        answer = host.invoke_async(b" " * (MAX_ASYNC_BYTES + 1)).result()
    assert answer.status == 400
    assert not (tmp_path / "attempts").exists()


def test_queued_calls_are_dropped_when_the_host_closes(tmp_path: Path) -> None:
    """Closing must not wait for calls that nobody is interested in any more."""
    source = """
        import time
        def handler(event, context):
            with open("begun", "a") as file:
                file.write("x")
            time.sleep(600)
    """
    begun = tmp_path / "begun"
    with FunctionHost(write_function(tmp_path, source)) as host:
        calls = [host.invoke_async(b"") for _ in range(5)]
        wait_until(lambda: begun.exists() and begun.read_text() == "x", "the first call has begun")
    assert all(call.done() for call in calls)
    assert [call.cancelled() for call in calls] == [False, True, True, True, True]
    assert calls[0].result().failed
    assert begun.read_text() == "x"
