"""Reads the functions' log, without the SDK, which needs a C compiler."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

import requests

from deploy.service_errors import explain, unreachable
from deploy.settings import Keys, Settings

_LINES = 100
_SECONDS = 30
_SKEW = 15 * 60
"""Seconds by which the clock of this machine may be wrong; more is refused by the service."""

Line = Mapping[str, str]


def read_log(
    settings: Settings, project: str, store: str, minutes: int, query: str = "*"
) -> list[Line]:
    """Return at most a hundred lines of the last minutes that a query of SLS finds, newest first.

    Raises DeployError.
    """
    now = int(time.time())
    asked: dict[str, str] = {
        "from": str(now - 60 * minutes),
        "line": str(_LINES),
        "offset": "0",
        "query": query,
        "reverse": "true",
        "to": str(now + _SKEW),
        "type": "log",
    }
    document = _get(settings, project, f"/logstores/{store}", asked, "log:GetLogStoreLogs")
    return [{str(key): str(value) for key, value in line.items()} for line in document]


def count_projects(settings: Settings) -> int:
    """Return how many log projects there are in the region. Raises DeployError."""
    document = _get(settings, "", "/", {"offset": "0", "size": "1"}, "log:ListProject")
    return int(document.get("total", 0))


def _get(
    settings: Settings, project: str, resource: str, asked: Mapping[str, str], action: str
) -> Any:
    base, host = _log_address(settings, project)
    headers = signed(resource, asked, host, settings.keys)
    url = f"{base}{quote(resource)}"
    try:
        answer = requests.get(url, asked, headers=headers, timeout=_SECONDS, allow_redirects=False)
        document: Any = answer.json()
    except (requests.RequestException, ValueError):
        raise unreachable(action) from None
    if answer.status_code != 200:
        code, text = str(document.get("errorCode", "")), str(document.get("errorMessage", ""))
        raise explain(code, text, action, settings.keys)
    return document


def fields_of(line: Line) -> Mapping[str, Any]:
    """Return the fields of what the function wrote; empty for lines of others.

    The platform may put something before the JSON text.
    """
    text = line.get("message", "")
    try:
        found = json.loads(text[text.index("{") :])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _log_address(settings: Settings, project: str) -> tuple[str, str]:
    """Return the base URL and the Host header; a loopback address has no project in its name."""
    endpoint = settings.endpoints.get("SLS", "") or f"https://{settings.region}.log.aliyuncs.com"
    scheme, _, host = endpoint.rpartition("://")
    scheme = scheme or "https"
    if host.startswith("127.") or not project:
        return f"{scheme}://{host}", f"{project}.{host}" if project else host
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
