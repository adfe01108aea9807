"""The runtimes there are packages for, and how their interpreters are found."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from local.each_python import find_python

ROOT = Path(__file__).resolve().parent.parent


class BuildError(Exception):
    """What keeps a package from being built, in words for whoever builds."""


@dataclass(frozen=True)
class Runtime:
    """A Python runtime of Function Compute; `glibc` is the minor version of its C library."""

    version: str
    glibc: int

    @property
    def name(self) -> str:
        """The name the service has for it."""
        return f"python{self.version}"

    @property
    def tag(self) -> str:
        """The interpreter's tag in the names of wheels and bytecode, without its `cp`."""
        return self.version.replace(".", "")

    @property
    def platforms(self) -> list[str]:
        """All platform tags of wheels that run there, best first."""
        tags = [f"manylinux_2_{minor}_x86_64" for minor in range(self.glibc, 4, -1)]
        return [*tags, *(f"manylinux{year}_x86_64" for year in ("2014", "2010", "1"))]

    def interpreter(self) -> str:
        """Find a Python of this version: bytecode is only good for the version that made it."""
        found = find_python(self.version)
        if found is None:
            raise BuildError(
                f"no Python {self.version} to compile for {self.name}: install one"
                f" (`pyenv install {self.version}`, `uv python install {self.version}`"
                " or the system's own) so that it is on the PATH"
            )
        return _real(found)


def _real(python: str) -> str:
    """Name the interpreter itself: what was found may be a shim that needs variables."""
    command = [python, "-c", "import sys; sys.stdout.write(sys.executable)"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


RUNTIMES = {runtime.name: runtime for runtime in (Runtime("3.10", 28), Runtime("3.12", 31))}
