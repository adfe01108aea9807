"""`mpsm doctor`: whether all that the system needs is there."""

from __future__ import annotations

import typer

from deploy.findings import NO, UNKNOWN, YES, Finding
from operate.access.connection import connected
from operate.access.target import read_target
from operate.console.options import DEPLOY_INI, AsJson, Laptop, SettingsFile
from operate.console.screen import Screen
from operate.doctor.checks import examine, status_of

_COLOURS = {YES: "green", NO: "red", UNKNOWN: "yellow"}
_COLUMN = len(UNKNOWN)


def doctor(
    *, laptop: Laptop = False, file: SettingsFile = DEPLOY_INI, as_json: AsJson = False
) -> None:
    """Check settings, clock, rights and sweeps.

    Rights are those of the keys in use: each right of the function's role is tried by a call that
    changes nothing. Of a stack there are also the questions of make doctor. The exit status is 1
    where an answer is no, and 3 where the bucket does not answer.

    Example: mpsm doctor
    """
    screen = Screen(as_json=as_json)
    target = read_target(laptop=laptop, file=file)
    findings: list[Finding] = []
    with connected(target, screen) as connection:
        for finding in examine(connection):
            findings.append(finding)
            if not as_json:
                _print(finding, screen)
    status = status_of(findings)
    if as_json:
        listed = [each._asdict() for each in findings]
        screen.document({"target": target.name, "status": status, "findings": listed})
    raise typer.Exit(status)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def _print(finding: Finding, screen: Screen) -> None:
    answer = screen.text(finding.answer.ljust(_COLUMN), _COLOURS[finding.answer])
    below = [words for words in (finding.detail, finding.remedy) if words]
    screen.fields([(answer, finding.check), *((" " * _COLUMN, words) for words in below)])
