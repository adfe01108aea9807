"""Ask for known advisories on every pin there is.

`make audit` runs it with the Python of .venv-tools, which has pip-audit. Locks are for several
Pythons and may name two versions of a package, which pip-audit refuses and markers would hide:
so it is asked for bare pins, one version of each package at a time.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_PIP_AUDIT = ["pip_audit", "--disable-pip", "--no-deps", "--format=json", "--progress-spinner=off"]


class NoAnswerError(Exception):
    """Why there are no advisories to be had, in words."""


@dataclass(frozen=True)
class Answer:
    """What is known of the pins: their advisories, and which of them nobody has heard of."""

    advisories: list[str]
    unknown: list[str]


def pins(locks: Iterable[Path]) -> set[tuple[str, str]]:
    """List the names and versions in locks."""
    found = [_PIN.findall(lock.read_text(encoding="utf-8")) for lock in locks]
    return {
        (re.sub(r"[-_.]+", "-", name).lower(), version) for each in found for name, version in each
    }


def rounds(wanted: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Share pins out so that no round has two versions of a package."""
    shared: list[dict[str, str]] = []
    for name, version in sorted(wanted):
        free = next((each for each in shared if name not in each), None)
        if free is None:
            shared.append(free := {})
        free[name] = f"{name}=={version}"
    return [list(each.values()) for each in shared]


def ask(wanted: Iterable[tuple[str, str]]) -> Answer:
    """Ask about pins; raises NoAnswerError where nothing is known of any of them."""
    answers = [answer for each in rounds(wanted) for answer in _ask(each)]
    unknown = [str(each["name"]) for each in answers if "skip_reason" in each]
    if len(unknown) == len(answers):
        # An index without advisories looks like this, and pip-audit calls it a success.
        raise NoAnswerError("it knows none of these packages")
    return Answer([line for each in answers for line in _advisories(each)], sorted(unknown))


def _ask(wanted: Sequence[str]) -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pins.txt"
        file.write_text("\n".join(wanted), encoding="utf-8")
        command = [sys.executable, "-m", *_PIP_AUDIT, f"--requirement={file}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        answers: list[dict[str, object]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        told = done.stderr.strip().splitlines() or ["pip-audit said nothing"]
        raise NoAnswerError(told[-1]) from None
    return answers


def _advisories(answer: dict[str, object]) -> list[str]:
    found = answer.get("vulns")
    lines = []
    for each in found if isinstance(found, list) else []:
        fixed = ", ".join(each["fix_versions"]) or "no release"
        lines.append(f"{answer['name']}=={answer['version']}: {each['id']}, fixed in {fixed}")
    return lines


def main(arguments: Sequence[str]) -> int:
    """Print what is known: 1 for an advisory, 2 where nobody answers unless that is allowed."""
    parser = argparse.ArgumentParser(description="Ask for known advisories on what locks pin.")
    parser.add_argument("locks", type=Path, nargs="+")
    parser.add_argument("--if-possible", action="store_true", help="no answer is no failure")
    chosen = parser.parse_args(arguments)
    wanted = pins(chosen.locks)
    try:
        answer = ask(wanted)
    except NoAnswerError as error:
        print(f"not audited, since the advisory service gave no answer: {error}", flush=True)
        return 0 if chosen.if_possible else 2
    if answer.unknown:
        print("the advisory service does not know " + ", ".join(answer.unknown))
    print("\n".join(answer.advisories) or f"{len(wanted)} pins audited: no known advisory")
    return 1 if answer.advisories else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
