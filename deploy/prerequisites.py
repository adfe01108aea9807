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

from deploy.errors import DeployError
from deploy.settings import Workspace, read_settings

_ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str]) -> int:
    """Return 0 if keys and settings are there, and else 1 after saying what is not."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--file", type=Path, default=_ROOT / "deploy.ini")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--no-keys", action="store_true")
    asked, _ = parser.parse_known_args(arguments)
    workspace = Workspace(_ROOT / "template.yml", _ROOT / "build")
    try:
        read_settings(os.environ, asked.file, asked.set, workspace, needs_keys=not asked.no_keys)
    except DeployError as error:
        print(f"{error.what} {error.remedy}".strip(), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
