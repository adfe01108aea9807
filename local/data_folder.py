"""The data folder belongs to one server at a time: its lock names the holder."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import sys
from datetime import datetime, timezone
from pathlib import Path

from tools.complaints import UserError

LOCK_NAME = "cloud.lock"
_LONGEST_HOLDER = 4096


class FolderInUseError(UserError):
    """Another server has the data folder; the message says which one."""


class FolderLock:
    """The lock of a data folder, which is created if it does not exist.

    The operating system releases it with the process, however that ends. The file stays: whoever
    deleted it could delete the lock of a server that has just started.

    Raises FolderInUseError, and OSError where there can be no such folder.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _describe(os.read(self._descriptor, _LONGEST_HOLDER))
            os.close(self._descriptor)
            raise FolderInUseError(
                f"The data folder {folder} is in use by {holder}.",
                "Stop that process first, then run this again.",
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, _this_process())

    def release(self) -> None:
        """Let others have the folder."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def unwritable(folder: Path, error: OSError) -> UserError:
    """Return the error for a folder in which nothing can be written."""
    if isinstance(error, FileExistsError | NotADirectoryError):
        found = (each for each in (folder, *folder.parents) if each.exists())
        for file in found:
            if not file.is_dir():
                remedy = "Name a folder, or move that file away."
                return UserError(f"{file} is a file, not a folder.", remedy)
    return UserError(
        f"{folder} cannot be written to ({error.strerror}).",
        "Give yourself the right to, or work in a copy of the project elsewhere.",
    )


def _this_process() -> bytes:
    holder = {
        "pid": os.getpid(),
        "command": shlex.join(sys.orig_argv)[: _LONGEST_HOLDER // 8],  # JSON takes 6 bytes a letter
        "started": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return json.dumps(holder).encode()


def _describe(written: bytes) -> str:
    """Return the words for a holder; a file of somebody else's may hold anything."""
    try:
        holder = json.loads(written)
        return f"process {holder['pid']} ({holder['command']}) since {holder['started']}"
    except (ValueError, KeyError, TypeError):
        return "another process"
