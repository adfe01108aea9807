"""Tiny functions for the tests of the host."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.fc import FunctionConfig

if TYPE_CHECKING:
    from local.fc import Invocation


def write_function(folder: Path, source: str, **settings: Any) -> FunctionConfig:
    """Write index.py into folder and configure a function of it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.py").write_text(textwrap.dedent(source), encoding="utf-8")
    return FunctionConfig(name="probe", code=folder, **settings)


def decoded(answer: Invocation) -> Any:
    """Return the payload of an answer that must be JSON."""
    return json.loads(answer.payload)


def process_state(pid: int) -> str:
    """Return the state letter of a process (man 5 proc), X when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "X"
    return text.rpartition(")")[2].split()[0]


def has_ended(pid: int) -> bool:
    """Whether a process is gone or only waits to be reaped by somebody."""
    return process_state(pid) in ("X", "Z")
