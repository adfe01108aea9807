"""The command line of deployments: `python -m deploy <command>`, or make with the same name."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from deploy import alarm_commands, function_commands, stack_commands
from deploy.command_context import CommandContext
from deploy.deployer_policy import print_policy
from deploy.doctor import doctor
from deploy.errors import USAGE, DeployError, SettingsError
from deploy.ros import Ros
from deploy.service_errors import is_refused
from deploy.settings import Settings, Workspace, read_settings
from deploy.verify_live import Options, verify_live
from tools.complaints import print_error
from tools.interrupts import STOPPED

_ROOT = Path(__file__).resolve().parent.parent


def _destroy(context: CommandContext) -> None:
    stack_commands.destroy(context)
    alarm_commands.forget(context)


_COMMANDS: Mapping[str, tuple[str, Callable[[CommandContext, argparse.Namespace], None]]] = {
    "plan": ("show what deploying would change", lambda context, _: stack_commands.plan(context)),
    "deploy": (
        "build and upload the packages, and create or update the stack",
        lambda context, options: stack_commands.deploy(
            context, create_code_bucket=options.create_code_bucket
        ),
    ),
    "rollback": (
        "restore an earlier deployment",
        lambda context, options: stack_commands.rollback(context, options.to),
    ),
    "destroy": (
        "delete the stack; the buckets stay",
        lambda context, _: _destroy(context),
    ),
    "alarms": (
        "have somebody told of messages in the queues of what failed",
        lambda context, options: alarm_commands.alarms(context, options.contacts, options.metric),
    ),
    "invoke": (
        "call the function for a job",
        lambda context, options: function_commands.invoke(context, options.job),
    ),
    "logs": (
        "print the function's latest log lines",
        lambda context, options: function_commands.logs(context, options.minutes),
    ),
}

_DOCTOR = "say what the account is like, before and after a deployment; only reads"
_VERIFY_LIVE = "send a finished job through each trigger of the stack, and report what came"
_POLICY = "print the policy that whoever deploys needs; works without keys, too"


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the exit status, which is 2 for settings that are wrong."""
    options = _parse(arguments)
    console = Console(highlight=False)
    os.environ.pop("DEBUG", None)  # with `sdk` in it the SDKs print whole requests
    try:
        return _run(options, console)
    except DeployError as error:
        print_error(error.what, error.remedy)
        return USAGE if isinstance(error, SettingsError) else 1
    except KeyboardInterrupt:
        console.print("Stopped waiting. ROS continues; run the command again to follow it.")
        return STOPPED


def _run(options: argparse.Namespace, console: Console) -> int:
    if options.command == "doctor":
        return _doctor(options, console)
    if options.command == "verify-live":
        return _verify_live(options, console)
    settings = _settings(options)
    if options.command == "policy":
        notes = Console(highlight=False, stderr=True)
        print_policy(settings, console, notes, verify_live=options.verify_live)
        return 0
    context = CommandContext(settings, Ros(settings), console, options.yes)
    _COMMANDS[options.command][1](context, options)
    return 0


def _doctor(options: argparse.Namespace, console: Console) -> int:
    """Return 2 for settings that are wrong, as for wrong options."""
    try:
        return doctor(_settings(options), console, json=options.json)
    except DeployError as error:
        print_error(error.what, error.remedy)
        return USAGE


def _verify_live(options: argparse.Namespace, console: Console) -> int:
    """Return 2 for what is wrong before anything is sent, 3 if the services do not let us."""
    try:
        settings = _settings(options)
        context = CommandContext(settings, Ros(settings), console, options.yes)
        wanted = Options(options.job, options.wait, options.report)
        return verify_live(context, wanted)
    except DeployError as error:
        print_error(error.what, error.remedy)
        if not error.code:
            return USAGE
        return 3 if error.code == "Unreachable" or is_refused(error.code) else 1


def _settings(options: argparse.Namespace) -> Settings:
    return read_settings(
        os.environ,
        options.file,
        options.set,
        Workspace(
            options.template,
            options.build or _ROOT / "build",
            options.poll,
            prebuilt=options.build is not None,
        ),
        needs_keys=options.command != "policy",
    )


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--file", type=Path, default=_ROOT / "deploy.ini", help="settings file")
    common.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="a parameter"
    )
    common.add_argument("--yes", action="store_true", help="answer every question with yes")
    common.add_argument(
        "--template", type=Path, default=_ROOT / "template.yml", help="template file"
    )
    common.add_argument(
        "--build", type=Path, help="folder of packages that were built before, instead of building"
    )
    common.add_argument(
        "--poll",
        type=float,
        default=5.0,
        help="seconds between two requests for the stack's status",
    )
    description = "Deploy template.yml as one ROS stack, and use the deployed function."
    parser = argparse.ArgumentParser(prog="python -m deploy", description=description)
    commands = parser.add_subparsers(dest="command", required=True)
    parsers = {
        name: commands.add_parser(name, help=words, parents=[common])
        for name, (words, _) in _COMMANDS.items()
    }
    parsers["policy"] = commands.add_parser("policy", help=_POLICY, parents=[common])
    parsers["policy"].add_argument(
        "--verify-live", action="store_true", help="with the rights of verify-live, too"
    )
    parsers["doctor"] = commands.add_parser("doctor", help=_DOCTOR, parents=[common])
    parsers["verify-live"] = commands.add_parser("verify-live", help=_VERIFY_LIVE, parents=[common])
    parsers["verify-live"].add_argument("job", nargs="?", default="", help="ID of a finished job")
    parsers["verify-live"].add_argument(
        "--wait", type=float, default=180.0, help="seconds to wait for each trigger"
    )
    parsers["verify-live"].add_argument(
        "--report", default="", help="file of the report, instead of a new one in the build folder"
    )
    parsers["doctor"].add_argument("--json", action="store_true", help="print JSON")
    parsers["deploy"].add_argument(
        "--create-code-bucket", action="store_true", help="if it is missing"
    )
    parsers["rollback"].add_argument(
        "--to", default="", help="the deployment, by a part of its record's name"
    )
    parsers["alarms"].add_argument(
        "--contacts", default="", help="alert contact group of CloudMonitor"
    )
    parsers["alarms"].add_argument(
        "--metric", default="acs_mns_new/ActiveMessages", help="<namespace>/<name> of the metric"
    )
    parsers["invoke"].add_argument("job", help="job ID")
    parsers["logs"].add_argument("--minutes", type=int, default=15, help="how far back")
    return parser.parse_args(arguments)
