"""The commands that use a deployed function: invoke, logs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping

from deploy.command_context import CommandContext
from deploy.errors import DeployError
from deploy.log_reader import read_log
from deploy.sdk import client_of, load
from deploy.service_errors import explain_sdk
from deploy.settings import Settings

JOB_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


def invoke(context: CommandContext, job_id: str) -> None:
    """Call the function for a job, and print its answer."""
    if not JOB_ID.fullmatch(job_id):
        raise DeployError(f"{job_id!r} is not a job ID.", "Run make invoke JOB=<job ID>.")
    function = _output(context, "FunctionName")
    body = json.dumps({"jobId": job_id}).encode()
    headers, answer = call_function(context.settings, function, body)
    kind = headers.get("x-fc-error-type", "")
    text = context.settings.keys.redact(_pretty(answer))
    context.say(text)
    if kind:
        raise DeployError(
            f"The function raised an error ({kind}).",
            "See the log with make logs, and docs/operations.md.",
        )


def logs(context: CommandContext, minutes: int) -> None:
    """Print the latest lines of the functions' log, oldest first."""
    project, store = _output(context, "LogProject"), _output(context, "Logstore")
    lines = read_log(context.settings, project, store, minutes)
    for line in sorted(lines, key=lambda each: int(each.get("__time__", 0))):
        moment = time.strftime("%H:%M:%S", time.gmtime(int(line.get("__time__", 0))))
        message = context.settings.keys.redact(line.get("message", "").rstrip())
        context.say(f"{moment}  {line.get('functionName', ''):<20} {message}")
    context.say(f"{len(lines)} lines of the last {minutes} minutes; times are UTC.", "dim")


def _output(context: CommandContext, name: str) -> str:
    value = context.stack().outputs.get(name, "")
    if not value:
        raise DeployError(f"The stack has no output {name}.", "Run make deploy first.")
    return value


def call_function(
    settings: Settings, function: str, body: bytes
) -> tuple[Mapping[str, str], bytes]:
    """Call a function; return the headers, in lower case, and the answer. Raises DeployError."""
    client = client_of("alibabacloud_fc20230330", settings, "FC")
    models = load("alibabacloud_fc20230330.models")
    request = models.InvokeFunctionRequest(body=body)
    try:
        answer = client.invoke_function(function, request)
        content = answer.body.read()
    except Exception as error:  # noqa: BLE001 (the SDK's exceptions have no common base)
        raise explain_sdk(error, "fc:InvokeFunction", settings.keys) from None
    return {name.lower(): value for name, value in (answer.headers or {}).items()}, content


def _pretty(answer: bytes) -> str:
    try:
        return json.dumps(json.loads(answer), indent=2, ensure_ascii=False)
    except ValueError:
        return answer.decode("utf-8", "replace")
