"""Compile the modules of a folder; run as a script by an interpreter of the runtime.

`build_compile.py FOLDER DEPLOYED LEVEL` writes bytecode beside the sources, with DEPLOYED as their
folder. It is not validated against the sources, since the service does not keep file times. LEVEL 2
removes docstrings and assertions.
"""

import py_compile
import sys
from importlib.util import cache_from_source
from pathlib import Path


def main(folder: Path, deployed: str, level: int) -> None:
    """Compile the modules in a fixed order: bytecode depends on what else there is in memory.

    How a name is written depends on whether somebody else refers to it: what was compiled before,
    or anything else in the process, which is not the same each time. So each name is referred to.
    """
    for path in sorted(folder.rglob("*.py")):
        place = f"{deployed}/{path.relative_to(folder).as_posix()}"
        names = compile(path.read_bytes(), place, "exec", dont_inherit=True, optimize=level)
        py_compile.compile(
            str(path),
            cache_from_source(path, optimization=""),  # the name that Python uses without -O
            dfile=place,
            doraise=True,
            optimize=level,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        del names  # it has shared them with what was written, since names are interned


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
