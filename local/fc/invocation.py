"""The outcome of an invocation, with Function Compute's own error texts."""

from __future__ import annotations

import json
from dataclasses import dataclass

MAX_SYNC_BYTES = 32 * 1024 * 1024
MAX_ASYNC_BYTES = 128 * 1024
MEBIBYTE = 1024 * 1024

UNHANDLED = "UnhandledInvocationError"
INITIALIZATION = "InitializationError"


@dataclass(frozen=True)
class Invocation:
    """The outcome of one call; durations in seconds.

    `error_type` is the header X-Fc-Error-Type; the status of a failed function is 200, too.
    `start_duration` is the time to start and initialize the instance, 0 on a warm one.
    """

    request_id: str
    payload: bytes
    error_type: str | None = None
    status: int = 200
    log: str = ""
    duration: float = 0.0
    start_duration: float = 0.0
    max_memory_bytes: int = 0
    instance_id: str = ""

    @property
    def failed(self) -> bool:
        """Whether the function or the service reported an error."""
        return self.error_type is not None or self.status >= 400


def too_large(request_id: str, size: int, limit: int) -> Invocation:
    """Return the answer to an event over the limit, which reaches no instance."""
    text = f"payload size is {size} bytes, the limit is {limit} bytes"
    answer = {"Code": "EntityTooLarge", "Message": text, "RequestId": request_id}
    return Invocation(request_id, json.dumps(answer).encode(), status=400)


def process_exited(duration: float, memory_bytes: int) -> bytes:
    """Return the error of a process that ended without an answer; it has no errorType."""
    text = (
        "Process exited unexpectedly before completing request "
        f"(duration: {round(duration * 1000)}ms, maxMemoryUsage: {memory_bytes // MEBIBYTE}MB)"
    )
    return json.dumps({"errorMessage": text}).encode()


def timed_out(timeout: float, memory_bytes: int) -> bytes:
    """Return the error of a call that exceeded its timeout in seconds; it has no errorType."""
    usage = memory_bytes // MEBIBYTE
    text = f"Function timed out after {timeout:g} seconds (maxMemoryUsage: {usage}MB)"
    return json.dumps({"errorMessage": text}).encode()
