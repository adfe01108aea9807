"""The keys of the backlog, all of them listed in parallel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mps_manifest.job_ids import is_job_id
from mps_manifest.state.due_entries import DueEntry
from mps_manifest.state.keys import Keys
from operate.access.connection import Connection
from operate.access.survey import survey

SPLITS = range(-3_600, 7_200, 120)
"""Where the list is split, in seconds from now, since entries are due around it."""


def survey_backlog(connection: Connection, note: Callable[[Sequence[str]], None]) -> None:
    """Have all keys of the backlog noted, a page at a time, in any order. Raises ServiceError."""
    keys, now = connection.core.keys, connection.clock.now()
    splits = [keys.second_in_backlog(now + second) for second in SPLITS]
    pages = connection.pages.page
    survey(pages, keys.backlog, note, splits=splits, threads=connection.threads)


def entry_of(keys: Keys, key: str) -> DueEntry | None:
    """Return what a key says; None for that of a stranger."""
    due, name = keys.parse_backlog_entry(key) or (0.0, "")
    entry = DueEntry(key, name, due)
    return entry if is_job_id(name) or entry.is_ticket else None
