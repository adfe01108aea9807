"""A parser whose native library is a few lines of Python, and a look at this process's children."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from mps_manifest.adapters.mediainfo import MediaInfoParser
from tests.media.make import reading

SIZE = 1000
PATIENCE = 60.0
FINE = """return '{"media": {"track": [{"@type": "General", "Format": "x"}]}}'"""
TRACKS = [{"@type": "General", "Format": "x"}]

Fake = Callable[[str], MediaInfoParser]


def fake_package(folder: Path, code: str) -> Path:
    """Write a pymediainfo that runs some lines of code, with the file's first bytes at hand."""
    (folder / "pymediainfo.py").write_text(
        "import ctypes, os, signal, sys, time\n"
        "class MediaInfo:\n"
        "    @classmethod\n"
        "    def parse(cls, file, **how):\n"
        "        data = file.read(100)\n"
        + "".join(f"        {line}\n" for line in code.splitlines())
    )
    return folder


def children() -> dict[int, str]:
    """List this process's children and their state, Z for a zombie."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == os.getpid():
                found[int(folder.name)] = fields[0]
    return found


def first(body: bytes = b"fine") -> Callable[[int, int], bytes]:
    return reading(body.ljust(SIZE, b"."))


def idle(parser: MediaInfoParser) -> list[int]:
    return [child._process.pid for child in parser._idle]
