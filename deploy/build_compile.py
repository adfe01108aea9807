"""Compile a folder's modules; runs in the interpreter of the runtime, alone and by itself.

`build_compile.py FOLDER DEPLOYED LEVEL` writes bytecode beside the sources, which says that they
lie in DEPLOYED. It is never compared with them: the service keeps no times of files. LEVEL 2
leaves out docstrings and assertions.
"""

import py_compile
import sys
from importlib.util import cache_from_source
from pathlib import Path


def main(folder: Path, deployed: str, level: int) -> None:
    """Compile in a fixed order: what was compiled before leaves traces in what follows."""
    for path in sorted(folder.rglob("*.py")):
        py_compile.compile(
            str(path),
            cache_from_source(path, optimization=""),  # the name that is looked for without -O
            dfile=f"{deployed}/{path.relative_to(folder).as_posix()}",
            doraise=True,
            optimize=level,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
