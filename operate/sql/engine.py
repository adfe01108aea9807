"""DuckDB over the cached rows: a file of tables, which queries can only read.

DuckDB is an extra, and hence imported where it is used.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, closing
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from operate.errors import OperatorError
from operate.sql.manifest_cache import ManifestCache
from operate.sql.tables import TABLES

_LONGEST_ROW = 64 * 1024 * 1024
"""Bytes; a manifest has 8 MiB at most, and its characters up to six in JSON."""
_LINES = "read_json(?, columns = ?, format = 'newline_delimited', maximum_object_size = ?)"
_TABLES = "tables-"
# No file, no network, no extension, none of Python's variables, and none of this can be changed.
_CLOSED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
    "memory_limit": "1GB",
    "lock_configuration": "true",
}
_DESCRIBED = "The tables are described in docs/sql.md, and by DESCRIBE and a table's name."


class Answer(NamedTuple):
    """The rows of a query; `more` says whether there are others behind them."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    more: bool


def duckdb() -> Any:
    """Return the module of DuckDB. Raises OperatorError where it is not installed."""
    try:
        return import_module("duckdb")
    except ImportError:
        raise OperatorError(
            "Queries and Parquet need DuckDB, which is not installed.", "Run make setup EXTRAS=sql."
        ) from None


def tables_file(cache: ManifestCache) -> Path:
    """Return the file with the tables of a cache; it is made anew where the cache has changed.

    It gets its name when it is whole, so a file with the right name is right. Raises OperatorError.
    """
    module = duckdb()
    wanted = cache.folder / f"{_TABLES}{module.__version__}-{cache.mark}.duckdb"
    if not wanted.exists():
        with tempfile.TemporaryDirectory(dir=cache.folder, prefix="new-") as folder:
            made = Path(folder) / wanted.name
            _make(module, cache, made)
            made.replace(wanted)
        for other in cache.folder.glob(f"{_TABLES}*"):
            if other != wanted:
                other.unlink(missing_ok=True)
    return wanted


def remove_leftovers(cache: ManifestCache) -> None:
    """Remove what programs that were killed have left."""
    for folder in cache.folder.glob("new-*"):
        shutil.rmtree(folder, ignore_errors=True)


def write_ndjson(cache: ManifestCache, folder: Path) -> Mapping[str, int]:
    """Write <table>.ndjson of each table, and return how many rows each has."""
    counted = dict.fromkeys((table.name for table in TABLES), 0)
    with ExitStack() as stack:
        files = {
            name: stack.enter_context((folder / f"{name}.ndjson").open("wb")) for name in counted
        }
        for rows in cache.rows():
            for table in TABLES:
                for row in rows[table.name]:
                    line = dict(zip(table.names, row, strict=True))
                    files[table.name].write(orjson.dumps(line) + b"\n")
                counted[table.name] += len(rows[table.name])
    return counted


def write_parquet(cache: ManifestCache, folder: Path) -> Mapping[str, int]:
    """Write <table>.parquet of each table, and return how many rows each has."""
    module = duckdb()
    counted = {}
    with closing(module.connect(str(tables_file(cache)), read_only=True)) as database:
        for table in TABLES:
            path = _quoted(folder / f"{table.name}.parquet")
            copied = database.execute(
                f"COPY {table.name} TO {path} (FORMAT parquet, COMPRESSION zstd)"
            )
            counted[table.name] = int(copied.fetchone()[0])
    return counted


def ask(cache: ManifestCache, sql: str, limit: int) -> Answer:
    """Return at most `limit` rows of a query. Raises OperatorError for what is none, or fails."""
    module = duckdb()
    file = str(tables_file(cache))
    with closing(module.connect(file, read_only=True, config=_CLOSED)) as database:
        try:
            statements = database.extract_statements(sql)
            if [each.type for each in statements] != [module.StatementType.SELECT]:
                raise OperatorError("A query is one SELECT.", _DESCRIBED)
            found = database.execute(statements[0])
            columns = tuple(column[0] for column in found.description)
            rows = found.fetchmany(limit + 1)
        except module.Error as error:
            raise OperatorError(_sentence(error), _DESCRIBED) from None
        except RuntimeError as error:  # so it says that Ctrl-C was pressed
            raise KeyboardInterrupt from error
    return Answer(columns, rows[:limit], len(rows) > limit)


def _make(module: Any, cache: ManifestCache, file: Path) -> None:
    """Make the file of tables by way of lines of JSON, which DuckDB reads fastest."""
    write_ndjson(cache, file.parent)
    with closing(module.connect(str(file))) as database:
        for table in TABLES:
            lines = file.parent / f"{table.name}.ndjson"
            database.execute(
                f"CREATE TABLE {table.name} AS SELECT * FROM {_LINES}",  # noqa: S608 - our names
                (str(lines), table.types, _LONGEST_ROW),
            )
            lines.unlink()
    file.chmod(0o600)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _sentence(error: Exception) -> str:
    """Return the first line of what DuckDB says, without its class."""
    return str(error).split("\n", 1)[0].removesuffix(".") + "."
