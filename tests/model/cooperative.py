"""The parts of `threading` and `concurrent.futures` that the product uses, over strands."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from tests.model.strands import Condition as Comes
from tests.model.strands import Owner, scheduler

T = TypeVar("T")
S = TypeVar("S")


class Condition:
    """Stands for threading.Condition: turns end at port calls only, so there is nothing to lock."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def wait_for(self, comes: Comes, timeout: float | None = None) -> bool:
        return scheduler().wait(comes, timeout)

    def notify_all(self) -> None:
        """Do nothing: those who wait look for themselves."""


class Lock:
    """Stands for threading.Lock where calls are made while it is held."""

    def __init__(self) -> None:
        self._is_held = False

    def __enter__(self) -> None:
        scheduler().wait(lambda: not self._is_held, None)
        self._is_held = True

    def __exit__(self, *_: object) -> None:
        self._is_held = False


class _Future:
    """What a task will come to."""

    def __init__(self, task: Callable[[], Any], owner: Owner) -> None:
        self.owner = owner
        self.done = False
        self._task = task
        self._value: Any = None
        self._fault: BaseException | None = None

    def run(self) -> None:
        try:
            self._value = self._task()
        except BaseException as fault:  # noqa: BLE001 - as an executor does
            self._fault = fault
        finally:
            self.done = True

    def result(self) -> Any:
        scheduler().wait(lambda: self.done, None)
        if self._fault:
            raise self._fault
        return self._value


class StrandPool:
    """Stands for ThreadPoolExecutor: at most `size` strands at a time."""

    def __init__(self, size: int, thread_name_prefix: str = "") -> None:
        self._size = size
        self._name = thread_name_prefix
        self._waiting: deque[_Future] = deque()
        self._busy = 0

    def submit(self, task: Callable[..., T], *arguments: Any) -> _Future:
        future = _Future(lambda: task(*arguments), scheduler().owner())
        self._waiting.append(future)
        if self._busy < self._size:
            self._busy += 1
            scheduler().spawn(future.owner, self._work)
        return future

    def map(self, task: Callable[[S], T], values: Iterable[S]) -> Iterator[T]:
        futures = [self.submit(task, value) for value in values]
        return (future.result() for future in futures)

    def shutdown(self, *, wait: bool = True, cancel_futures: bool = False) -> None:
        if cancel_futures:
            self._waiting.clear()
        if wait:
            scheduler().wait(lambda: not self._busy, None)

    def _work(self) -> None:
        while self._waiting and not scheduler().owner().dead:
            self._waiting.popleft().run()
        self._busy -= 1
