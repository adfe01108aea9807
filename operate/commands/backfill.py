"""`mpsm backfill`: do many jobs, and go on where it was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mps_manifest.manifests.ranking import ManifestStatus
from operate.access.connection import Connection, as_it_is, connected
from operate.access.quota import has_leases, with_own_part
from operate.access.target import read_target
from operate.console.options import DEPLOY_INI, AsJson, Laptop, Qps, SettingsFile
from operate.console.program import typed
from operate.console.progress import progress
from operate.console.screen import Screen
from operate.console.words import number
from operate.errors import NO, STOPPED, YES, OperatorError
from operate.records.manifest_list import ManifestFilter
from operate.replay.backfiller import backfill as work_off
from operate.replay.job_lists import FileOfJobs, JobList, StandingManifests
from operate.replay.ledger import Ledger, Progress

_MOST_ROWS = 50

Jobs = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="Job IDs, one a line, or a direct body.")
]
FromStatus = Annotated[
    ManifestStatus | None, typer.Option(help="Jobs whose manifest has this status.")
]
Algorithm = Annotated[str, typer.Option(help="Of those, or of all, the jobs of this algorithm.")]
InputPrefix = Annotated[str, typer.Option(help="Those whose input, <bucket>/<key>, begins so.")]
Restart = Annotated[bool, typer.Option("--restart", help="Start again, not where it was stopped.")]


def backfill(
    jobs: Jobs = None,
    *,
    from_status: FromStatus = None,
    algorithm: Algorithm = "",
    input_prefix: InputPrefix = "",
    restart: Restart = False,
    qps: Qps = 0,
    laptop: Laptop = False,
    file: SettingsFile = DEPLOY_INI,
    as_json: AsJson = False,
) -> None:
    """Do the jobs of a file, or of manifests.

    What is not finished is parked. How far it is stands in the bucket: after Ctrl-C, or a crash,
    the same command continues there. The exit status is 1 where any job is not complete.

    Example: mpsm backfill old-jobs.txt
    """
    screen = Screen(as_json=as_json)
    wanted = ManifestFilter.of(from_status or "", algorithm, input_prefix)
    if (jobs is None) == (wanted == ManifestFilter()):
        raise OperatorError(
            "Name a file of jobs, or choose manifests by --from-status and the like; not both.",
            f"{typed('mpsm backfill --help')} has an example.",
        )
    listed = FileOfJobs(jobs) if jobs else None
    target = read_target(laptop=laptop, file=file)
    target = with_own_part(target, qps) if qps else target
    with connected(target, screen, over=as_it_is) as connection:
        done, is_over = _run(
            connection,
            listed or StandingManifests(connection, wanted),
            screen,
            asks=bool(qps) or has_leases(connection),
            restart=restart,
        )
        _print(target.name, done, screen, is_over=is_over)
    if not is_over:
        raise OperatorError(
            f"Stopped after {number(done.counts.total())} jobs.",
            "Run the same command again: it continues there.",
            status=NO if done.counts["lost"] else STOPPED,
        )
    raise typer.Exit(YES if done.counts.keys() <= {"complete"} else NO)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backfill)


def _run(
    connection: Connection, jobs: JobList, screen: Screen, *, asks: bool, restart: bool
) -> tuple[Progress, bool]:
    """Work off a list; return how far that is, and whether it is the end."""
    ledger = Ledger(connection.core, jobs.source, connection.clock.now())
    done = ledger.begun() if restart else ledger.read()
    try:
        with progress(screen, "Backfilling", jobs.total) as advance:
            advance(done.counts.total())
            work_off(connection, jobs, done, ledger, asks=asks, advance=advance)
    except KeyboardInterrupt:
        return done, False
    if done.counts["lost"]:
        return done, False
    ledger.delete()
    return done, True


def _print(target: str, done: Progress, screen: Screen, *, is_over: bool) -> None:
    if screen.as_json:
        screen.document({"target": target, "finished": is_over, **done.document()})
        return
    screen.say(f"{target}: {number(done.counts.total())} jobs", "bold")
    rows = [(count, status) for status, count in sorted(done.counts.items()) if count]
    if rows:
        screen.table(("number", "outcome"), rows)
    shown = done.open[:_MOST_ROWS]
    if shown:
        screen.say("Not complete", "bold")
        screen.fields([(each.job_id, f"{each.status}: {each.reason}") for each in shown])
    left = done.counts.total() - done.counts["complete"] - len(shown)
    if left > 0:
        screen.say(f"and {number(left)} others; --json has up to a thousand of them")
