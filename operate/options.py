"""The options that every command has, as types of its parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(__file__).resolve().parent.parent
DEPLOY_INI = ROOT / "deploy.ini"

Laptop = Annotated[bool, typer.Option("--laptop", help="Use what `make serve` has up.")]
SettingsFile = Annotated[
    Path, typer.Option("--file", help="Settings file.", show_default="deploy.ini")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON (docs/mpsm.md).")]
