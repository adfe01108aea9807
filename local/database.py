"""The SQLite database in the data folder, which holds everything that survives a restart."""

import sqlite3
from pathlib import Path

from tools.complaints import UserError

FILE_NAME = "cloud.sqlite3"


class NoDatabaseError(UserError):
    """What should be the database is none, or cannot be used; the message says why."""


def open_database(folder: Path) -> sqlite3.Connection:
    """Open the database of a data folder, creating both.

    Write-ahead logging without a sync per commit: a killed process loses nothing, a power cut may
    lose the latest commits but leaves the database consistent. Raises NoDatabaseError where
    somebody else's file has its name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode = WAL")
    except sqlite3.DatabaseError as error:
        database.close()
        raise NoDatabaseError(f"{folder / FILE_NAME}: {error}") from None
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA cache_size = -16384")
    return database
