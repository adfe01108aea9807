"""`mpsm query`: questions about all manifests, in SQL."""

from __future__ import annotations

import math
from typing import Annotated, Any

import typer

from operate.access.connection import connected
from operate.access.target import read_target
from operate.console.options import DEPLOY_INI, AsJson, Laptop, SettingsFile
from operate.console.screen import Screen
from operate.console.words import number
from operate.errors import NO, YES
from operate.sql.engine import Answer, ask, duckdb
from operate.sql.refreshing import CACHE, CacheFolder, document, refreshed, say_unreadable

_ROWS = 1_000
_MOST_COLUMNS = 6
"""Columns that stand beside each other; of more, each row is printed as names and values."""

Sql = Annotated[str, typer.Argument(help="One SELECT, as docs/sql.md has them.")]
Limit = Annotated[int, typer.Option(min=1, max=1_000_000, help="Rows that are printed at most.")]


def query(
    sql: Sql,
    *,
    limit: Limit = _ROWS,
    cache: CacheFolder = CACHE,
    laptop: Laptop = False,
    file: SettingsFile = DEPLOY_INI,
    as_json: AsJson = False,
) -> None:
    """Ask about all manifests, in SQL.

    Tables: jobs, files, segments, covers, captions, problems. New and changed manifests are read
    first. The exit status is 1 where manifests had to be left out.

    Example: mpsm query "SELECT status, count(*) FROM jobs GROUP BY ALL"
    """
    screen = Screen(as_json=as_json)
    duckdb()
    with (
        connected(read_target(laptop=laptop, file=file), screen) as connection,
        refreshed(connection, cache, screen) as (rows, found),
    ):
        answer = ask(rows, sql, limit)
    if as_json:
        screen.document(
            {
                "columns": answer.columns,
                "rows": [[_plain(cell) for cell in row] for row in answer.rows],
                "more": answer.more,
                "manifests": document(found),
            }
        )
    else:
        _print(answer, screen)
        say_unreadable(found, screen)
    raise typer.Exit(NO if found.unreadable else YES)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(query)


def _print(answer: Answer, screen: Screen) -> None:
    rows = [[*map(_shown, row)] for row in answer.rows]
    if not rows:
        screen.say("No rows.")
    elif len(answer.columns) <= _MOST_COLUMNS:
        screen.table(answer.columns, rows)
    else:
        for row in rows:
            screen.fields([*zip(answer.columns, row, strict=True)])
            screen.say()
    if answer.more:
        screen.say(f"Only the first {number(len(answer.rows))} rows; --limit has more printed.")


def _shown(cell: Any) -> object:
    return "" if cell is None else cell


def _plain(cell: Any) -> Any:
    """Return a value of DuckDB as JSON has it: what it has no type for as text."""
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    if cell is None or isinstance(cell, str | int):
        return cell
    if isinstance(cell, list | tuple):
        return [_plain(each) for each in cell]
    if isinstance(cell, dict):
        return {str(name): _plain(each) for name, each in cell.items()}
    return str(cell)
