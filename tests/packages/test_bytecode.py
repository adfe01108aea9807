"""The bytecode of a module is the same whatever else there is in the compiler's memory."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from deploy import build_compile
from deploy.build_compile import bytecode, main
from deploy.build_runtimes import RUNTIMES, BuildError, Runtime

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "functions/manifest/mps_manifest").rglob("*.py"))
WORD = re.compile(r"[^\W\d]\w*")


class _Anything:
    """Asked for any attribute it fills the interpreter's cache with the name."""

    def __getattr__(self, name: str) -> str:
        return name


@pytest.mark.parametrize("level", [0, 2])
def test_nothing_that_others_refer_to_changes_the_bytecode(level: int) -> None:
    """Where entries of the interpreter's cache lie is a matter of addresses, so of chance."""
    first = {path: bytecode(path.read_bytes(), "m.py", level) for path in MODULES}
    words = {sys.intern(word) for path in MODULES for word in WORD.findall(path.read_text("utf-8"))}
    for word in words:
        getattr(_Anything(), word)
    assert {path: bytecode(path.read_bytes(), "m.py", level) for path in MODULES} == first


def test_it_is_bytecode_that_the_interpreter_runs(tmp_path: Path) -> None:
    """Under the name that it looks for, and without a look at the source."""
    (tmp_path / "answer.py").write_text("ANSWER = 42\n", "utf-8")
    main(tmp_path, "/code", 0)
    (made,) = tmp_path.rglob("*.pyc")
    assert made.read_bytes()[:8] == MAGIC_NUMBER + b"\1\0\0\0"
    (tmp_path / "answer.py").write_text("ANSWER = 43\n", "utf-8")
    sys.path.insert(0, str(tmp_path))
    try:
        import answer  # type: ignore[import-not-found] # noqa: PLC0415
    finally:
        sys.path.remove(str(tmp_path))
    assert answer.ANSWER == 42


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
