"""Open the cache of manifests for a command, with its progress shown to whoever waits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from operate.access.connection import Connection
from operate.console.options import ROOT
from operate.console.screen import Screen
from operate.console.words import number
from operate.errors import OperatorError
from operate.sql.engine import remove_leftovers
from operate.sql.manifest_cache import ManifestCache, Refreshed

CACHE = ROOT / "build" / "mpsm"
CacheFolder = Annotated[
    Path,
    typer.Option("--cache", help="Where rows of manifests are kept.", show_default="build/mpsm"),
]


@contextmanager
def refreshed(
    connection: Connection, folder: Path, screen: Screen
) -> Iterator[tuple[ManifestCache, Refreshed]]:
    """Open the cache and bring it up to date. Raises ServiceError."""
    cache = ManifestCache.of(connection, folder)
    try:
        remove_leftovers(cache)
        columns = (TextColumn("reading manifests"), BarColumn(), MofNCompleteColumn())
        with Progress(
            *columns,
            TimeRemainingColumn(),
            console=screen.console,
            transient=True,
            disable=screen.as_json or not screen.is_terminal,
        ) as progress:
            task = progress.add_task("", total=None)
            found = cache.refresh(
                connection, lambda done, of: progress.update(task, completed=done, total=of)
            )
        yield cache, found
    except sqlite3.OperationalError as error:  # a full disk, say
        raise OperatorError(f"{cache.folder}: {error}.", "Make room on the disk.") from None
    finally:
        cache.close()


def document(found: Refreshed) -> dict[str, int]:
    """Return what the look found as JSON; docs/mpsm.md describes it."""
    return found._asdict()


def say_unreadable(found: Refreshed, screen: Screen) -> None:
    """Print how many manifests are missing in what was printed."""
    if found.unreadable:
        screen.say(
            f"{number(found.unreadable)} manifests are unreadable or too large and were left out.",
            "red",
        )
