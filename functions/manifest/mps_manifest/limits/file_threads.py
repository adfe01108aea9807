"""Threads that look at the files of jobs, for the threads that work on the jobs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from mps_manifest.errors import OutOfTime
from mps_manifest.limits.work_claim import current_claim, working_under

T = TypeVar("T")


class FileThreads(Executor):
    """Threads of another executor, which ends with its invocation.

    Who looks at a file works under the claim to its job: when that is given up, so is the look.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(self, look: Callable[..., T], /, *what: Any, **options: Any) -> Future[T]:
        """Look at something in a thread. Raises OutOfTime where the invocation has ended."""
        claim = current_claim()

        def look_at_it() -> T:
            with working_under(claim):
                return look(*what, **options)

        try:
            return self._executor.submit(look_at_it)
        except RuntimeError:  # what an executor says when it was shut down
            raise OutOfTime from None
