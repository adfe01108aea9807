"""The vendor's specification of resources as a checker, where it lies beside the repository."""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.template.given import ROOT

CHECKER = ROOT.parent / "shared/templatecheck"
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def roscheck(template: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Check a template strictly; skips the test where the checker cannot run."""
    _ready()
    return _run(CHECKER / "roscheck.py", str(template), "--strict", *options)


def flowcheck(definition: Path) -> subprocess.CompletedProcess[str]:
    """Check the definition of a flow; skips the test where there is no checker."""
    _ready()
    return _run(CHECKER / "flowcheck.py", str(definition))


def node() -> None:
    """Skip the test where the vendor's validators have nothing to run on."""
    if not shutil.which("node"):
        pytest.skip("node is not installed, which the vendor's validators need")


def _run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=False, env=ENVIRONMENT
    )


def _ready() -> None:
    reason = _what_is_missing()
    if reason:
        pytest.skip(reason)


@functools.cache
def _what_is_missing() -> str:
    if not (CHECKER / "roscheck.py").is_file():
        return f"there is no checker in {os.path.relpath(CHECKER, ROOT)}"
    # it downloads the specification once; test processes must not do that at the same time
    with (Path(tempfile.gettempdir()) / "mps-manifest-templatecheck.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = _run(CHECKER / "getspec.py")
    return "" if done.returncode == 0 else "the vendor's specification cannot be downloaded"
