"""`mpsm replay`: do jobs, quarantine entries and tickets once more."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from mps_manifest.manifests.ranking import ManifestStatus
from mps_manifest.ports import ObjectStore
from operate.access.connection import as_it_is, connected
from operate.access.quota import DRY_RUN_QPS, has_leases, with_own_part
from operate.access.target import read_target
from operate.console.options import DEPLOY_INI, AsJson, Laptop, Qps, SettingsFile
from operate.console.progress import progress
from operate.console.screen import Screen
from operate.console.words import seconds_of
from operate.errors import NO, STOPPED, YES, OperatorError
from operate.records.manifest_list import ManifestFilter
from operate.replay.recording_store import RecordingStore
from operate.replay.replayer import Replayer
from operate.replay.report import Report, print_report
from operate.replay.selection import EntryFilter, Selection

Names = Annotated[
    list[str] | None,
    typer.Argument(help="Job IDs or quarantine entries' hashes, or beginnings of these; tickets."),
]
All = Annotated[
    bool,
    typer.Option("--all", help="The whole quarantine; or jobs, with --status and its like."),
]
Reason = Annotated[str, typer.Option(help="Entries with this text in their reason.")]
Older = Annotated[str, typer.Option(help="Entries older than 90s, 30min, 2h, 7d.")]
Status = Annotated[ManifestStatus | None, typer.Option(help="Jobs whose manifest has this status.")]
Algorithm = Annotated[str, typer.Option(help="Jobs of this algorithm.")]
Input = Annotated[str, typer.Option("--input", help="Jobs whose input, <bucket>/<key>, begins so.")]
Of = Annotated[
    Literal["mps", "ims"] | None,
    typer.Option("--api", help="The API of named jobs; else their manifest tells."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Write nothing; show what would change.")]


def replay(
    names: Names = None,
    *,
    all_: All = False,
    reason: Reason = "",
    older: Older = "",
    status: Status = None,
    algorithm: Algorithm = "",
    source: Input = "",
    api: Of = None,
    dry_run: DryRun = False,
    qps: Qps = 0,
    laptop: Laptop = False,
    file: SettingsFile = DEPLOY_INI,
    as_json: AsJson = False,
) -> None:
    """Do jobs, quarantine entries and tickets again.

    What is not finished is always parked. A quarantine entry is deleted once all that it names is
    finished or parked. After Ctrl-C, or a crash, nothing is lost: run the command again. The exit
    status is 1 where an entry stays, or a job is rejected.

    Example: mpsm replay --all --reason JobNotFound --dry-run
    """
    screen = Screen(as_json=as_json)
    selection = Selection(
        tuple(names or ()),
        EntryFilter(reason, seconds_of(older) if older else 0.0),
        ManifestFilter.of(status or "", algorithm, source),
        api,
        is_all=all_,
    )
    selection.check()
    target = read_target(laptop=laptop, file=file)
    if dry_run or qps:
        target = with_own_part(target, qps or DRY_RUN_QPS)
    home = target.environment["BUCKET"]

    def recording(store: ObjectStore) -> RecordingStore:
        return RecordingStore(store, home)

    with connected(target, screen, over=recording if dry_run else as_it_is) as connection:
        asks = dry_run or bool(qps) or has_leases(connection)
        replayer = Replayer(connection, asks=asks, is_dry=dry_run)
        report = Report(target.name, is_dry=dry_run)
        sources, total = selection.sources(connection)
        try:
            with progress(screen, "Replaying", total) as advance:
                for replayed in replayer.run(sources):
                    report.add(replayed)
                    advance(1)
        except KeyboardInterrupt:
            print_report(report, screen)
            what = (
                "Stopped; the jobs that were running were finished, and nothing else was changed."
            )
            raise OperatorError(what, "Run the same command again.", status=STOPPED) from None
        print_report(report, screen)
    raise typer.Exit(YES if report.is_good else NO)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)
