"""Build the answer that an HTTP trigger expects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mps_manifest.errors import InvalidEvent, ManifestError


def http_response(
    outcome: Mapping[str, Any] | ManifestError, *, mns_push: bool = False
) -> dict[str, Any]:
    """Return the HTTP answer for a return value or an error: 200, 400 or 503.

    MNS takes a message that it pushes for delivered only if the answer is 204.
    """
    if mns_push and not isinstance(outcome, ManifestError):
        return {"statusCode": 204, "headers": {}, "body": ""}
    status, body, headers = 200, outcome, {"Content-Type": "application/json"}
    if isinstance(outcome, ManifestError):
        status = 400 if isinstance(outcome, InvalidEvent) else 503
        body = {"errorType": type(outcome).__name__, "errorMessage": str(outcome)}
        if status == 503:
            headers["Retry-After"] = "15"
    return {"statusCode": status, "headers": headers, "body": orjson.dumps(body).decode()}
