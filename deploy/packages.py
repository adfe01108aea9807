"""Build the packages: the function and its layers, as zip files for each runtime.

`python -m deploy.packages` builds for all runtimes with an interpreter on this machine, and reports
the others; `python -m deploy.packages python3.10` builds for the named ones, or fails.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.build_bytecode import with_bytecode, without_sources
from deploy.build_contents import Contents, function_contents, layer_contents
from deploy.build_downloads import CACHE, locked_files
from deploy.build_locks import LAYERS
from deploy.build_runtimes import ROOT, RUNTIMES, BuildError, Runtime
from deploy.build_zip import zipped

BUILD = ROOT / "build"
MAX_FUNCTION = 600_000
MAX_SDK = 12_000_000
MAX_UNPACKED = 500_000_000
_MAX_ZIPPED = {"function": MAX_FUNCTION, "layer-sdk": MAX_SDK}
# The service imports the first; the second is run as a script
_SOURCES = {"index.py", "mps_manifest/adapters/mediainfo_worker.py"}


@dataclass(frozen=True)
class Package:
    """A built zip file; `unpacked` and `size` are in bytes."""

    path: Path
    kind: str
    size: int
    unpacked: int
    sha256: str

    @property
    def problems(self) -> list[str]:
        """The exceeded limits: our own for the download, the service's for the rest."""
        limits = (
            (self.size, _MAX_ZIPPED.get(self.kind, MAX_UNPACKED), "zipped"),
            (self.unpacked, MAX_UNPACKED, "unpacked"),
        )
        return [
            f"{self.path.name} has {size:,} bytes {state}, more than the limit of {limit:,}"
            for size, limit, state in limits
            if size > limit
        ]


def build(runtime: Runtime, folder: Path = BUILD, cache: Path = CACHE) -> list[Package]:
    """Build the function and its layers for a runtime, the function first.

    Raises BuildError where there is no interpreter of this runtime, or a download fails.
    """
    return _built(runtime, runtime.interpreter(), folder, cache)


def build_sources(runtime: Runtime, folder: Path = BUILD, cache: Path = CACHE) -> list[Package]:
    """Build the same of sources only, which needs no interpreter; each start compiles them anew.

    Raises BuildError where a download fails.
    """
    return _built(runtime, None, folder, cache)


def _built(runtime: Runtime, python: str | None, folder: Path, cache: Path) -> list[Package]:
    code = function_contents()
    if python is not None:
        code = without_sources(with_bytecode(code, python, "/code", level=2), _SOURCES)
    packages = [_written(folder, "function", runtime, code)]
    for layer in LAYERS:
        files = locked_files(layer, runtime, cache)
        contents = layer_contents(files, ROOT / "layers" / layer / "replaced")
        if python is not None:
            contents = with_bytecode(contents, python, "/opt")
        packages.append(_written(folder, f"layer-{layer}", runtime, contents))
    return packages


def _written(folder: Path, kind: str, runtime: Runtime, contents: Contents) -> Package:
    data = zipped(contents)
    path = folder / f"{kind}-{runtime.name}.zip"
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(data)
    os.replace(unfinished, path)  # noqa: PTH105 - Path.replace says the same in more words
    unpacked = sum(map(len, contents.values()))
    return Package(path, kind, len(data), unpacked, hashlib.sha256(data).hexdigest())


def table(packages: Sequence[Package]) -> str:
    """Format the packages as a table."""
    line = "{:34} {:>12} {:>12}  {}\n".format
    rows = [
        line(each.path.name, f"{each.size:,}", f"{each.unpacked:,}", each.sha256[:16])
        for each in packages
    ]
    return line("file", "bytes", "unpacked", "sha256") + "".join(rows)


def main(arguments: Sequence[str]) -> int:
    """Build and print a table; fails if a limit is exceeded or nothing could be built."""
    parser = argparse.ArgumentParser(prog="python -m deploy.packages")
    parser.add_argument("runtime", nargs="*", choices=[*RUNTIMES, []])
    parser.add_argument("--into", type=Path, default=BUILD, help="folder of the zip files")
    parser.add_argument(
        "--if-possible", action="store_true", help="succeed even if no runtime has an interpreter"
    )
    options = parser.parse_args(arguments)
    packages: list[Package] = []
    problems: list[str] = []
    for name in options.runtime or RUNTIMES:
        found, problem = _attempt(RUNTIMES[name], options.into)
        packages += found
        problems += problem
    broken = [problem for each in packages for problem in each.problems]
    sys.stdout.write(table(packages))
    sys.stderr.write("".join(f"{problem}\n" for problem in [*problems, *broken]))
    nothing = not packages and not options.if_possible
    return 1 if broken or nothing or (problems and options.runtime) else 0


def _attempt(runtime: Runtime, folder: Path) -> tuple[list[Package], list[str]]:
    try:
        return build(runtime, folder), []
    except BuildError as error:
        return [], [f"{runtime.name} was not built: {error}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
