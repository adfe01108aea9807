"""Events with a payload that the user writes: timer, HTTP trigger, CloudFlow."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from local.triggers.origin import HERE, Origin, encode, identifier

DOMAIN_PREFIX = "manifest"
CALLER = "198.51.100.11"
AGENT = "curl/8.7.1"


def timer(payload: str = "", name: str = "sweep", origin: Origin = HERE) -> bytes:
    """Build a timer's event; its payload is always a string."""
    return encode({"triggerTime": origin.seconds, "triggerName": name, "payload": payload})


def cloudflow(body: Mapping[str, Any] | str) -> bytes:
    """Build the event of a CloudFlow task: the body of its definition, without an envelope."""
    return body.encode() if isinstance(body, str) else encode(dict(body))


def http_post(
    body: str | bytes, content_type: str = "application/json", origin: Origin = HERE
) -> bytes:
    """Build the event of an HTTP trigger; a body that is not of a text type is Base64."""
    raw = body.encode() if isinstance(body, str) else body
    is_text = content_type.startswith("text/") or content_type == "application/json"
    headers = {
        "Accept": "*/*",
        "Content-Length": str(len(raw)),
        "Content-Type": content_type,
        "User-Agent": AGENT,
    }
    text = raw.decode() if is_text else b64encode(raw).decode()
    return _http("POST", headers, {}, (text, not is_text), origin)


def http_get(query: Mapping[str, str] | None = None, origin: Origin = HERE) -> bytes:
    """Build the event of a GET; its empty body is marked as Base64."""
    headers = {"Accept": "*/*", "User-Agent": AGENT}
    return _http("GET", headers, dict(query or {}), ("", True), origin)


def _http(
    method: str,
    headers: dict[str, str],
    query: dict[str, str],
    body: tuple[str, bool],
    origin: Origin,
) -> bytes:
    """Build the event; `body` is the text and whether it is Base64."""
    event = {
        "version": "v1",
        "rawPath": "/",
        "headers": headers,
        "queryParameters": query,
        "body": body[0],
        "isBase64Encoded": body[1],
        "requestContext": {
            "accountId": origin.account_id,
            "domainName": f"{DOMAIN_PREFIX}.{origin.region}.fcapp.run",
            "domainPrefix": DOMAIN_PREFIX,
            "requestId": f"1-{identifier(method, body[0], length=8).lower()}-15d1f3a2-8f0c2b7d4e61",
            "time": origin.seconds,
            "timeEpoch": str(origin.epoch_milliseconds),
            "http": {
                "method": method,
                "path": "/",
                "protocol": "HTTP/1.1",
                "sourceIp": CALLER,
                "userAgent": AGENT,
            },
        },
    }
    return encode(event)
