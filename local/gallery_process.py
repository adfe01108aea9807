"""The gallery beside a running `make serve`: `mpsm gallery --laptop` in a process of its own.

The cloud must not share a process with the function's package, which it is there to test.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[1] / "operate" / "__main__.py"
_START_SECONDS = 60.0
_END_SECONDS = 5.0


class GalleryProcess:
    """A gallery that ends with this process, however that one ends."""

    def __init__(self, endpoints: Path, port: int) -> None:
        self._endpoints = endpoints
        self._port = port
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> str:
        """Start it, and return its address.

        That is empty where it did not start; what it said is on the standard error.
        """
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(PROGRAM), "gallery", "--laptop", "--json", "--until-closed"),
            *("--port", str(self._port)),
            env={**os.environ, "LAPTOP_ENDPOINTS": str(self._endpoints.resolve())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # a terminal's Ctrl-C is for whoever started it
        )
        assert process.stdout  # noqa: S101 - for the type checker
        with suppress(asyncio.TimeoutError, ValueError, LookupError):
            line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
            return str(json.loads(line)["url"])
        await self.stop()
        return ""

    async def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin  # noqa: S101 - for the type checker
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _END_SECONDS)
        except asyncio.TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
