"""Commands that mpsm proposes, as a person can type them where it was called."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

NAME = "mpsm"


def typed(command: str) -> str:
    """Return a command that begins with mpsm, with the path of the script where that is needed."""
    return f"{_program()}{command.removeprefix(NAME)}"


def _program() -> str:
    """Return the script that `make setup` writes beside the Python that runs, as a shell takes it.

    `make` and the script itself run a file of this repository, hence the script's name is not among
    the arguments.
    """
    script = Path(sys.executable).with_name(NAME)
    on_path = shutil.which(NAME)
    if not script.exists() or (on_path and script.samefile(on_path)):
        return NAME
    try:
        below = script.relative_to(Path.cwd())
    except (ValueError, OSError):  # it is elsewhere, or the folder is gone
        return shlex.quote(str(script))
    return shlex.quote(str(below) if below.parts[1:] else f"./{below}")
