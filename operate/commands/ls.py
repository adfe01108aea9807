"""`mpsm ls`: lists of manifests, parked jobs and quarantined pieces."""

from __future__ import annotations

from typing import Annotated

import typer

from mps_manifest.manifests.ranking import ManifestStatus
from operate.access.connection import connected
from operate.access.target import read_target
from operate.console.options import DEPLOY_INI, AsJson, Laptop, SettingsFile
from operate.console.screen import Screen
from operate.console.words import both_ends, duration, number, seconds_of
from operate.errors import YES
from operate.listing import Listing, Row, Wanted, What, list_rows

_LIMIT = 50
_MOST = 10_000
_SHORT = 120
_HASH = 64
"""Characters of a hash; a job's ID is shorter, nearly always."""

Kind = Annotated[What, typer.Argument(help="What to list.")]
Reason = Annotated[str, typer.Option(help="A part of the reason, in any case.")]
Older = Annotated[str, typer.Option(help="How old at least, as 30min, 2h or 7d.")]
Algorithm = Annotated[str, typer.Option(help="Manifests of this algorithm.")]
Status = Annotated[ManifestStatus | None, typer.Option(help="Manifests with this outcome.")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="Rows at most.")]
Most = Annotated[int, typer.Option(min=1, max=10_000_000, help="Objects looked into at most.")]


def ls(
    what: Kind,
    *,
    reason: Reason = "",
    older: Older = "",
    algorithm: Algorithm = "",
    status: Status = None,
    input_key: Annotated[str, typer.Option("--input", help="Manifests of this input.")] = "",
    limit: Limit = _LIMIT,
    most: Most = _MOST,
    laptop: Laptop = False,
    file: SettingsFile = DEPLOY_INI,
    as_json: AsJson = False,
) -> None:
    """List manifests, parked jobs or the quarantine, with filters.

    The backlog is in the order in which it is due, the others are in that of their names. The last
    line says whether there may be others.

    Example: mpsm ls backlog --reason Forbidden --older 2h
    """
    screen = Screen(as_json=as_json)
    wanted = Wanted(
        reason, seconds_of(older) if older else None, algorithm, status or "", input_key
    )
    with connected(read_target(laptop=laptop, file=file), screen) as connection:
        found = list_rows(connection, what, wanted, limit=limit, most=most)
        now = connection.clock.now()
    if as_json:
        screen.document(
            {
                "rows": [row.document() for row in found.rows],
                "lookedAt": found.looked_at,
                "more": found.more,
            }
        )
    else:
        _print(found, what, now, screen)
    raise typer.Exit(YES)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(ls)


def _print(found: Listing, what: What, now: float, screen: Screen) -> None:
    if what == "rejected":
        for row in found.rows:
            _print_rejected(row, now, screen)
    elif found.rows:
        rows = [(_short(row.name), duration(now - row.at), _said(row.fields)) for row in found.rows]
        screen.table(("job", "age", "is"), rows)
    others = "; there may be others" if found.more else ""
    count = f"{number(len(found.rows))} of {number(found.looked_at)} that were looked into"
    screen.say(f"{count}{others}.", "dim")


def _print_rejected(row: Row, now: float, screen: Screen) -> None:
    """Print an entry with its whole hash and ID, to be copied: no list finds a part of the ID."""
    rows = [
        ("sha256", row.name),
        ("job", row.fields.get("jobId", "")),
        (duration(now - row.at), _said(row.fields)),
    ]
    screen.fields([(name, value) for name, value in rows if value])


def _short(name: str) -> str:
    """Return a job's ID, or as much of a hash as tells it from others; explain takes both."""
    return name if len(name) < _HASH else name[: _HASH // 4]


def _said(fields: dict[str, object]) -> str:
    """Return the fields in one line, what comes first without its name."""
    told = [str(fields.get(name) or "") for name in ("status", "algorithm", "input", "reason")]
    attempts = f"{fields['attempts']} attempts" if fields.get("attempts") else ""
    due = f"due {fields['due']}" if fields.get("due") else ""
    return ", ".join(both_ends(each, _SHORT) for each in [*told, attempts, due] if each)
