"""CPU, memory and cores of a process and its descendants, from /proc."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from local.fc.memory import peak_bytes

_TICKS = os.sysconf("SC_CLK_TCK")
# Positions after the name of the program (man 5 proc, stat)
_PARENT, _USER, _CHILDREN_SYSTEM = 1, 11, 15


def family(pid: int) -> list[int]:
    """Return a process and its live descendants; parsers have process groups of their own."""
    parents = {each: _parent(each) for each in _pids()}
    found = [pid]
    for member in found:
        found += [child for child, parent in parents.items() if parent == member]
    return found


def cpu_seconds(pid: int) -> float:
    """Return the CPU of a process and its descendants, including those that have ended."""
    ticks = 0
    for member in family(pid):
        ticks += sum(map(int, _fields(member)[_USER : _CHILDREN_SYSTEM + 1]))
    return ticks / _TICKS


def peak_memory(pid: int) -> int:
    """Return the sum of the peaks of a process and its descendants, in bytes."""
    return sum(peak_bytes(member) for member in family(pid))


def _pids() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]


def _parent(pid: int) -> int:
    fields = _fields(pid)
    return int(fields[_PARENT]) if fields else 0


def _fields(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


@contextlib.contextmanager
def on_cores(cores: dict[int, set[int]]) -> Iterator[None]:
    """Run a block with processes on cores of their own; has no effect on a single core."""
    everywhere = os.sched_getaffinity(0)
    if len(everywhere) < 2:
        yield
        return
    for pid, wanted in cores.items():
        _move(pid, wanted)
    try:
        yield
    finally:
        for pid in cores:
            _move(pid, everywhere)


def _move(pid: int, cores: set[int]) -> None:
    """Move all threads of a process; new threads inherit the cores."""
    for member in family(pid):
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{member}/task").iterdir():
                os.sched_setaffinity(int(task.name), cores)
