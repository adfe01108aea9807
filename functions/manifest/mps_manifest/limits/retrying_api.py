"""Query the job API within the rate limit and the deadline, with retries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mps_manifest.errors import OutOfTime, ServiceError, Throttled, TooLong, Unreachable
from mps_manifest.job_limits import LONGEST_ANSWER, SHORT_ANSWER
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.held_bytes import HeldBytes
from mps_manifest.limits.rate_limiter import RateLimiter, Window
from mps_manifest.limits.retry_policy import RetryPolicy
from mps_manifest.limits.work_claim import is_given_up
from mps_manifest.ports import JobsApi, Telemetry
from mps_manifest.settings import Api


class QueryResult(NamedTuple):
    """An answer, and the number of calls it took."""

    answer: Mapping[str, Any]
    calls: int


class RetryingApi:
    """The job API, with the rate limit and the retries of one invocation."""

    def __init__(
        self,
        api: JobsApi,
        rate_limiter: RateLimiter,
        deadline: Deadline,
        *,
        telemetry: Telemetry,
        policy: RetryPolicy,
        held_bytes: HeldBytes,
    ) -> None:
        self._api = api
        self._rate_limiter = rate_limiter
        self._deadline = deadline
        self._telemetry = telemetry
        self._policy = policy
        self._held_bytes = held_bytes

    def query(self, api: Api, job_id: str) -> QueryResult:
        """Query one job; retry where a later call may succeed and there is time.

        A long answer is asked for again when there is room for it. Raises ServiceError; its `calls`
        is the number of calls made.
        """
        calls, limit = 0, SHORT_ANSWER
        while True:
            window = None if is_given_up() else self._rate_limiter.acquire(self._deadline.left())
            if window is None:
                raise OutOfTime(calls)
            calls += 1
            try:
                return QueryResult(self._call(api, job_id, limit, window), calls)
            except TooLong as error:
                error.calls = calls
                if limit == LONGEST_ANSWER:
                    raise
                limit = LONGEST_ANSWER
                if not self._held_bytes.hold(error.size or limit, self._deadline.left()):
                    raise OutOfTime(calls) from None
                continue
            except ServiceError as error:
                error.calls = calls
                pause = self._policy.query_pause(calls)
                if not self._may_retry(error, pause):
                    raise
            self._telemetry.count("retries")
            self._deadline.clock.sleep(pause)

    def _may_retry(self, error: ServiceError, pause: float) -> bool:
        transient = isinstance(error, Throttled | Unreachable)
        tries_left = error.calls < self._policy.query_tries
        return transient and tries_left and self._deadline.may_pause(pause)

    def _call(self, api: Api, job_id: str, limit: int, window: Window) -> Mapping[str, Any]:
        throttled = False
        self._telemetry.count("queryCalls")
        try:
            return self._api.query(api, job_id, limit)
        except Throttled:
            throttled = True
            self._telemetry.count("throttled")
            raise
        finally:
            self._rate_limiter.release(window, throttled=throttled)
