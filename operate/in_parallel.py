"""Work in several threads, with progress, such that Ctrl-C ends what was begun and no more."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TypeVar

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from operate.screen import Screen
from operate.words import duration, number

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
        while running:
            next_ended()


class _Rate(ProgressColumn):
    """How many a second, and how long it takes until all are done."""

    def render(self, task: Task) -> Text:
        """Return both, as far as they are known."""
        speed = task.finished_speed or task.speed
        words = f"{speed:.1f}/s" if speed else ""
        left = task.time_remaining
        return Text(f"{words}, {duration(left)} left" if words and left else words)


@contextmanager
def progress(screen: Screen, words: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show progress on a terminal; yield what is to be called with how many more are done."""
    if screen.as_json or not screen.is_terminal:
        yield lambda _more: None
        return
    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(20),
        TextColumn("{task.fields[count]}"),
        _Rate(),
        console=screen.console,
        transient=True,
    )
    with shown:
        task = shown.add_task(screen.text(words).plain, total=total, count="")
        of_all = f" of {number(total)}" if total is not None else ""

        def advance(more: int) -> None:
            shown.advance(task, more)
            count = f"{number(round(shown.tasks[0].completed))}{of_all}"
            shown.update(task, count=count)

        yield advance
