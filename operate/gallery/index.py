"""The index of a bucket of manifests: an SQLite table, in memory or in a file of the operator's.

A row is known by the key and the ETag of a manifest, so that a later start reads only what is new.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from operate.errors import OperatorError
from operate.gallery.reading import UNREADABLE
from operate.gallery.source import Entry
from operate.gallery.summary import Summary

_VERSION = 3
_LONGEST_WORD = 200
_TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
  key TEXT PRIMARY KEY, job_id TEXT NOT NULL, etag TEXT NOT NULL, listing INTEGER NOT NULL,
  is_read INTEGER NOT NULL DEFAULT 0, status TEXT NOT NULL DEFAULT '',
  algorithm TEXT NOT NULL DEFAULT '', day TEXT NOT NULL DEFAULT '', input TEXT NOT NULL DEFAULT '',
  user_data TEXT NOT NULL DEFAULT '', errors INTEGER NOT NULL DEFAULT 0,
  files INTEGER NOT NULL DEFAULT 0, moment TEXT NOT NULL,
  tile TEXT NOT NULL DEFAULT '{"kind": "unread"}'
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS newest ON jobs (moment DESC, key);
CREATE INDEX IF NOT EXISTS unread ON jobs (moment DESC) WHERE is_read = 0;
CREATE INDEX IF NOT EXISTS worst ON jobs (errors > 0, moment DESC, key);
"""


class Filter(NamedTuple):
    """Which jobs are wanted, and in which order."""

    words: str = ""
    algorithm: str = ""
    status: str = ""
    day: str = ""
    problems_first: bool = False


class Row(NamedTuple):
    """A job of the index; what is not read yet has no status."""

    key: str
    job_id: str
    status: str
    algorithm: str
    input: str
    errors: int
    files: int
    moment: str
    is_read: bool
    tile: dict[str, Any]


class Counts(NamedTuple):
    """How many jobs there are, and how many of each, by name."""

    listed: int
    read: int
    matching: int
    by_status: dict[str, int]
    by_algorithm: dict[str, int]
    days: dict[str, int]


