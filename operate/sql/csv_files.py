"""Tables as CSV, for spreadsheets: no cell is a formula."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from operate.sql.manifest_cache import ManifestCache
from operate.sql.tables import TABLES, Cell

# https://owasp.org/www-community/attacks/CSV_Injection; full-width ones are read as these, too
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write_csv(cache: ManifestCache, folder: Path) -> Mapping[str, int]:
    """Write <table>.csv of each table, and return how many rows each has."""
    counted = dict.fromkeys((table.name for table in TABLES), 0)
    with ExitStack() as stack:
        writers = {}
        for table in TABLES:
            path = folder / f"{table.name}.csv"
            file = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            writers[table.name] = csv.writer(file)
            writers[table.name].writerow(table.names)
        for rows in cache.rows():
            for name, of_table in rows.items():
                writers[name].writerows([as_text(cell) for cell in row] for row in of_table)
                counted[name] += len(of_table)
    return counted


def as_text(cell: Cell) -> str:
    """Return a cell as it stands in a CSV file.

    Texts that a spreadsheet would calculate have an apostrophe before them; NUL, at which readers
    stop, becomes U+FFFD. Lists are joined by blanks, and NULL is empty.
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return repr(cell)
    text = (" ".join(cell) if isinstance(cell, list) else cell).replace("\0", "\ufffd")
    return f"'{text}" if text.startswith(_STARTS_FORMULA) else text
