"""Where a function's time goes: py-spy's stacks and importtime, summed up by package."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.packages import Code, Prepared

_PLACE = re.compile(r" \(([^():]+):\d+\)$")
_IMPORT = re.compile(r"^import time: +(\d+) \| +\d+ \| +([\w.]+)$", re.MULTILINE)
_PARTS = 7


@contextlib.contextmanager
def recorded(prepared: Prepared, pid: int, stacks: Path | None) -> Iterator[None]:
    """Record what a process does, unless nobody wants the stacks."""
    if stacks is None:
        yield
        return
    program = str(prepared.tools / "bin" / "py-spy")
    options = ["--gil", "--full-filenames", "--format", "raw", "--rate", "200", "--duration", "600"]
    command = [program, "record", *options, "--output", str(stacks), "--pid", str(pid)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as spy:
        try:
            yield
        finally:
            spy.send_signal(signal.SIGINT)


def shares(stacks: Path) -> str:
    """Say which packages were at the top of the stacks, in percent of all samples."""
    if not stacks.exists():
        return "not known, py-spy may not look into processes here"
    counts: Counter[str] = Counter()
    for line in stacks.read_text(encoding="utf-8").splitlines():
        stack, _, count = line.rpartition(" ")
        counts[_package(stack.split(";"))] += int(count)
    total = counts.total() or 1
    return ", ".join(f"{name} {n * 100 // total} %" for name, n in counts.most_common(_PARTS))


def _package(frames: list[str]) -> str:
    """Name the package at work: the innermost frame of ours or of a layer, else the library's.

    The function's modules say /code, since it was compiled as if it were there.
    """
    paths = [found[1] for frame in reversed(frames) if (found := _PLACE.search(frame))]
    for path in paths:
        for root in ("/code/", "/layer-sdk/python/"):
            if root in path:
                return path.split(root, 1)[1].split("/")[0].removesuffix(".py")
    return Path(paths[0]).stem if paths else "the interpreter"


def imports(code: Code) -> str:
    """Say what importing a function costs, by package; the clock of importtime slows all down."""
    path = [code.folder, *(layer / "python" for layer in code.layers)]
    environment = {"PYTHONPATH": os.pathsep.join(map(str, path))}
    command = [str(code.python), "-B", "-s", "-X", "importtime", "-c", "import index"]
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    spent: Counter[str] = Counter()
    for found in _IMPORT.finditer(done.stderr):
        root = found[2].partition(".")[0]
        spent["the standard library" if root in sys.stdlib_module_names else root] += int(found[1])
    shares = ", ".join(f"{name} {us / 1000:.0f}" for name, us in spent.most_common(_PARTS))
    return f"{spent.total() / 1000:.0f} ms of imports: {shares}"
