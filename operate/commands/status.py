"""`mpsm status`: what there is, and whether it is worked off."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from mps_manifest.errors import ServiceError
from operate.access.connection import Connection, connected
from operate.access.target import read_target
from operate.console.options import DEPLOY_INI, AsJson, Every, Laptop, SettingsFile
from operate.console.screen import Screen
from operate.console.words import duration, moment, number
from operate.errors import NO, YES, of_service
from operate.system_state import (
    LATE_SECONDS,
    BacklogState,
    LastSweep,
    LeaseState,
    SystemState,
    look,
)

_SAMPLE = 500
_MOST_ROWS = 12

Sample = Annotated[
    int, typer.Option(min=0, max=100_000, help="Objects of each kind that are looked into.")
]
Exact = Annotated[bool, typer.Option("--exact", help="List all manifests, however many.")]
Watch = Annotated[bool, typer.Option("--watch", help="Look again and again, until Ctrl-C.")]


def status(
    *,
    sample: Sample = _SAMPLE,
    exact: Exact = False,
    watch: Watch = False,
    every: Every = 10.0,
    laptop: Laptop = False,
    file: SettingsFile = DEPLOY_INI,
    as_json: AsJson = False,
) -> None:
    """Count outcomes, backlog and quarantine.

    Of each kind of object a sample is looked into, and of very many manifests the number is an
    estimate. The exit status is 1 where the backlog is not worked off.

    Example: mpsm status --watch
    """
    screen = Screen(as_json=as_json)
    with connected(read_target(laptop=laptop, file=file), screen) as connection:
        if watch:
            raise typer.Exit(
                _watch(lambda: look(connection, sample, exact=exact), connection, screen, every)
            )
        raise typer.Exit(_print(look(connection, sample, exact=exact), screen))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def _watch(
    look_again: Callable[[], SystemState], connection: Connection, screen: Screen, every: float
) -> int:
    """Look until Ctrl-C, whatever answers fail meanwhile; return the last exit status."""
    last = YES
    try:
        while True:
            try:
                found = look_again()
                screen.clear()
                last = _print(found, screen, indent=None)
            except ServiceError as error:
                failed = of_service(error, connection.target.name, connection.target.remedy)
                screen.error(failed)
                last = failed.status
            time.sleep(every)
    except KeyboardInterrupt:
        return last


def _print(found: SystemState, screen: Screen, *, indent: int | None = 2) -> int:
    if screen.as_json:
        screen.document(found.document(), indent=indent)
    else:
        _print_page(found, screen)
    return NO if found.is_late else YES


def _print_page(found: SystemState, screen: Screen) -> None:
    screen.say(f"{found.target} at {moment(found.at)}", "bold")
    manifests, backlog, quarantine = found.manifests, found.backlog, found.quarantine
    _heading(screen, "Manifests", manifests.total, manifests.looked_at, about=manifests.estimated)
    _counts(screen, "outcome", manifests.by_status)
    _counts(screen, "algorithm", manifests.by_algorithm)
    _heading(screen, "Backlog", backlog.total, backlog.looked_at + backlog.tickets)
    if backlog.total:
        screen.fields(
            [
                ("due", _due(backlog)),
                ("oldest job", duration(backlog.oldest)),
                ("in bulk", number(backlog.bulk)),
                ("tickets", number(backlog.tickets)),
            ]
        )
        _counts(screen, "waits for", backlog.by_reason)
    _heading(screen, "Quarantine", quarantine.total, quarantine.looked_at)
    _counts(screen, "reason", quarantine.by_reason)
    screen.say("At work", "bold")
    screen.fields(
        [
            ("last sweep", _sweep(found.last_sweep)),
            ("quota", _quota(found.leases)),
            ("started", f"{number(found.at_work)} sweeps and events that have not ended"),
            ("unannounced", f"{number(found.unannounced)} notes of manifests to announce"),
        ]
    )
    if found.is_late:
        screen.say(
            f"A job is overdue by {duration(found.backlog.lag)}, more than"
            f" {duration(LATE_SECONDS)}: look whether sweeps run, with make doctor.",
            "red",
        )


def _heading(screen: Screen, name: str, total: int, looked_at: int, *, about: bool = False) -> None:
    of_these = "" if looked_at >= total else f"; below, those of {number(looked_at)} of them"
    screen.say(f"{name}: {'about ' if about else ''}{number(total)}{of_these}", "bold")


def _counts(screen: Screen, name: str, counted: Mapping[str, int]) -> None:
    if not counted:
        return
    rows = [(count, each) for each, count in counted.items()]
    left = sum(count for count, _ in rows[_MOST_ROWS:])
    shown = rows[:_MOST_ROWS] + ([(left, "all others")] if left else [])
    screen.table(("number", name), shown)


def _due(backlog: BacklogState) -> str:
    if not backlog.due:
        return "none"
    return f"{number(backlog.due)}, the first of them for {duration(backlog.lag)}"


def _sweep(last: LastSweep) -> str:
    return last.problem if last.ago is None else f"{duration(last.ago)} ago"


def _quota(leases: LeaseState) -> str:
    if not leases.shares:
        return "split among the instances"
    waiting = f"; {leases.waiting} instances want more" if leases.waiting else ""
    return f"{leases.held} of {leases.shares} shares are taken{waiting}"
