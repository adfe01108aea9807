"""The command line of the deployment: `python -m deploy <command>`, or make with the same name."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from deploy import calls, stack
from deploy.errors import DeployError
from deploy.ros import Ros
from deploy.session import Session
from deploy.settings import Place, read_settings

_ROOT = Path(__file__).resolve().parent.parent

_COMMANDS: Mapping[str, tuple[str, Callable[[Session, argparse.Namespace], None]]] = {
    "plan": ("tell what deploying would change", lambda session, _: stack.plan(session)),
    "deploy": (
        "upload what was built, create or update the stack",
        lambda session, options: stack.deploy(
            session, create_code_bucket=options.create_code_bucket
        ),
    ),
    "rollback": (
        "go back to the deployment before",
        lambda session, options: stack.rollback(session, options.to),
    ),
    "destroy": ("delete the stack; buckets stay", lambda session, _: stack.destroy(session)),
    "invoke": (
        "call the function for a job",
        lambda session, options: calls.invoke(session, options.job),
    ),
    "logs": (
        "print the function's latest log lines",
        lambda session, options: calls.logs(session, options.minutes),
    ),
}


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the exit status."""
    options = _parse(arguments)
    console = Console(highlight=False)
    os.environ.pop("DEBUG", None)  # with `sdk` in it the SDKs print whole requests
    try:
        _run(options, console)
    except DeployError as fault:
        console.print(Text(fault.what, "red"), soft_wrap=True)
        if fault.remedy:
            console.print(Text(fault.remedy), soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("Stopped waiting; what is under way goes on. Say it again to follow.")
        return 130
    return 0


def _run(options: argparse.Namespace, console: Console) -> None:
    settings = read_settings(
        os.environ,
        options.file,
        options.set,
        Place(options.template, options.build, options.poll),
    )
    session = Session(settings, Ros(settings), console, options.yes)
    _COMMANDS[options.command][1](session, options)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--file", type=Path, default=_ROOT / "deploy.ini", help="settings file")
    common.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    common.add_argument("--yes", action="store_true", help="take every question as answered")
    common.add_argument("--template", type=Path, default=_ROOT / "template.yml")
    common.add_argument("--build", type=Path, default=_ROOT / "build", help="folder of the zips")
    common.add_argument("--poll", type=float, default=5.0, help="seconds between two looks")
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    parsers = {
        name: commands.add_parser(name, help=words, parents=[common])
        for name, (words, _) in _COMMANDS.items()
    }
    parsers["deploy"].add_argument("--create-code-bucket", action="store_true")
    parsers["rollback"].add_argument("--to", default="", help="part of a record's name")
    parsers["invoke"].add_argument("job", help="job ID")
    parsers["logs"].add_argument("--minutes", type=int, default=15)
    return parser.parse_args(arguments)
