"""`mpsm sign`: URLs of a job's files, for a while."""

from __future__ import annotations

from typing import Annotated

import typer

from operate.access.connection import connected
from operate.access.target import read_target
from operate.console.options import DEPLOY_INI, AsJson, Job, Laptop, SettingsFile
from operate.console.screen import Screen
from operate.console.words import duration
from operate.errors import YES
from operate.explain.subject import find_job
from operate.signing import sign_job

_HOUR = 3600
_WEEK = 7 * 24 * _HOUR

Seconds = Annotated[int, typer.Option(min=1, max=_WEEK, help="How long the URLs work.")]


def sign(
    job: Job,
    *,
    seconds: Seconds = _HOUR,
    laptop: Laptop = False,
    file: SettingsFile = DEPLOY_INI,
    as_json: AsJson = False,
) -> None:
    """Print URLs of a job's files that work for an hour.

    Whoever has one reads that object, with your rights. URLs that are signed with temporary keys
    end with these.

    Example: mpsm sign 8a8753a5
    """
    screen = Screen(as_json=as_json)
    with connected(read_target(laptop=laptop, file=file), screen) as connection:
        job_id = find_job(connection, job)
        found = sign_job(connection, job_id, seconds)
    if as_json:
        files = [each._asdict() for each in found]
        screen.document({"jobId": job_id, "seconds": seconds, "files": files})
    else:
        screen.say(f"Job {job_id}, for {duration(seconds)}", "bold")
        screen.signed([(f"{each.name}: {each.bucket}/{each.key}", each.url) for each in found])
    raise typer.Exit(YES)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sign)