class Index:
    """The table; safe to use from several threads.

    One gallery at a time has a file: each forgets what its own list does not name. Another one has
    its table in memory. Raises OperatorError where the file cannot be used.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._taken: TextIO | None = None
        try:
            self._taken = _taken(file) if file else None
            self._database = _opened(file if self._taken else None)
        except (OSError, sqlite3.OperationalError):
            self._free()
            raise OperatorError(
                f"The index in {file} cannot be used.", "Make room for it, or delete it."
            ) from None
        self._listing = int(self._one("SELECT max(listing) FROM jobs") or 0)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()
        self._free()

    def _free(self) -> None:
        if self._taken:
            self._taken.close()

    # --- writing

    def begin_listing(self) -> None:
        """Begin a list of all manifests; what it does not name is gone at its end."""
        self._listing += 1

    def note(self, entries: Iterable[tuple[str, Entry]]) -> None:
        """Note a page of a list: job IDs and their entries."""
        rows = [
            (entry.key, job_id, entry.etag, self._listing, _moment(entry.written))
            for job_id, entry in entries
        ]
        with self._lock, self._database:
            self._database.executemany(
                "INSERT INTO jobs (key, job_id, etag, listing, moment)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
                " is_read = is_read AND etag = excluded.etag,"
                " moment = CASE etag WHEN excluded.etag THEN moment ELSE excluded.moment END,"
                " etag = excluded.etag, listing = excluded.listing",
                rows,
            )

    def end_listing(self) -> None:
        """Forget what the list did not name."""
        with self._lock, self._database:
            self._database.execute("DELETE FROM jobs WHERE listing <> ?", (self._listing,))

    def add(self, summaries: Iterable[tuple[str, str, Summary]]) -> None:
        """Add what was read: keys, the ETags that were listed, and what the manifests say."""
        rows = [
            (
                *(each.status, each.algorithm, each.day, each.input, each.user_data, each.errors),
                *(each.files, json.dumps(each.tile), each.finished, each.day),
                *(key, etag),
            )
            for key, etag, each in summaries
        ]
        with self._lock, self._database:
            self._database.executemany(
                "UPDATE jobs SET is_read = 1, status = ?, algorithm = ?, day = ?, input = ?,"
                " user_data = ?, errors = ?, files = ?, tile = ?,"
                " moment = coalesce(nullif(?, ''), moment),"
                " day = coalesce(nullif(?, ''), substr(moment, 1, 10))"
                " WHERE key = ? AND etag = ?",
                rows,
            )

    def forget(self, keys: Iterable[str]) -> None:
        """Forget manifests that are gone."""
        with self._lock, self._database:
            self._database.executemany("DELETE FROM jobs WHERE key = ?", [(key,) for key in keys])

    # --- reading

    def unread(self, limit: int, among: Sequence[str] = ()) -> list[tuple[str, str, str]]:
        """Return keys, job IDs and ETags of manifests to be read, the newest first."""
        within = f"AND key IN ({','.join('?' * len(among))})" if among else ""
        return self._all(
            "SELECT key, job_id, etag FROM jobs WHERE is_read = 0"  # noqa: S608 - marks only
            f" {within} ORDER BY moment DESC LIMIT ?",
            (*among, limit),
        )

    def page(self, wanted: Filter, start: int, size: int) -> list[Row]:
        """Return the jobs of a page."""
        where, values = _where(wanted)
        order = "errors > 0 DESC, moment DESC, key" if wanted.problems_first else "moment DESC, key"
        found = self._all(
            f"SELECT {', '.join(Row._fields)} FROM jobs"  # noqa: S608 - our own names only
            f" {where} ORDER BY {order} LIMIT ? OFFSET ?",
            (*values, size, start),
        )
        return [Row._make((*row[:-2], bool(row[-2]), json.loads(row[-1]))) for row in found]

    def progress(self) -> tuple[int, int]:
        """Return how many manifests there are, and how many of them have been read."""
        listed, unread = self._all("SELECT count(*), total(is_read = 0) FROM jobs")[0]
        return listed, listed - int(unread)

    def counts(self, wanted: Filter) -> Counts:
        """Return how many jobs there are, and how many of each are wanted."""
        where, values = _where(wanted)
        matching = self._one(f"SELECT count(*) FROM jobs {where}", values)  # noqa: S608 - as above
        return Counts(
            *self.progress(),
            int(matching),
            self._by("status"),
            self._by("algorithm"),
            self._by("day"),
        )

    def _by(self, column: str) -> dict[str, int]:
        order = "1 DESC" if column == "day" else "2 DESC, 1"
        found = self._all(
            f"SELECT {column}, count(*) FROM jobs WHERE is_read = 1 AND {column} <> ''"  # noqa: S608
            f" GROUP BY 1 ORDER BY {order} LIMIT 60"
        )
        return dict(found)

    def _all(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            return self._database.execute(query, values).fetchall()

    def _one(self, query: str, values: Sequence[Any] = ()) -> Any:
        return self._all(query, values)[0][0]


def _where(wanted: Filter) -> tuple[str, list[str]]:
    terms, values = [], []
    for column, value in (
        ("algorithm", wanted.algorithm),
        ("status", wanted.status),
        ("day", wanted.day),
    ):
        if value:
            terms.append(f"{column} = ?")
            values.append(value)
    for word in wanted.words[:_LONGEST_WORD].split()[:8]:
        terms.append(
            "(job_id LIKE ? ESCAPE '\\' OR input LIKE ? ESCAPE '\\'"
            " OR user_data LIKE ? ESCAPE '\\')"
        )
        values += [f"%{_escaped(word)}%"] * 3
    return (f"WHERE {' AND '.join(terms)}" if terms else ""), values


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _moment(written: float) -> str:
    try:
        moment = datetime.fromtimestamp(written, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _taken(file: Path) -> TextIO | None:
    """Take a file until what is returned is closed; None where another gallery has it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = file.with_suffix(".lock").open("w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _opened(file: Path | None) -> sqlite3.Connection:
    """Open the file; one that is broken, or of another version, is made anew."""
    if file is None:
        return _with_table(":memory:")
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    try:
        return _with_table(str(file))
    except sqlite3.OperationalError:  # of a disk that is full, for one: a new file is no better
        raise
    except sqlite3.DatabaseError:
        file.unlink()
        return _with_table(str(file))


def _with_table(name: str) -> sqlite3.Connection:
    database = sqlite3.connect(name, check_same_thread=False, isolation_level="DEFERRED")
    try:
        database.execute("PRAGMA synchronous = OFF")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version != _VERSION:
            database.execute("DROP TABLE IF EXISTS jobs")
            database.execute(f"PRAGMA user_version = {_VERSION}")
        database.executescript(_TABLE)
        # perhaps the keys may read it by now
        database.execute("UPDATE jobs SET is_read = 0 WHERE status = ?", (UNREADABLE,))
        database.commit()
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database
