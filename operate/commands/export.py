"""`mpsm export`: all manifests as tables, in files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from operate.access.connection import connected
from operate.access.target import read_target
from operate.console.options import DEPLOY_INI, AsJson, Laptop, SettingsFile
from operate.console.screen import Screen
from operate.errors import NO, YES, OperatorError
from operate.sql.engine import duckdb
from operate.sql.exports import export as write
from operate.sql.refreshing import CACHE, CacheFolder, document, refreshed, say_unreadable

Folder = Annotated[Path, typer.Argument(help="Where the files are written.", file_okay=False)]
Parquet = Annotated[bool, typer.Option("--parquet", help="Parquet; needs DuckDB.")]
Ndjson = Annotated[bool, typer.Option("--ndjson", help="A JSON document per line.")]
Csv = Annotated[bool, typer.Option("--csv", help="CSV; no text in it is a formula.")]


def export(
    folder: Folder,
    *,
    parquet: Parquet = False,
    ndjson: Ndjson = False,
    csv: Csv = False,
    cache: CacheFolder = CACHE,
    laptop: Laptop = False,
    file: SettingsFile = DEPLOY_INI,
    as_json: AsJson = False,
) -> None:
    """Write all manifests as tables into a folder.

    A file each: jobs, files, segments, covers, captions, problems. The exit status is 1 where
    manifests had to be left out.

    Example: mpsm export --parquet tables
    """
    screen = Screen(as_json=as_json)
    form = _form(parquet=parquet, ndjson=ndjson, csv=csv)
    with (
        connected(read_target(laptop=laptop, file=file), screen) as connection,
        refreshed(connection, cache, screen) as (rows, found),
    ):
        counted = write(rows, form, folder)
    if as_json:
        tables = {"format": form, "folder": str(folder), "rows": counted}
        screen.document({**tables, "manifests": document(found)})
    else:
        named = [(count, f"{folder / name}.{form}") for name, count in counted.items()]
        screen.table(("rows", "file"), named)
        say_unreadable(found, screen)
    raise typer.Exit(NO if found.unreadable else YES)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(export)


def _form(**chosen: bool) -> str:
    """Return the one format that was chosen. Raises OperatorError."""
    forms = [name for name, is_chosen in chosen.items() if is_chosen]
    if len(forms) != 1:
        raise OperatorError("Choose one format.", "Use --parquet, --ndjson or --csv.")
    if forms == ["parquet"]:
        duckdb()
    return forms[0]
