"""The commands that use a deployed function: invoke, logs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

import requests

from deploy.command_context import CommandContext
from deploy.errors import DeployError
from deploy.sdk import client_of, load
from deploy.service_errors import explain, explain_sdk, unreachable
from deploy.settings import Keys, Settings

_JOB_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_LINES = 100
_SECONDS = 30


def invoke(context: CommandContext, job_id: str) -> None:
    """Call the function for a job, and print its answer."""
    if not _JOB_ID.fullmatch(job_id):
        raise DeployError(f"{job_id!r} is not a job ID.", "Run make invoke JOB=<job ID>.")
    function = _output(context, "FunctionName")
    body = json.dumps({"jobId": job_id}).encode()
    headers, answer = _call(context.settings, function, body)
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
    lines = _read_log(context.settings, project, store, minutes)
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


def _call(settings: Settings, function: str, body: bytes) -> tuple[Mapping[str, str], bytes]:
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


def _read_log(
    settings: Settings, project: str, store: str, minutes: int
) -> list[Mapping[str, str]]:
    """Read from the log store, without the SDK, which needs a C compiler."""
    now = int(time.time())
    query: dict[str, str] = {
        "from": str(now - 60 * minutes),
        "line": str(_LINES),
        "offset": "0",
        "query": "*",
        "reverse": "true",
        "to": str(now + 60),
        "type": "log",
    }
    base, host = _log_address(settings, project)
    resource = f"/logstores/{store}"
    headers = signed(resource, query, host, settings.keys)
    url = f"{base}{quote(resource)}"
    try:
        answer = requests.get(url, query, headers=headers, timeout=_SECONDS, allow_redirects=False)
        document: Any = answer.json()
    except (requests.RequestException, ValueError):
        raise unreachable("log:GetLogStoreLogs") from None
    if answer.status_code != 200:
        code, text = str(document.get("errorCode", "")), str(document.get("errorMessage", ""))
        raise explain(code, text, "log:GetLogStoreLogs", settings.keys)
    return [{str(key): str(value) for key, value in line.items()} for line in document]


def _log_address(settings: Settings, project: str) -> tuple[str, str]:
    """Return the base URL and the Host header; a loopback address has no project in its name."""
    endpoint = settings.endpoints.get("SLS", "") or f"https://{settings.region}.log.aliyuncs.com"
    scheme, _, host = endpoint.rpartition("://")
    scheme = scheme or "https"
    if host.startswith("127."):
        return f"{scheme}://{host}", f"{project}.{host}"
    return f"{scheme}://{project}.{host}", f"{project}.{host}"


def signed(resource: str, query: Mapping[str, str], host: str, keys: Keys) -> dict[str, str]:
    """Return the headers of a signed GET to the log service.

    https://www.alibabacloud.com/help/en/sls/developer-reference/request-signatures
    """
    log_headers = {
        "x-log-apiversion": "0.6.0",
        "x-log-bodyrawsize": "0",
        "x-log-signaturemethod": "hmac-sha1",
        **({"x-acs-security-token": keys.security_token} if keys.security_token else {}),
    }
    date = formatdate(usegmt=True)
    canonical = "\n".join(f"{name}:{log_headers[name]}" for name in sorted(log_headers))
    asked = "&".join(f"{name}={query[name]}" for name in sorted(query))
    text = f"GET\n\n\n{date}\n{canonical}\n{resource}?{asked}"
    digest = hmac.new(keys.access_key_secret.encode(), text.encode(), hashlib.sha1).digest()
    signature = base64.b64encode(digest).decode()
    authorization = f"LOG {keys.access_key_id}:{signature}"
    return {**log_headers, "Date": date, "Host": host, "Authorization": authorization}
