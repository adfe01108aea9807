"""The rows of all manifests in a file on this machine, so that none is read twice.

SQLite keeps it whole whatever ends the program. Each manifest is known by its ETag; of one that is
no document, or too large, there are no rows. Texts are masked before they are stored.
"""

from __future__ import annotations

import fcntl
import hashlib
import secrets
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import orjson

from mps_manifest.errors import NotFound
from mps_manifest.job_limits import MAX_MANIFEST_BYTES
from mps_manifest.parsing.redaction import redact
from operate.access.connection import Connection
from operate.access.key_pages import ListedKey
from operate.access.survey import HEX, survey
from operate.errors import OperatorError
from operate.sql.tables import DEFINITIONS, Rows, rows_of

_BATCH = 256
"""Manifests that are read before they are committed."""
_SCHEMA = """
    CREATE TABLE manifests (key TEXT PRIMARY KEY, etag TEXT NOT NULL, rows BLOB) WITHOUT ROWID;
    CREATE TABLE state (mark TEXT NOT NULL);
    INSERT INTO state VALUES ('new');
"""
_TO_READ = "FROM listed LEFT JOIN manifests USING (key) WHERE manifests.etag IS NOT listed.etag"
_NEXT = f"SELECT key {_TO_READ} AND key > ? ORDER BY key LIMIT ?"
_GONE = "DELETE FROM manifests WHERE key NOT IN (SELECT key FROM listed)"

Progress = Callable[[int, int], None]
"""Hears how many manifests have been read, of how many."""


class Refreshed(NamedTuple):
    """What there is in the cache, and what the last look changed."""

    total: int
    read: int
    gone: int
    unreadable: int


class _Read(NamedTuple):
    etag: str
    rows: bytes | None


class ManifestCache:
    """The cache of one bucket's manifests, in a folder of its own; one mpsm at a time uses it.

    Raises OperatorError where the folder cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = (folder / "lock").open("w", encoding="ascii")
            fcntl.flock(self._lock, fcntl.LOCK_EX)  # waits for another mpsm, if only it lives
            self._database = _opened_or_new(folder / "manifests.sqlite")
        except (OSError, sqlite3.OperationalError):
            raise OperatorError(
                f"The cache in {folder} cannot be used.", "Name another folder with --cache."
            ) from None

    @classmethod
    def of(cls, connection: Connection, below: Path) -> ManifestCache:
        """Open the cache of the bucket and prefix that a connection leads to."""
        settings = connection.settings
        place = (settings.oss_endpoint, settings.bucket, connection.core.keys.manifests)
        return cls(below / hashlib.sha256(repr(place).encode()).hexdigest()[:16])

    @property
    def mark(self) -> str:
        """A text that is another one after each change."""
        return str(self._database.execute("SELECT mark FROM state").fetchone()[0])

    def refresh(self, connection: Connection, progress: Progress) -> Refreshed:
        """List all manifests, and read those that are new or changed. Raises ServiceError."""
        self._list(connection)
        with self._change() as database:
            gone = database.execute(_GONE).rowcount
        (wanted,) = self._database.execute(f"SELECT count(*) {_TO_READ}").fetchone()
        done, last = 0, ""
        while keys := [key for (key,) in self._database.execute(_NEXT, (last, _BATCH))]:
            self._store(connection, keys)
            done, last = done + len(keys), keys[-1]
            progress(done, wanted)
        total, with_rows = self._database.execute(
            "SELECT count(*), count(rows) FROM manifests"
        ).fetchone()
        return Refreshed(total, done, gone, total - with_rows)

    def rows(self) -> Iterator[Rows]:
        """Yield the rows of each manifest, in the order of their keys."""
        stored = "SELECT rows FROM manifests WHERE rows IS NOT NULL ORDER BY key"
        for (rows,) in self._database.execute(stored):
            yield orjson.loads(zlib.decompress(rows))

    def close(self) -> None:
        """Close the file, and let others use it."""
        self._database.close()
        self._lock.close()

    def _list(self, connection: Connection) -> None:
        """Write down which manifests there are; in a table that ends with the connection."""
        layout = connection.core.keys
        self._database.execute("DROP TABLE IF EXISTS temp.listed")
        self._database.execute("CREATE TEMP TABLE listed (key TEXT PRIMARY KEY, etag TEXT)")

        def note(keys: Sequence[str]) -> None:
            found = [
                (key, key.etag)
                for key in keys
                if isinstance(key, ListedKey) and layout.parse_manifest(key)
            ]
            self._database.executemany("INSERT OR REPLACE INTO listed VALUES (?, ?)", found)

        pages = connection.pages.listed
        survey(pages, layout.manifests, note, splits=HEX, threads=connection.threads)
        self._database.commit()

    def _store(self, connection: Connection, keys: Sequence[str]) -> None:
        """Read some manifests, and store them together."""
        reader = _Reader(connection)
        found = [*connection.threads.map(reader.read, keys)]
        with self._change() as database:
            for key, read in zip(keys, found, strict=True):
                if read is None:
                    database.execute("DELETE FROM manifests WHERE key = ?", (key,))
                else:
                    database.execute(
                        "INSERT OR REPLACE INTO manifests VALUES (?, ?, ?)", (key, *read)
                    )

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """Have changes committed together with another mark, or none of them."""
        with self._database as database:
            before = database.total_changes
            yield database
            if database.total_changes != before:
                database.execute("UPDATE state SET mark = ?", (secrets.token_hex(8),))


class _Reader:
    """Reads manifests in several threads, of which one at a time holds a decoded document."""

    def __init__(self, connection: Connection) -> None:
        self._store = connection.core.store
        self._bucket = connection.settings.bucket
        self._layout = connection.core.keys
        self._keys = connection.target.deployment.keys
        self._decoding = threading.Lock()

    def read(self, key: str) -> _Read | None:
        """Return a manifest's rows; None of one that is gone meanwhile."""
        try:
            found = self._store.read(self._bucket, key, MAX_MANIFEST_BYTES)
        except NotFound:
            return None
        if found.bytes > MAX_MANIFEST_BYTES:
            return _Read(found.etag, None)
        with self._decoding:
            return _Read(found.etag, self._rows(key, found.body))

    def _rows(self, key: str, body: bytes) -> bytes | None:
        try:
            manifest = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(manifest, dict):
            return None
        rows = rows_of(self._layout.parse_manifest(key) or "", manifest, self._masked)
        return zlib.compress(orjson.dumps(rows), 1)

    def _masked(self, text: str) -> str:
        return self._keys.redact(redact(text))


def _opened_or_new(path: Path) -> sqlite3.Connection:
    """Open the file; one that is none of SQLite's, or broken, is replaced."""
    try:
        return _opened(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        path.unlink()
        return _opened(path)


def _opened(path: Path) -> sqlite3.Connection:
    """Open the file; of other definitions it starts anew. Raises sqlite3.DatabaseError."""
    path.touch(mode=0o600)
    # Threads take turns: notes of a survey come from several, one at a time.
    database = sqlite3.connect(path, check_same_thread=False)
    try:
        _prepare(database)
    except sqlite3.Error:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection) -> None:
    with database:
        database.execute("BEGIN IMMEDIATE")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version == DEFINITIONS:
            return
        database.execute("DROP TABLE IF EXISTS manifests")
        database.execute("DROP TABLE IF EXISTS state")
        for statement in _SCHEMA.split(";")[:-1]:
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {DEFINITIONS}")
