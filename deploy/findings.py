"""What a check of an account has found, and how it is printed."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from deploy.errors import DeployError
from deploy.service_errors import is_denied, is_not_activated

YES, NO, UNKNOWN = "yes", "no", "cannot be told"
GOOD, BAD, NOTHING_REACHED = 0, 1, 3
"""The exit status: nothing is wrong, something is, nothing could be asked."""

_WIDTH = 80
_COLUMN = len(UNKNOWN) + 2
_COLOURS = {YES: "green", NO: "red", UNKNOWN: "yellow"}


class Finding(NamedTuple):
    """The answer to a question: `check` says what would be good.

    `detail` is what was found, or why it cannot be told; `remedy` what to do about a `no`.
    """

    id: str
    check: str
    answer: str
    detail: str = ""
    remedy: str = ""


def yes(detail: str = "") -> Finding:
    """Return a good answer; whoever asks names the check."""
    return Finding("", "", YES, detail)


def no(detail: str, remedy: str) -> Finding:
    """Return a bad answer."""
    return Finding("", "", NO, detail, remedy)


def unknown(reason: str) -> Finding:
    """Return that there is no answer."""
    return Finding("", "", UNKNOWN, reason)


def asked(check_id: str, check: str, question: Callable[[], Finding]) -> Finding:
    """Ask a question; a service that cannot be asked is no answer."""
    try:
        found = question()
    except DeployError as error:
        found = of_error(error)
    return found._replace(id=check_id, check=check)


def of_error(error: DeployError) -> Finding:
    """Return what an error of a service says about what was asked."""
    if is_not_activated(error.code):
        return no(error.what, error.remedy)
    if is_denied(error.code):
        return unknown(f"{error.what} {error.remedy}")
    return unknown(error.what)


def status_of(findings: Sequence[Finding]) -> int:
    """Return the exit status for all findings."""
    answers = {finding.answer for finding in findings}
    if NO in answers:
        return BAD
    return GOOD if YES in answers else NOTHING_REACHED


def print_findings(findings: Iterable[Finding], console: Console) -> None:
    """Print a line for each finding, and below it what is to be said of it."""
    for finding in findings:
        shown = Text(f"{finding.answer:<{_COLUMN}}", _COLOURS[finding.answer])
        console.print(shown.append(_wrapped(finding.check), "default"), soft_wrap=True)
        for words in filter(None, (finding.detail, finding.remedy)):
            console.print(Text(" " * _COLUMN + _wrapped(words), "dim"), soft_wrap=True)


def _wrapped(words: str) -> str:
    lines = textwrap.wrap(words, _WIDTH - _COLUMN, break_on_hyphens=False)
    return f"\n{' ' * _COLUMN}".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    """Return the findings as JSON."""
    document = {"status": status_of(findings), "findings": [each._asdict() for each in findings]}
    return json.dumps(document, indent=2)
