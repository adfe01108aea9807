"""The commands that use a deployment: invoke the function, read its log."""

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

from deploy.errors import DeployError
from deploy.explain import explain, explain_sdk, unreachable
from deploy.sdk import client_of, load
from deploy.session import Session
from deploy.settings import Keys, Settings

_JOB_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_LINES = 100
_SECONDS = 30


def invoke(session: Session, job_id: str) -> None:
    """Call the function for one job and print what it returns."""
    if not _JOB_ID.fullmatch(job_id):
        raise DeployError(f"{job_id!r} is no job ID.", "Say make invoke JOB=<ID>.")
    function = _output(session, "FunctionName")
    body = json.dumps({"jobId": job_id}).encode()
    headers, answer = _call(session.settings, function, body)
    kind = headers.get("x-fc-error-type", "")
    text = session.settings.keys.redact(_pretty(answer))
    session.say(text)
    if kind:
        raise DeployError(
            f"The function raised an error ({kind}).",
            "make logs shows more; see docs/operations.md.",
        )


def logs(session: Session, minutes: int) -> None:
    """Print the latest lines of the function's log, oldest first."""
    project, store = _output(session, "LogProject"), _output(session, "Logstore")
    lines = _read_log(session.settings, project, store, minutes)
    for line in sorted(lines, key=lambda each: int(each.get("__time__", 0))):
        moment = time.strftime("%H:%M:%S", time.gmtime(int(line.get("__time__", 0))))
        message = session.settings.keys.redact(line.get("message", "").rstrip())
        session.say(f"{moment}  {line.get('functionName', ''):<20} {message}")
    session.say(f"{len(lines)} lines of the last {minutes} minutes (UTC).", "dim")


def _output(session: Session, name: str) -> str:
    value = session.stack().outputs.get(name, "")
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
    except Exception as fault:  # noqa: BLE001 (the SDK's exceptions share no base)
        raise explain_sdk(fault, "fc:InvokeFunction", settings.keys) from None
    return {name.lower(): value for name, value in (answer.headers or {}).items()}, content


def _pretty(answer: bytes) -> str:
    try:
        return json.dumps(json.loads(answer), indent=2, ensure_ascii=False)
    except ValueError:
        return answer.decode("utf-8", "replace")


def _read_log(
    settings: Settings, project: str, store: str, minutes: int
) -> list[Mapping[str, str]]:
    """Read from the log store; the SDK for it needs a C compiler, and this is one call."""
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
    """Return the base URL and the Host: a loopback address takes no project before it."""
    endpoint = settings.endpoints.get("SLS", "") or f"https://{settings.region}.log.aliyuncs.com"
    scheme, _, host = endpoint.rpartition("://")
    scheme = scheme or "https"
    if host.startswith("127."):
        return f"{scheme}://{host}", f"{project}.{host}"
    return f"{scheme}://{project}.{host}", f"{project}.{host}"


def signed(resource: str, query: Mapping[str, str], host: str, keys: Keys) -> dict[str, str]:
    """Sign a GET to the log service.

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
