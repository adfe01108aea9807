"""The bytecode of a module is the same whatever else there is in the compiler's memory."""

from __future__ import annotations

import re
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from deploy.build_compile import bytecode, main

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
