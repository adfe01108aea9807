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
from mps_manifest.limits.work_claim import WorkClaim, working_under

T = TypeVar("T")


def _no_time(_tasks: int) -> float:
    return 0.0


class WorkerPool(Generic[T]):
    """Threads that call `work` for each task during one invocation.

    `submit` blocks while `room` tasks are waiting or running. Leaving the context waits for all of
    them, but at most until the answer must be returned.

    `abandon` parks the job of a task. When the time that is left is what parking all tasks takes
    (`parking_time` of their number), more threads come to abandon what waits; and at the last
    moment for parking what runs is given up: its thread hangs, and one of those abandons it
    (work_claim.py). What cannot be abandoned by then is abandoned once more, without time for a
    call.

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
        *,
        parking_time: Callable[[int], float] = _no_time,
    ) -> None:
        # as many threads again for parking, and one that watches the time
        self._pool = ThreadPoolExecutor(2 * size + 1, thread_name_prefix="job")
        self._size = size
        self._room = max(size, room)
        self._deadline = deadline
        self._abandon = abandon
        self._parking_time = parking_time
        self._queue: deque[T] = deque()
        self._workers, self._helpers = _Crew[T](work, size), _Crew[T](abandon, 0)
        self._changed = threading.Condition()
        self._is_watched = self._is_late = self._is_over = False
        self._error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    @property
    def waiting(self) -> int:
        """The number of tasks that are waiting or running."""
        return len(self._queue) + len(self._workers.open) + len(self._helpers.open)

    def submit(self, task: T) -> None:
        """Submit a task as soon as there is room; abandon it where there is none in time."""
        with self._changed:
            if not self._is_watched:
                self._is_watched = True
                self._pool.submit(self._watch)
            room = self._wait(self._has_room)
            if room:
                self._queue.append(task)
                self._call_threads(1)
        if not room:
            self._abandon(task)

    def _has_room(self) -> bool:
        return self.waiting < self._room

    def _is_done(self) -> bool:
        return not self.waiting

    # --- under the lock --------------------------------------------------------------------------

    def _wait(self, comes: Callable[[], bool]) -> bool:
        """Wait until something comes; meanwhile see to what hangs. Return False at the end."""
        while not comes():
            left = self._deadline.until_parking(self._parking_time(self.waiting))
            if not left and not self._helpers.size:
                self._helpers.size = self._size
                self._call_threads(self._size)
            if not left:
                left = self._deadline.until_parking()
            if not left and not self._is_late:
                self._give_up()
            if not left:
                left = self._deadline.until_answer()
            if not left:
                return comes()
            # look again now and then, since what waits grows and shrinks
            self._changed.wait_for(comes, timeout=min(left, self._deadline.call_limit))
        return True

    def _give_up(self) -> None:
        """Take what hangs out of the workers' hands; those who come back find nothing to do."""
        self._is_late = True
        self._workers.size = 0
        self._queue.extendleft(self._workers.give_up())
        self._call_threads(self._size)

    def _call_threads(self, most: int) -> None:
        """Call more threads while there are fewer than may run and than tasks wait."""
        for crew in (self._workers, self._helpers):
            for _ in range(min(crew.size - crew.threads, len(self._queue), most)):
                crew.threads += 1
                self._pool.submit(self._run, crew)

    # --- in threads ------------------------------------------------------------------------------

    def _watch(self) -> None:
        """See to what hangs while the caller is busy elsewhere."""
        with self._changed:
            self._wait(lambda: self._is_over)

    def _run(self, crew: _Crew[T]) -> None:
        """Work off one task after the other until none is waiting."""
        while True:
            with self._changed:
                if not self._queue or crew.threads > crew.size:
                    crew.threads -= 1
                    return
                claim, task = WorkClaim(), self._queue.popleft()
                crew.open[claim] = task
            try:
                with working_under(claim):
                    crew.work(task)
            except BaseException as error:  # noqa: BLE001 - raised again when the context is left
                if not claim.given_up:
                    self._error = self._error or error
            finally:
                self._done(crew, claim)

    def _done(self, crew: _Crew[T], claim: WorkClaim) -> None:
        """Remove a task; wake waiting threads only if there is room again or all are done."""
        claim.end()
        with self._changed:
            crew.end(claim)
            if self.waiting in {0, self._room - 1}:
                self._changed.notify_all()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._wait(self._is_done)
            hanging = [*self._helpers.drop(), *self._workers.drop(), *self._queue]
            self._queue.clear()
            self._is_over = True
            self._changed.notify_all()
            hangs = bool(self._workers.hanging or self._helpers.hanging)
        self._pool.shutdown(wait=not hangs)
        for task in hanging:
            self._abandon(task)
        if self._error and error is None:
            raise self._error


class _Crew(Generic[T]):
    """Threads that do the same: at most `size`, just now `threads`.

    `open` is what they work on, `hanging` what was given up and has not ended yet.
    """

    def __init__(self, work: Callable[[T], None], size: int) -> None:
        self.work = work
        self.size = size
        self.threads = 0
        self.open: dict[WorkClaim, T] = {}
        self.hanging: set[WorkClaim] = set()

    def give_up(self) -> list[T]:
        """Take what is open out of their hands, and return it."""
        return self._without([claim for claim in self.open if claim.give_up()])

    def drop(self) -> list[T]:
        """Take all that is open out of their hands, whatever they say is finished; return it."""
        for claim in self.open:
            claim.give_up()
        return self._without([*self.open])

    def _without(self, claims: list[WorkClaim]) -> list[T]:
        self.hanging.update(claims)
        return [self.open.pop(claim) for claim in claims]

    def end(self, claim: WorkClaim) -> None:
        """Remove what a thread has ended to work on."""
        self.open.pop(claim, None)
        self.hanging.discard(claim)
