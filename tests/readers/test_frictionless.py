"""Every manifest that lists a file, in the reference tool for Data Packages."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.validators import read, valid_package

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-readers" / "bin" / "python"
LOADED = """
import json, sys
from frictionless import FrictionlessException, Package
for path in sys.argv[1:]:
    try:
        package = Package.from_descriptor(json.load(open(path, encoding="utf-8")))
        print(json.dumps([[file.name, file.path, file.data] for file in package.resources]))
    except FrictionlessException as refused:
        print(json.dumps(" ".join([refused.error.note, *(each.note for each in refused.reasons)])))
"""

needs_frictionless = pytest.mark.skipif(
    not PYTHON.exists(), reason="frictionless is not installed: make readers"
)


def loaded(*paths: Path) -> list[object]:
    """Return the names of the files that frictionless finds in each, or why it refuses it."""
    command = [str(PYTHON), "-c", LOADED, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return [json.loads(line) for line in done.stdout.splitlines()]


def packages(manifests: list[Path]) -> list[Path]:
    """Return those that list a file, which a Data Package must."""
    return [path for path in manifests if read(path)["resources"]]


@needs_frictionless
def test_frictionless_loads_every_manifest(manifests: list[Path]) -> None:
    """A file that is not there, or has no path, must not cost the others of its package."""
    paths = packages(manifests)
    assert len(paths) > 70
    assert loaded(*paths) == [
        [[file["name"], file.get("path"), file.get("data")] for file in read(path)["resources"]]
        for path in paths
    ]


@needs_frictionless
def test_frictionless_refuses_a_file_without_path_and_data(tmp_path: Path) -> None:
    """Else the test above could not fail."""
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"name": "x", "resources": [{"name": "y"}]}), encoding="utf-8")
    [refused] = loaded(path)
    assert '"path" or "data" is required' in str(refused)


def test_the_official_profile_takes_every_manifest(manifests: list[Path]) -> None:
    """It is what any tool for Data Packages v2 goes by."""
    for path in packages(manifests):
        assert valid_package(read(path)) == [], path.name
