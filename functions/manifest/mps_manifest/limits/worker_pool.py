"""Run one task per job in a few threads, in bounded memory, never longer than there is time."""

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
    """Threads for the time of one invocation that do `work` for each task.

    `submit` blocks while `room` tasks are waiting or being worked on. Leaving the context waits
    for all of them, but not beyond the moment of the answer: those that hang until then are
    given to `abandon`, so that what was being done can be kept.

    A task that waits takes its place in a queue and nothing else: an event may name thousands,
    and a Future for each would be most of an invocation's memory.
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
        """How many tasks are waiting or being worked on."""
        return len(self._queue) + len(self._open)

    def submit(self, task: T) -> None:
        """Have a task worked on as soon as there is room."""
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
        """Work on one task after the other until none waits."""
        while True:
            with self._changed:
                if not self._queue:
                    self._threads -= 1
                    return
                place, task = object(), self._queue.popleft()
                self._open[place] = task
            try:
                self._work(task)
            except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
                self._error = self._error or error
            finally:
                self._done(place)

    def _done(self, place: object) -> None:
        """Wake up who waits, but only where there is room again, or all is done."""
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
