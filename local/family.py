"""Which processes descend from which: whatever is killed on demand must be one of our own."""

import subprocess
from pathlib import Path

_LONGEST_LINE = 64


def descends_from(pid: int, ancestor: int) -> bool:
    """Return whether a process was started by another one, directly or by its children.

    False for a process that has ended, or whose parents have.
    """
    for _ in range(_LONGEST_LINE):
        if pid <= 1:
            return False
        pid = _parent(pid)
        if pid == ancestor:
            return True
    return False


def _parent(pid: int) -> int:
    """Return the parent of a process, or 0 if it has none or has ended."""
    if not Path("/proc/self/stat").exists():
        return _parent_by_ps(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])  # the name before it may hold anything


def _parent_by_ps(pid: int) -> int:
    command = ["ps", "-o", "ppid=", "-p", str(pid)]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout
    return int(said.strip() or 0)
