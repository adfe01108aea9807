"""Compile the modules of a package with an interpreter of its runtime."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePosixPath

from deploy.build_contents import Contents
from deploy.build_runtimes import BuildError

_COMPILE = Path(__file__).with_name("build_compile.py")
# Before 3.11 the bytecode of sets depends on the hash seed. Since then a traceback may point into a
# line, which takes a fifth of the bytecode; the line is enough
_VARIABLES = {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNODEBUGRANGES": "1",
}


def with_bytecode(
    contents: Contents, python: str, deployed: str, *, level: int = 0
) -> dict[str, bytes]:
    """Add the bytecode of all modules; `deployed` is the folder that they are unpacked into.

    Level 2 removes docstrings and assertions.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, data in contents.items():
            if path.endswith(".py"):
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
        _compile(folder, python, deployed, level)
        compiled = {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.pyc")
        }
    return {**contents, **compiled}


def without_sources(contents: Contents, kept: AbstractSet[str]) -> dict[str, bytes]:
    """Replace all sources, except those to keep, with their bytecode."""
    found = {path: data for path, data in contents.items() if not path.endswith(".py")}
    for path in [path for path in found if path.endswith(".pyc")]:
        source = _source_of(PurePosixPath(path))
        if source in kept:
            found[source] = contents[source]
        else:
            found[f"{source}c"] = found.pop(path)
    return found


def _source_of(compiled: PurePosixPath) -> str:
    return str(compiled.parent.parent / f"{compiled.name.partition('.')[0]}.py")


def _compile(folder: Path, python: str, deployed: str, level: int) -> None:
    # -S: the packages of this machine must not influence the bytecode
    script = [str(_COMPILE), str(folder), deployed, str(level)]
    command = [python, "-S", "-s", "-W", "ignore", *script]
    done = subprocess.run(command, env=_VARIABLES, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BuildError(f"a module cannot be compiled: {done.stderr.strip().splitlines()[-1]}")
