"""`mpsm watch`: outcomes as they come."""

from __future__ import annotations

import time
from typing import Annotated, Literal

import typer

from deploy.errors import DeployError
from mps_manifest.parsing.foreign_text import shown
from operate.access.connection import connected
from operate.access.target import read_target
from operate.console.options import DEPLOY_INI, AsJson, Every, Laptop, SettingsFile
from operate.console.screen import Screen
from operate.console.words import moment
from operate.errors import YES, of_deploy
from operate.records.job_log import LogLine
from operate.records.outcome_feed import OutcomeFeed

_STYLES = {"complete": "green", "partial": "yellow", "failed": "red", "rejected": "red"}
_SHORT = 200

Status = Annotated[
    Literal["complete", "partial", "failed", "expired", "pending", "rejected"] | None,
    typer.Option(help="Only this outcome."),
]


def watch(
    *,
    status: Status = None,
    every: Every = 5.0,
    laptop: Laptop = False,
    file: SettingsFile = DEPLOY_INI,
    as_json: AsJson = False,
) -> None:
    """Print outcomes of jobs as they come, until Ctrl-C.

    Begins with those of the last three minutes, as the log has them. With --json each is a line.

    Example: mpsm watch --status failed
    """
    screen = Screen(as_json=as_json)
    with connected(read_target(laptop=laptop, file=file), screen) as connection:
        feed = OutcomeFeed(connection.target)
        _print(feed, status, screen)  # where the log is out of reach at first it remains so
        _follow(feed, status, screen, every)
    raise typer.Exit(YES)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(watch)


def _follow(feed: OutcomeFeed, status: str | None, screen: Screen, every: float) -> None:
    """Look until Ctrl-C, whatever answers fail meanwhile."""
    try:
        while True:
            time.sleep(every)
            try:
                _print(feed, status, screen)
            except DeployError as error:
                screen.error(of_deploy(error))
    except KeyboardInterrupt:
        return


def _print(feed: OutcomeFeed, status: str | None, screen: Screen) -> None:
    lines = feed.look()
    if feed.is_cut and not screen.as_json:
        screen.say("More came than are read at a time; these are the newest.", "dim")
    for line in lines:
        if status in {None, line.fields.get("status")}:
            _print_line(line, screen)


def _print_line(line: LogLine, screen: Screen) -> None:
    if screen.as_json:
        screen.document(line.document(), indent=None)
        return
    told = [str(line.fields.get(name, "")) for name in ("status", "job_id", "algorithm", "reason")]
    text = " ".join(shown(each, _SHORT) for each in [moment(line.at), *told] if each)
    screen.say(text, _STYLES.get(told[0], ""))
