"""Run one task per job in a few threads, with bounded memory and a deadline."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

from typing_extensions import Self

from mps_manifest.limits.deadline import Deadline

T = TypeVar("T")


class WorkerPool(Generic[T]):
    """Threads that call `work` for each task during one invocation.

    `submit` blocks while `room` tasks are waiting or running. Leaving the context waits for all of
    them, but at most until the answer must be returned; tasks still open then are passed to
    `abandon`, which can park their jobs.

    A waiting task is one entry of a queue: an event may name thousands of jobs, and a Future for
    each would take most of an invocation's memory.
    """

    def __init__(
        self,
        size: int,
        room: int,
        deadline: Deadline,
        work: Callable[[T], None],
        abandon: Callable[[T], None],
    ) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="job")
        self._size = size
        self._room = max(size, room)
        self._deadline = deadline
        self._work = work
        self._abandon = abandon
        self._queue: deque[T] = deque()
        self._open: dict[object, T] = {}
        self._threads = 0
        self._changed = threading.Condition()
        self._error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    @property
    def waiting(self) -> int:
        """The number of tasks that are waiting or running."""
        return len(self._queue) + len(self._open)

    def submit(self, task: T) -> None:
        """Submit a task as soon as there is room; abandon it where there is none in time."""
        with self._changed:
            room = self._changed.wait_for(
                self._has_room, timeout=max(0.01, self._deadline.until_answer())
            )
            if room:
                self._queue.append(task)
                more = self._threads < self._size
                self._threads += more
        if not room:
            self._abandon(task)
        elif more:
            self._pool.submit(self._run)

    def _has_room(self) -> bool:
        return self.waiting < self._room

    def _run(self) -> None:
        """Run one task after the other until none is waiting."""
        while True:
            with self._changed:
                if not self._queue:
                    self._threads -= 1
                    return
                place, task = object(), self._queue.popleft()
                self._open[place] = task
            try:
                self._work(task)
            except BaseException as error:  # noqa: BLE001 - raised again when the context is left
                self._error = self._error or error
            finally:
                self._done(place)

    def _done(self, place: object) -> None:
        """Remove a task; wake waiting threads only if there is room again or all are done."""
        with self._changed:
            self._open.pop(place, None)
            if self.waiting in {0, self._room - 1}:
                self._changed.notify_all()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self.waiting, timeout=self._deadline.until_answer())
            hanging = [*self._open.values(), *self._queue]
            self._queue.clear()
        self._pool.shutdown(wait=not hanging)
        for task in hanging:
            self._abandon(task)
        if self._error and error is None:
            raise self._error
