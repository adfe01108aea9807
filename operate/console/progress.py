"""How far a long command is: a bar, how many of how many, and how long it will take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from operate.console.screen import Screen
from operate.console.words import duration, number


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
