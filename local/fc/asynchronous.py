"""Asynchronous invocation: a queue, retries and destinations; delivery is at least once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from local.fc.invocation import Invocation
from local.triggers.destination import Outcome, async_destination

Destination = Callable[[bytes], None]
Invoke = Callable[[bytes, str], Invocation]


@dataclass(frozen=True)
class AsyncPolicy:
    """The retries and destinations of failed and succeeded calls.

    With `deliveries` above 1 each event is delivered that often although nothing failed, since the
    service guarantees at least once only. Destinations receive the record as bytes. `retry_seconds`
    is the wait before a retry (the service's own is not documented for function errors).
    """

    retries: int = 3
    deliveries: int = 1
    retry_seconds: float = 0.0
    on_success: Destination | None = None
    on_failure: Destination | None = None


class AsyncQueue:
    """Processes queued calls in the background, as many at a time as there are instances."""

    def __init__(self, invoke: Invoke, arn: str, policy: AsyncPolicy, workers: int) -> None:
        self._invoke = invoke
        self._arn = arn
        self._policy = policy
        self._cancelled = threading.Event()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="async-invoke")

    def put(self, event: bytes, request_id: str) -> Future[Invocation]:
        """Queue a call."""
        futures = [
            self._pool.submit(self._deliver, event, request_id)
            for _ in range(self._policy.deliveries)
        ]
        return futures[-1]

    def refuse(self, answer: Invocation) -> Future[Invocation]:
        """Return an error of the service without queuing anything."""
        future: Future[Invocation] = Future()
        future.set_result(answer)
        return future

    def cancel(self) -> None:
        """Cancel queued calls and retries."""
        self._cancelled.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Wait until all running calls have ended."""
        self._pool.shutdown(wait=True)

    def _deliver(self, event: bytes, request_id: str) -> Invocation:
        """Call until success or the last retry, then send the record to the destination."""
        answer = self._invoke(event, request_id)
        attempts = 1
        while answer.failed and attempts <= self._policy.retries:
            if self._cancelled.wait(self._policy.retry_seconds):
                break
            answer = self._invoke(event, request_id)
            attempts += 1
        self._report(event, answer, attempts)
        return answer

    def _report(self, event: bytes, answer: Invocation, attempts: int) -> None:
        """Send the record of a call to its destination."""
        policy = self._policy
        destination = policy.on_failure if answer.failed else policy.on_success
        if destination is None:
            return
        outcome = Outcome(
            request_id=answer.request_id,
            function_arn=self._arn,
            response_payload=answer.payload.decode("utf-8", "replace"),
            function_error=answer.error_type or "",
            # Inferred: the only documented condition is FunctionResourceExhausted.
            condition=answer.error_type or "",
            invoke_count=attempts,
        )
        destination(async_destination(event.decode("utf-8", "replace"), outcome))
