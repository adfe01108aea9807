"""The lines of Logstores in the data folder."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from local.logs.query import LogLine, LogPlace, Period

MOST_LINES = 100_000
"""Lines that are kept, the latest of all Logstores together."""

_TABLES = (
    "CREATE TABLE IF NOT EXISTS logstores (project TEXT, store TEXT, PRIMARY KEY (project, store))",
    """CREATE TABLE IF NOT EXISTS log_lines
       (number INTEGER PRIMARY KEY, project TEXT, store TEXT, time INTEGER, fields TEXT)""",
    """CREATE INDEX IF NOT EXISTS log_lines_by_time
       ON log_lines (project, store, time, number)""",
)
_READ = """SELECT fields FROM log_lines
           WHERE project = ? AND store = ? AND time >= ? AND time < ?
           ORDER BY time {0}, number {0}"""


class LogStores:
    """All Logstores; only the thread of the event loop may use them."""

    def __init__(self, database: sqlite3.Connection, most_lines: int = MOST_LINES) -> None:
        self._database = database
        self._most_lines = most_lines
        for statement in _TABLES:
            database.execute(statement)

    def create(self, place: LogPlace) -> None:
        """Add a Logstore, if it does not exist."""
        row = (place.project, place.store)
        self._database.execute("INSERT OR IGNORE INTO logstores VALUES (?, ?)", row)

    def add(self, place: LogPlace, line: LogLine) -> None:
        """Add a line, which has its time, and its Logstore with it."""
        self.create(place)
        row = (place.project, place.store, int(line["__time__"]), json.dumps(dict(line)))
        insert = "INSERT INTO log_lines (project, store, time, fields) VALUES (?, ?, ?, ?)"
        number = self._database.execute(insert, row).lastrowid or 0
        oldest = number - self._most_lines
        self._database.execute("DELETE FROM log_lines WHERE number <= ?", (oldest,))

    def read(self, place: LogPlace, period: Period) -> Iterator[LogLine] | None:
        """Return the lines of a period, or None if there is no such Logstore."""
        query = "SELECT 1 FROM logstores WHERE project = ? AND store = ?"
        if not self._database.execute(query, (place.project, place.store)).fetchone():
            return None
        return self._lines(place, period)

    def _lines(self, place: LogPlace, period: Period) -> Iterator[LogLine]:
        query = _READ.format("DESC" if period.newest_first else "ASC")
        row = (place.project, place.store, period.since, period.until)
        for (fields,) in self._database.execute(query, row):
            line: LogLine = json.loads(fields)
            yield line

    def reset(self) -> None:
        """Delete everything."""
        self._database.execute("DELETE FROM log_lines")
        self._database.execute("DELETE FROM logstores")
