"""The SQLite database in the data folder, which holds everything that survives a restart."""

import sqlite3
from pathlib import Path

FILE_NAME = "cloud.sqlite3"


def open_database(folder: Path) -> sqlite3.Connection:
    """Open the database of a data folder, creating both.

    Write-ahead logging without a sync per commit: a killed process loses nothing, a power cut may
    lose the latest commits but leaves the database consistent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA cache_size = -16384")
    return database
