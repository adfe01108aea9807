"""`mpsm verify`: compare files with what their manifests say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from mps_manifest.job_ids import is_job_id
from mps_manifest.manifests.ranking import ManifestStatus
from operate.access.connection import Connection, connected
from operate.access.target import Target, read_target
from operate.console.options import DEPLOY_INI, AsJson, Laptop, SettingsFile
from operate.console.progress import progress
from operate.console.screen import Screen
from operate.console.words import compact, number
from operate.errors import NO, YES, OperatorError
from operate.explain.subject import find_job
from operate.file_check import CHANGED, GONE, OK, UNKNOWN, CheckedFiles, check_files
from operate.records.manifest_list import ManifestFilter, manifest_pages

_MOST_ROWS = 50

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="JOB", help="Jobs, by their IDs or beginnings of these; else all."),
]
Status = Annotated[ManifestStatus | None, typer.Option(help="Manifests of this status.")]
Algorithm = Annotated[str, typer.Option(help="Manifests of this algorithm.")]
Input = Annotated[
    str, typer.Option("--input", help="Manifests whose input, <bucket>/<key>, begins so.")
]
Ticket = Annotated[bool, typer.Option("--ticket", help="Write a ticket for what is not as it was.")]


def verify(
    names: Names = None,
    *,
    status: Status = None,
    algorithm: Algorithm = "",
    source: Input = "",
    ticket: Ticket = False,
    laptop: Laptop = False,
    file: SettingsFile = DEPLOY_INI,
    as_json: AsJson = False,
) -> None:
    """Compare files with their manifests.

    Each file that was available costs one HEAD. It is gone, or changed where size or ETag are
    others. The exit status is 1 where any is not as it was. With --ticket the function looks at
    their jobs again.

    Example: mpsm verify --status complete --ticket
    """
    screen = Screen(as_json=as_json)
    wanted = ManifestFilter.of(status or "", algorithm, source)
    if names and wanted != ManifestFilter():
        raise OperatorError("Name jobs or choose them by filters.", "Leave one of them out.")
    for name in names or ():
        if not is_job_id(name):
            raise OperatorError(f"{name} is not a job ID.", "Name jobs, or choose by filters.")
    with connected(read_target(laptop=laptop, file=file), screen) as connection:
        jobs = [find_job(connection, name) for name in names or ()]
        found = CheckedFiles()
        with progress(screen, "Verifying", None) as advance:
            for each in check_files(connection, _manifests(connection, jobs, wanted)):
                found.add(each)
                advance(1)
        written = _write_tickets(connection, found) if ticket else []
        _print(connection.target, found, written, screen)
    raise typer.Exit(YES if found.counts.keys() <= {OK} else NO)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(verify)


def _manifests(
    connection: Connection, jobs: list[str], wanted: ManifestFilter
) -> Iterator[tuple[str, str]]:
    if jobs:
        yield from ((job, connection.core.keys.manifest(job)) for job in dict.fromkeys(jobs))
        return
    for page in manifest_pages(connection, wanted):
        yield from ((each.job_id, each.key) for each in page.found)


def _write_tickets(connection: Connection, found: CheckedFiles) -> list[str]:
    """Write as many tickets as the jobs need; return their keys."""
    prefix, written = connection.settings.ticket_prefix, []
    at = compact(connection.clock.now())
    for count, body in enumerate(found.tickets()):
        key = f"{prefix}mpsm-verify-{at}-{count}.json"
        connection.pages.put_ticket(key, body)
        written.append(key)
    return written


def _print(target: Target, found: CheckedFiles, written: list[str], screen: Screen) -> None:
    if screen.as_json:
        document = {
            "target": target.name,
            "files": {state: found.counts[state] for state in (OK, GONE, CHANGED, UNKNOWN)},
            "jobs": len(found.jobs),
            "notAsTheyWere": [each.document() for each in found.shown],
            "tickets": written,
        }
        screen.document(document)
        return
    screen.say(f"{target.name}: {number(found.counts.total())} files", "bold")
    rows = [(found.counts[state], state) for state in (OK, GONE, CHANGED, UNKNOWN)]
    screen.table(("number", "state"), [row for row in rows if row[0]])
    for each in found.shown[:_MOST_ROWS]:
        place = f"oss://{each.file.bucket}/{each.file.key}"
        why = f": {each.why}" if each.why else ""
        screen.fields([(each.file.job_id, f"{each.state}{why}"), ("", place)])
    left = found.counts.total() - found.counts[OK] - min(len(found.shown), _MOST_ROWS)
    if left > 0:
        screen.say(f"and {number(left)} others; --json has up to a thousand of them")
    for key in written:
        screen.say(f"Ticket: {key}")
    if found.jobs and not written:
        command = target.typed("mpsm verify --ticket")
        screen.say(f"{command} has the function look at their jobs again.")
