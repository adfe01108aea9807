"""The command line of `mpsm`: finds the commands, and says what went wrong in one sentence.

The exit status is 0 (yes, or done), 1 (no: something is not as it should be), 2 (usage, settings)
or 3 (a service is out of reach or refuses, or the command failed); 130 after Ctrl-C.
"""

from __future__ import annotations

import os
import pkgutil
import traceback
from collections.abc import Sequence
from importlib import import_module

import typer

from deploy.errors import DeployError
from mps_manifest.errors import ConfigurationError, ServiceError
from operate import commands
from operate.console.screen import Screen
from operate.errors import (
    NO_ANSWER,
    STOPPED,
    OperatorError,
    of_deploy,
    of_service,
    of_settings,
)
from tools.interrupts import quiet_interrupts

_HELP = """See, explain, replay and check what mps-manifest does.

Acts with your own keys on the bucket that deploy.ini and the environment name, or with --laptop on
what `make serve` has up."""


def application() -> typer.Typer:
    """Return the Typer application, with the commands of every module of operate/commands/."""
    app = typer.Typer(
        name="mpsm",
        help=_HELP,
        no_args_is_help=True,
        rich_markup_mode=None,  # boxes and colours of help ignore the terminal's width and NO_COLOR
        pretty_exceptions_enable=False,  # else a traceback would show values
    )
    app.callback()(_nothing)  # without one, Typer would make a single command the whole program
    for module in sorted(each.name for each in pkgutil.iter_modules(commands.__path__)):
        import_module(f"{commands.__name__}.{module}").register(app)
    return app


def _nothing() -> None:
    pass


_nothing.__doc__ = _HELP


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the exit status."""
    os.environ.pop("DEBUG", None)  # with `sdk` in it the SDKs print whole requests
    try:
        with quiet_interrupts():
            app = application()
        app(list(arguments), prog_name="mpsm")
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 0
        return _stopped() if status == STOPPED else status
    except KeyboardInterrupt:  # just before or after what Typer itself runs
        return _stopped()
    except Exception as error:  # noqa: BLE001 - the text and the values of it may be anybody's
        failed = _explained(error)
        Screen().error(failed)
        return failed.status
    return 0


def _stopped() -> int:
    Screen().error(OperatorError("Stopped by Ctrl-C.", status=STOPPED))
    return STOPPED


def _explained(error: Exception) -> OperatorError:
    if isinstance(error, OperatorError):
        return error
    if isinstance(error, DeployError):
        return of_deploy(error)
    if isinstance(error, ConfigurationError):
        return of_settings(error)
    if isinstance(error, ServiceError):
        return of_service(error)
    return _of_defect(error)


def _of_defect(error: Exception) -> OperatorError:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno}"  # noqa: PTH119 - a text
    return OperatorError(
        f"mpsm itself failed: {type(error).__name__} at {place}.",
        "Report it with the command that you ran.",
        status=NO_ANSWER,
    )
