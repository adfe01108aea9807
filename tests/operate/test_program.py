"""The name of mpsm in the commands that it proposes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from operate.console.program import typed


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have an environment with the script in it, and run by its Python."""
    folder = tmp_path / "a house" / ".venv" / "bin"
    folder.mkdir(parents=True)
    written = folder / "mpsm"
    written.write_text("#!/bin/sh\n")
    written.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.chdir(tmp_path)
    return written


def test_a_script_that_is_not_on_the_path_is_named_by_its_place(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the folder where the command was called, as it was called there."""
    assert typed("mpsm status") == "'a house/.venv/bin/mpsm' status"
    monkeypatch.chdir(script.parents[2])
    assert typed("mpsm status") == ".venv/bin/mpsm status"
    monkeypatch.chdir(script.parent)
    assert typed("mpsm status") == "./mpsm status"
    elsewhere = script.parents[3] / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert typed("mpsm status") == f"'{script}' status"


def test_a_script_on_the_path_needs_no_place(
    script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in an activated environment; another mpsm on the path is another program."""
    monkeypatch.setenv("PATH", str(script.parent))
    assert typed("mpsm status") == "mpsm status"
    other = tmp_path / "mpsm"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert typed("mpsm status") == "'a house/.venv/bin/mpsm' status"


def test_where_there_is_no_script_the_name_has_to_do(script: Path) -> None:
    """As where the environment was made by other means."""
    script.unlink()
    assert typed("mpsm status") == "mpsm status"
