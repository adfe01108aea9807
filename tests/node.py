"""Run scripts with Node, where there is Node and its packages are installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.setup_node import NodeError, find_node, node_environment


def node_or_skip() -> tuple[str, dict[str, str]]:
    """Return Node and its environment; skips the test where there is none, or no packages."""
    try:
        return find_node(), node_environment()
    except NodeError as missing:
        pytest.skip(str(missing))


def run_node(*arguments: str, fails: bool = False, folder: Path | None = None) -> str:
    """Return what Node prints; skips the test where there is none, or no packages."""
    node, environment = node_or_skip()
    done = subprocess.run(  # noqa: S603 - our own scripts
        [node, *arguments], env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    assert bool(done.returncode) == fails, done.stdout + done.stderr
    return done.stdout
