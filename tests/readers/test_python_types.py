"""The typings for Python: they are those of the schema, and mypy catches mistakes with them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.readers import python_consumer as consumer
from tests.validators import GOLDEN, read
from tools.manifest_types import PYTHON, python

CONSUMING = Path(__file__).parents[2] / "docs/consuming"
MISTAKES = {
    'manifest["resuorces"]': "typeddict-item",
    'manifest["job"]["functoinName"]': "typeddict-item",
    'file["pth"]': "typeddict-item",
    'file["bytes"].bit_length() if file["status"] == "missing" else 0': "",
    'file["bytes"].bit_lenght() if file["status"] == "available" else 0': "attr-defined",
    'file["data"] if file["status"] == "available" else 0': "typeddict-item",
    'manifest["status"] == "done"': "comparison-overlap",
    'file["status"] == "missng"': "comparison-overlap",
    'manifest["analysis"]["cuts"]': "typeddict-item",
    '[p["severity"] == "fatal" for p in manifest["problems"]]': "comparison-overlap",
}
BEGINNING = """\
from manifest_types import Manifest, Resource
manifest: Manifest
file: Resource
"""


def test_the_typings_are_those_of_the_schema() -> None:
    """A schema that was changed alone would ship typings of what was: make types."""
    assert PYTHON.read_text(encoding="utf-8") == python()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_typed_consumer_reads_every_golden_manifest(path: Path) -> None:
    """What the types promise must be there at run time, too."""
    manifest = read(path)
    available = [file for file in manifest["resources"] if file["status"] == "available"]
    assert list(consumer.sizes(manifest).values()) == [file["bytes"] for file in available]  # type: ignore[arg-type]
    assert all(map(consumer.described, manifest["resources"]))
    expected = 3 if path.stem.endswith("MusicSegmentDetect") else 0
    assert len(consumer.choruses(manifest)) == expected  # type: ignore[arg-type]


def checked(folder: Path) -> str:
    """Return what mypy says of the programs in a folder that has the typings."""
    options = ["--strict", "--no-incremental", "--python-version=3.10", "--config-file="]
    command = [sys.executable, "-m", "mypy", *options, "--ignore-missing-imports", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    return done.stdout


def test_the_consumers_of_the_docs_are_typed(tmp_path: Path) -> None:
    """Whoever copies them has the typings beside them, and nothing of this repository."""
    for path in (PYTHON, *CONSUMING.glob("*.py")):
        shutil.copy(path, tmp_path)
    assert checked(tmp_path) == "Success: no issues found in 3 source files\n"


def test_mypy_catches_mistakes(tmp_path: Path) -> None:
    """Narrowing by status works, and a misspelt key or value does not pass."""
    shutil.copy(PYTHON, tmp_path)
    source = BEGINNING + "\n".join(MISTAKES) + "\n"
    (tmp_path / "mistakes.py").write_text(source, encoding="utf-8")
    found = re.findall(
        r"^mistakes\.py:(\d+): error: .*\[([\w-]+)\]$", checked(tmp_path), re.MULTILINE
    )
    first = BEGINNING.count("\n") + 1
    assert {(int(line) - first, kind) for line, kind in found} == {
        (number, kind) for number, kind in enumerate(MISTAKES.values()) if kind
    }
