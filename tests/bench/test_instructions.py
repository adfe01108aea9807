"""Instructions are counted the same each time, and without the start of a process."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from bench.instructions import instructions

PYTHON = Path(sys.executable)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_a_call_that_does_twice_as_much_takes_twice_as_many() -> None:
    """And the same call takes the same number, whatever else the machine does."""
    once, again, twice = (
        instructions(PYTHON, "numbers = list(range(5000))", call, os.environ)
        for call in ("sum(numbers)", "sum(numbers)", "sum(numbers); sum(numbers)")
    )
    assert once == again
    assert once is not None
    assert twice is not None
    assert 1.9 < twice / once < 2.1


def test_without_valgrind_nothing_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row says so, and the time is measured all the same."""
    monkeypatch.setenv("PATH", "")
    assert instructions(PYTHON, "", "pass", os.environ) is None
