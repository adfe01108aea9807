"""`mpsm explain`: why a job is as it is, and what to type next."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import typer

from operate.access.connection import connected
from operate.access.target import Target, read_target
from operate.console.options import DEPLOY_INI, AsJson, Laptop, SettingsFile
from operate.console.screen import Screen
from operate.errors import NO, NO_ANSWER, YES
from operate.explain.diagnosis import Diagnosis, diagnose
from operate.explain.evidence import Evidence, gather
from operate.explain.files_now import unanswered
from operate.explain.kinds import COMPLETE
from operate.explain.page import as_document, print_page
from operate.explain.subject import find_subject
from operate.records.job_log import WEEK

What = Annotated[
    str, typer.Argument(metavar="JOB|PREFIX|INPUT-KEY", help="An ID, its beginning, or a key.")
]
AskedApi = Annotated[Literal["mps", "ims"] | None, typer.Option("--api", help="The API to ask.")]
Minutes = Annotated[int, typer.Option(min=1, help="How far to look back in the log.")]


def explain(
    what: What,
    *,
    api: AskedApi = None,
    minutes: Minutes = WEEK,
    laptop: Laptop = False,
    file: SettingsFile = DEPLOY_INI,
    as_json: AsJson = False,
) -> None:
    """Print why a job is as it is, and what to type next.

    Takes a job's ID, the hash of a quarantine entry or a ticket, the beginning of one, or the key
    of an input or a ticket. The exit status is 1 where the job is not complete, and 3
    where a file could not be looked at.

    Example: mpsm explain 8a8753a5
    """
    screen = Screen(as_json=as_json)
    target = without_side_work(read_target(laptop=laptop, file=file))
    with connected(target, screen) as connection:
        subject = find_subject(connection, what)
        evidence = gather(connection, subject, api=api, minutes=minutes)
    found = diagnose(evidence)
    found = found._replace(command=target.typed(found.command))
    if as_json:
        screen.document(as_document(evidence, found))
    else:
        print_page(evidence, found, screen)
    raise typer.Exit(_status(evidence, found))


def _status(evidence: Evidence, found: Diagnosis) -> int:
    if found.kind is not COMPLETE:
        return NO
    return NO_ANSWER if unanswered(evidence.files) else YES


def without_side_work(target: Target) -> Target:
    """Return the target without what a look needs not: digests are slow, and WebVTT is written."""
    quiet = {"CAPTIONS_VTT": "false", "DIGEST": "none"}
    return replace(target, environment={**target.environment, **quiet})


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)
