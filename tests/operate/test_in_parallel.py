"""Work in threads ends when its command does."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from itertools import count
from types import FrameType
from typing import Any

import pytest

from operate.access.in_parallel import AHEAD, in_parallel


class Watched(ThreadPoolExecutor):
    """Threads that tell what was submitted to them."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.futures: list[Future[Any]] = []

    def submit(self, *work: Any, **named: Any) -> Future[Any]:
        """Submit as usual."""
        future = super().submit(*work, **named)
        self.futures.append(future)
        return future


def test_all_are_done_and_few_are_taken_ahead() -> None:
    """A bucket has a million keys, of which no more are held than threads can soon do."""
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    with ThreadPoolExecutor(4) as threads:
        results = in_parallel(threads, str, items())
        first = next(results)
        assert len(taken) == AHEAD
        assert {first, *results} == {str(number) for number in range(1000)}


def test_whoever_stops_waits_for_what_was_begun_and_nothing_else_begins() -> None:
    """Ctrl-C between two writes must not let writes go on behind the prompt."""
    begun, goes_on = threading.Semaphore(0), threading.Event()
    ended: list[int] = []

    def work(number: int) -> int:
        begun.release()
        if number:
            goes_on.wait()
        ended.append(number)
        return number

    with Watched(2) as threads:

        def go_on_when_the_others_are_cancelled() -> None:
            while not all(each.running() or each.done() for each in threads.futures):
                time.sleep(0.01)
            goes_on.set()

        results = in_parallel(threads, work, range(1000))
        assert next(results) == 0
        for _ in range(3):  # the first, and then one in each thread
            begun.acquire()
        threading.Thread(target=go_on_when_the_others_are_cancelled).start()
        results.close()
        assert sorted(ended) == [0, 1, 2]


def test_threads_that_are_shut_down_keep_nobody_waiting() -> None:
    """Ctrl-C shuts them down under a part that is looked at in a thread of its own."""
    goes_on = threading.Event()
    ended: list[CancelledError] = []
    threads = Watched(2)

    def look() -> None:
        try:
            list(in_parallel(threads, lambda _: goes_on.wait(), range(1000)))
        except CancelledError as error:
            ended.append(error)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    while len(threads.futures) < AHEAD:
        assert looking.is_alive()
    threads.shutdown(wait=False, cancel_futures=True)
    goes_on.set()
    looking.join(60)
    assert len(ended) == 1


class Interrupting:
    """Raises KeyboardInterrupt before a line, as a signal may."""

    def __init__(self, line: int) -> None:
        self.left = line

    def __call__(self, frame: FrameType, event: str, _argument: object) -> Interrupting | None:
        """Trace a frame if it is of the function that is tested."""
        if frame.f_code.co_filename != in_parallel.__code__.co_filename:
            return None
        if event == "line":
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt
        return self


def test_ctrl_c_between_any_two_lines_ends_it() -> None:
    """It once came when an end was taken note of, and was waited for from then on."""
    ended: list[str] = []

    def look(interrupting: Interrupting) -> None:
        sys.settrace(interrupting)
        try:
            with ThreadPoolExecutor(2) as threads:
                list(in_parallel(threads, str, range(AHEAD + 2)))
            ended.append("at its end")
        except KeyboardInterrupt:
            ended.append("by Ctrl-C")
        finally:
            sys.settrace(None)

    for line in count(1):
        looking = threading.Thread(target=look, args=(Interrupting(line),), daemon=True)
        looking.start()
        looking.join(60)
        assert len(ended) == line, f"it hangs where Ctrl-C comes at line {line}"
        if ended[-1] == "at its end":
            break
    assert len(ended) > 4 * AHEAD


@pytest.mark.parametrize("at", [0, AHEAD + 8])
def test_an_error_of_the_work_is_raised(at: int) -> None:
    """At the item that has it, whether it is of the first that are handed out or not."""

    def work(number: int) -> int:
        if number == at:
            raise ValueError(str(number))
        return number

    with ThreadPoolExecutor(2) as threads, pytest.raises(ValueError, match=str(at)):
        list(in_parallel(threads, work, range(100)))
