"""Calling the function and reading its log."""

import json
import time

import pytest
import requests

from deploy.log_reader import signed
from deploy.service_errors import explain
from deploy.settings import Keys
from tests.deploy.conftest import NAME, Desk

_JOB = "0123456789abcdef0123456789abcdef"


def test_invoking_sends_a_direct_body_and_prints_the_return_value(desk: Desk) -> None:
    """An operator who asks for one job must see what the function really answered."""
    asked: list[tuple[str, object]] = []

    def function(name: str, body: bytes) -> tuple[bytes, str]:
        asked.append((name, json.loads(body)))
        return json.dumps({"status": "complete"}).encode(), ""

    desk.ros.function = function
    desk.run("deploy")
    ended = desk.run("invoke", _JOB)
    assert ended.status == 0, ended.output
    assert asked == [(NAME, {"jobId": _JOB})]
    assert '"status": "complete"' in ended.output


def test_an_error_the_function_raises_is_shown_and_fails(desk: Desk) -> None:
    """A call whose function raised must not pass for a success in a script."""
    answer = json.dumps({"errorType": "ConfigurationError", "errorMessage": "BUCKET: is required"})
    desk.ros.function = lambda _, __: (answer.encode(), "UnhandledInvocationError")
    desk.run("deploy")
    ended = desk.run("invoke", _JOB)
    assert ended.status == 1
    assert "BUCKET: is required" in ended.output
    assert "The function raised an error (UnhandledInvocationError)." in ended.output


def test_what_is_no_job_id_is_not_sent(desk: Desk) -> None:
    """A typing mistake must not cost a call of the deployed function."""
    desk.run("deploy")
    assert desk.run("invoke", "no job").status == 1
    assert desk.asked("InvokeFunction") == 0


def test_the_log_is_read_oldest_first(desk: Desk) -> None:
    """A log in another order misleads, and brackets in it must not be taken for markup."""
    desk.run("deploy")
    now = int(time.time())
    desk.ros.log_lines[f"{NAME}-log", "function"] = [
        {"__time__": str(now - 3600), "message": "too old", "functionName": NAME},
        {"__time__": str(now - 60), "message": "first", "functionName": NAME},
        {"__time__": str(now - 30), "message": "[bold]second", "functionName": NAME},
    ]
    ended = desk.run("logs")
    assert ended.status == 0, ended.output
    assert ended.output.index("first") < ended.output.index("[bold]second")
    assert "too old" not in ended.output
    assert "2 lines" in ended.output


def test_a_missing_log_store_is_explained(desk: Desk) -> None:
    """A bare error code would not say that the log store or its index is missing."""
    desk.run("deploy")
    ended = desk.run("logs")
    assert ended.status == 1
    assert "Logstore or its index does not exist" in ended.output


@pytest.mark.parametrize("code", ["SignatureNotMatch", "SignatureDoesNotMatch"])
def test_a_wrong_secret_is_explained_without_what_was_signed(code: str) -> None:
    """The log service spells the code differently from all others."""
    fault = explain(code, "signed: secret-headers", "log:GetLogStoreLogs", Keys("id", "secret"))
    assert "secret of the access key is wrong" in fault.what
    assert "signed" not in fault.what + fault.remedy


def test_a_signature_of_the_log_service_is_checked(desk: Desk) -> None:
    """The stand-in refuses a query that was not signed so."""
    keys = Keys(desk.identity.access_key_id, desk.identity.access_key_secret)
    query = {"from": "0", "to": "1", "type": "log"}
    headers = signed("/logstores/function", query, "project.local", keys)
    url = f"{desk.ros.endpoint}/logstores/function"
    with requests.Session() as session:
        other = session.get(url, params={**query, "to": "2"}, headers=headers)
        same = session.get(url, params=query, headers=headers)
    assert other.json()["errorCode"] == "SignatureNotMatch"
    assert same.json()["errorCode"] == "LogStoreNotExist"


def test_temporary_keys_read_the_log_and_invoke(desk: Desk) -> None:
    """Each service signs its requests differently, and none may forget the token."""
    issued = desk.cloud.issue_token()
    desk.ros.keys.add(issued)
    desk.identity = issued
    desk.ros.log_lines[f"{NAME}-log", "function"] = []
    assert desk.run("deploy").status == 0
    assert desk.run("logs").status == 0
    assert desk.run("invoke", _JOB).status == 0
