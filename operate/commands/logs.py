"""`mpsm logs`: what the functions' log has about a job."""

from __future__ import annotations

from typing import Annotated

import typer

from operate.access.connection import connected
from operate.access.target import read_target
from operate.console.options import DEPLOY_INI, AsJson, Job, Laptop, SettingsFile
from operate.console.screen import Screen
from operate.console.words import moment
from operate.errors import NO, YES
from operate.explain.subject import find_job
from operate.records.job_log import WEEK, LogLine, lines_of_job

Minutes = Annotated[int, typer.Option(min=1, help="How far to look back.")]


def logs(
    job: Job,
    *,
    minutes: Minutes = WEEK,
    laptop: Laptop = False,
    file: SettingsFile = DEPLOY_INI,
    as_json: AsJson = False,
) -> None:
    """Print the last hundred lines of the log about a job.

    The exit status is 1 where there are none.

    Example: mpsm logs 8a8753a5 --minutes 60
    """
    screen = Screen(as_json=as_json)
    with connected(read_target(laptop=laptop, file=file), screen) as connection:
        job_id = find_job(connection, job)
        lines = lines_of_job(connection.target, job_id, minutes)
    if as_json:
        screen.document({"jobId": job_id, "lines": [line.document() for line in lines]})
    elif lines:
        print_lines(lines, screen)
    else:
        screen.say(f"The log of the last {minutes} minutes has nothing about {job_id}.")
    raise typer.Exit(YES if lines else NO)


def print_lines(lines: tuple[LogLine, ...], screen: Screen) -> None:
    """Print lines with their times."""
    screen.fields([(moment(line.at), line.summary) for line in lines])


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(logs)
