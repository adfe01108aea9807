"""What several commands have, as types of their parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(__file__).resolve().parents[2]
DEPLOY_INI = ROOT / "deploy.ini"

Laptop = Annotated[bool, typer.Option("--laptop", help="Use what `make serve` has up.")]
SettingsFile = Annotated[
    Path, typer.Option("--file", help="Settings file.", show_default="deploy.ini")
]
Job = Annotated[str, typer.Argument(metavar="JOB", help="An ID, its beginning, or an input.")]
Every = Annotated[float, typer.Option(min=1, help="Seconds from look to look.")]
Qps = Annotated[
    int, typer.Option(min=0, help="Queries a second of its own; see docs/mpsm.md, Quota.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON (docs/mpsm.md).")]
