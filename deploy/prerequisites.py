"""What a command needs of the operator, looked for before an environment is made.

`python -m deploy.prerequisites --set Region=...` takes the options of every command, and says in
the same words what is missing. Standard library only, as nothing is installed yet.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.errors import USAGE, SettingsError
from deploy.settings import Workspace, read_settings
from tools.complaints import print_error

_ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str]) -> int:
    """Return 0 if keys and settings are there, and else 2 after saying what is not."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--file", type=Path, default=_ROOT / "deploy.ini")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--no-keys", action="store_true")
    asked, _ = parser.parse_known_args(arguments)
    workspace = Workspace(_ROOT / "template.yml", _ROOT / "build")
    try:
        read_settings(os.environ, asked.file, asked.set, workspace, needs_keys=not asked.no_keys)
    except SettingsError as error:
        print_error(error.what, error.remedy)
        return USAGE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
