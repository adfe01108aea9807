"""Run one task per job in a few threads, in bounded memory, never longer than there is time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

from typing_extensions import Self

from mps_manifest.deadline import Deadline

S = TypeVar("S")


class Workers(Generic[S]):
    """Threads for the time of one invocation that do `work` for each subject.

    `submit` blocks while `room` subjects are waiting or being worked on. Leaving the context waits
    for all of them, but not beyond the deadline's `answer_until`: those that hang until then are
    given to `abandon`, so that what was being done can be kept.

    A subject that waits takes its place in a queue and nothing else: an event may name thousands,
    and a Future for each would be most of an invocation's memory.
    """

    def __init__(
        self,
        size: int,
        room: int,
        deadline: Deadline,
        work: Callable[[S], None],
        abandon: Callable[[S], None],
    ) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="job")
        self._size = size
        self._room = max(size, room)
        self._deadline = deadline
        self._work = work
        self._abandon = abandon
        self._queue: deque[S] = deque()
        self._open: dict[object, S] = {}
        self._threads = 0
        self._changed = threading.Condition()
        self._fault: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    @property
    def waiting(self) -> int:
        """How many subjects are waiting or being worked on."""
        return len(self._queue) + len(self._open)

    def submit(self, subject: S) -> None:
        """Have a subject worked on as soon as there is room."""
        with self._changed:
            room = self._changed.wait_for(self._has_room, timeout=max(0.01, self._left()))
            if room:
                self._queue.append(subject)
                more = self._threads < self._size
                self._threads += more
        if not room:
            self._abandon(subject)
        elif more:
            self._pool.submit(self._run)

    def _has_room(self) -> bool:
        return self.waiting < self._room

    def _run(self) -> None:
        """Work on one subject after the other until none waits."""
        while True:
            with self._changed:
                if not self._queue:
                    self._threads -= 1
                    return
                place, subject = object(), self._queue.popleft()
                self._open[place] = subject
            try:
                self._work(subject)
            except BaseException as fault:  # noqa: BLE001 - raised again by the thread that waits
                self._fault = self._fault or fault
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
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self.waiting, timeout=max(0.0, self._left()))
            hanging = [*self._open.values(), *self._queue]
            self._queue.clear()
        self._pool.shutdown(wait=not hanging)
        for subject in hanging:
            self._abandon(subject)
        if self._fault and fault is None:
            raise self._fault

    def _left(self) -> float:
        return self._deadline.answer_until - self._deadline.clock.monotonic()
