"""Work in several threads, such that Ctrl-C ends what was begun and no more."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import CancelledError, Executor, Future
from contextlib import suppress
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")

AHEAD = 32
"""Tasks that are handed to the threads at a time: as many as run, and as many that wait."""


def in_parallel(
    threads: Executor, work: Callable[[T], U], items: Iterable[T]
) -> Generator[U, None, None]:
    """Yield what becomes of items, as it comes; few of them are held at a time.

    Whoever stops iterating, as by Ctrl-C, waits for what was begun, and nothing else is begun.
    Raises CancelledError where the threads are shut down meanwhile.
    """
    running: set[Future[U]] = set()
    # not concurrent.futures.wait(), which is not told of what a shutdown took out of the queue
    ended: SimpleQueue[Future[U]] = SimpleQueue()

    def next_ended() -> Future[U]:
        future = ended.get()
        running.remove(future)
        return future

    try:
        for item in items:
            future = threads.submit(work, item)
            running.add(future)
            future.add_done_callback(ended.put)
            if len(running) >= AHEAD:
                yield next_ended().result()
        while running:
            yield next_ended().result()
    finally:
        for future in running:
            future.cancel()
        # not by `ended`: Ctrl-C may have come between taking a future out of it and `running`
        for future in running:
            with suppress(CancelledError):
                future.exception()
