"""Run one task per job in a few threads, in bounded memory, never longer than there is time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

from typing_extensions import Self

from mps_manifest.deadline import Deadline

W = TypeVar("W", bound="Workers")


class Workers:
    """Threads for the time of one invocation.

    `submit` blocks while `room` tasks are waiting or running. Leaving the context waits for all
    tasks, but not beyond the deadline's `answer_until`: tasks that hang until then are given to
    `abandon`, so that what they were doing can be kept.
    """

    def __init__(
        self,
        size: int,
        room: int,
        deadline: Deadline,
        abandon: Callable[[object], None],
    ) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="job")
        self._room = threading.BoundedSemaphore(max(size, room))
        self._deadline = deadline
        self._abandon = abandon
        self._open: dict[int, object] = {}
        self._changed = threading.Condition()
        self._fault: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    @property
    def waiting(self) -> int:
        """How many tasks are waiting or running."""
        return len(self._open)

    def submit(self, task: Callable[[], None], subject: object) -> None:
        """Run a task about a subject as soon as there is room."""
        while not self._room.acquire(timeout=max(0.01, self._left())):
            if self._left() <= 0:
                self._abandon(subject)
                return
        ticket = id(task)
        with self._changed:
            self._open[ticket] = subject
        self._pool.submit(self._run, task, ticket)

    def _run(self, task: Callable[[], None], ticket: int) -> None:
        try:
            task()
        except BaseException as fault:  # noqa: BLE001 - raised again by the thread that waits
            self._fault = self._fault or fault
        finally:
            with self._changed:
                self._open.pop(ticket, None)
                self._changed.notify_all()
            self._room.release()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._open, timeout=max(0.0, self._left()))
            hanging = list(self._open.values())
        self._pool.shutdown(wait=not hanging, cancel_futures=bool(hanging))
        for subject in hanging:
            self._abandon(subject)
        if self._fault and fault is None:
            raise self._fault

    def _left(self) -> float:
        return self._deadline.answer_until - self._deadline.clock.monotonic()
