"""Bytecode is a function of the sources alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploy import build_compile
from deploy.build_runtimes import RUNTIMES, BuildError, Runtime

SOURCE = """
def times(text):
    _hh, _mm = text.split(":")
    return {"some_hours": int(_hh), "some_minutes": int(_mm)}
"""
# What happens to refer to a name may be anything in the process, and is not the same each time
HOLDING = """
import sys
held = [sys.intern(name) for name in sys.argv[4:]]
sys.path.insert(0, sys.argv[3])
from pathlib import Path
import build_compile
build_compile.main(Path(sys.argv[1]), "/code", int(sys.argv[2]))
"""


@pytest.mark.parametrize("runtime", RUNTIMES.values(), ids=list(RUNTIMES))
@pytest.mark.parametrize("level", ["0", "2"])
def test_names_that_somebody_else_refers_to_change_nothing(
    tmp_path: Path, runtime: Runtime, level: str
) -> None:
    """Other bytes would be another package, whose deployment replaces a layer for nothing."""
    try:
        python = runtime.interpreter()
    except BuildError as problem:
        pytest.skip(str(problem))
    found = set()
    held_names = ((), ("_hh",), ("_mm", "some_hours"), ("times", "text"))
    for number, held in enumerate(held_names):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "module.py").write_text(SOURCE, encoding="utf-8")
        script = str(Path(build_compile.__file__).parent)
        command = [python, "-S", "-c", HOLDING, str(folder), level, script, *held]
        subprocess.run(command, check=True)  # noqa: S603
        [compiled] = folder.rglob("*.pyc")
        found.add(compiled.read_bytes())
    assert len(found) == 1
