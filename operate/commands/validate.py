"""`mpsm validate`: manifests in files, held against the schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mps_manifest.parsing.foreign_text import shown
from operate.console.options import AsJson
from operate.console.screen import Screen
from operate.console.words import number
from operate.errors import NO, YES
from operate.validation import Fault, faults_in, tools

_SHORT = 300

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Manifests.")]


def validate(files: Files, *, as_json: AsJson = False) -> None:
    """Print all that is wrong with manifests in files.

    They are held against the JSON Schema and, where they list a file, against the profile of Data
    Packages; by frictionless, too, where `make readers` has installed it. The exit status is 1
    where something is wrong. Asks nobody.

    Example: mpsm validate manifest.json
    """
    screen = Screen(as_json=as_json)
    found = {path: faults_in(path) for path in files}
    if as_json:
        screen.document({"by": tools(), "files": [_document(*each) for each in found.items()]})
    else:
        for path, faults in found.items():
            _print(path, faults, screen)
    raise typer.Exit(NO if any(found.values()) else YES)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(validate)


def _document(path: Path, faults: list[Fault]) -> dict[str, object]:
    said = [each._replace(says=shown(each.says, _SHORT))._asdict() for each in faults]
    return {"file": str(path), "valid": not faults, "faults": said}


def _print(path: Path, faults: list[Fault], screen: Screen) -> None:
    verdict = f"{number(len(faults))} faults" if faults else f"valid ({', '.join(tools())})"
    screen.say(f"{path}: {verdict}", "bold red" if faults else "bold green")
    if faults:
        rows = [(each.by, each.pointer or "/", shown(each.says, _SHORT)) for each in faults]
        screen.table(("by", "where", "says"), rows)
