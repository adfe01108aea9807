"""The runtimes with packages, and their interpreters."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools.each_python import find_python

ROOT = Path(__file__).resolve().parent.parent


class BuildError(Exception):
    """A package cannot be built; the message says why."""


@dataclass(frozen=True)
class Runtime:
    """A Python runtime of Function Compute; `glibc` is the minor version of its C library."""

    version: str
    glibc: int

    @property
    def name(self) -> str:
        """The service's name of the runtime."""
        return f"python{self.version}"

    @property
    def tag(self) -> str:
        """The interpreter's tag in the names of wheels and bytecode, without `cp`."""
        return self.version.replace(".", "")

    @property
    def platforms(self) -> list[str]:
        """The platform tags of wheels that run there, best first."""
        tags = [f"manylinux_2_{minor}_x86_64" for minor in range(self.glibc, 4, -1)]
        return [*tags, *(f"manylinux{year}_x86_64" for year in ("2014", "2010", "1"))]

    @property
    def is_here(self) -> bool:
        """Whether this machine has a Python of this version."""
        return find_python(self.version) is not None

    def interpreter(self) -> str:
        """Return a Python of this version, which compiles its bytecode, raising BuildError."""
        found = find_python(self.version)
        if found is None:
            raise BuildError(
                f"Python {self.version}, which compiles the packages of {self.name}, was not found:"
                f" install it (`pyenv install {self.version}`, `uv python install {self.version}`"
                " or the system's package) so that it is on the PATH"
            )
        return _real(found)


def _real(python: str) -> str:
    """Return the interpreter itself, which may have been found through a shim."""
    command = [python, "-c", "import sys; sys.stdout.write(sys.executable)"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


DEFAULT_RUNTIME = "python3.10"
"""The runtime where none is set: the only one of the two that all regions have (docs/deploy.md)."""

RUNTIMES = {runtime.name: runtime for runtime in (Runtime("3.10", 28), Runtime("3.12", 31))}
