"""Compile the modules of a folder; run as a script by an interpreter of the runtime.

`build_compile.py FOLDER DEPLOYED LEVEL` writes bytecode beside the sources, with DEPLOYED as their
folder. It is not validated against the sources, since the service does not keep file times. LEVEL 2
removes docstrings and assertions.
"""

import importlib.util
import marshal
import sys
from pathlib import Path
from types import CodeType

_UNCHECKED_HASH = (0b01).to_bytes(4, "little")  # PEP 552


def main(folder: Path, deployed: str, level: int) -> None:
    """Compile all modules of a folder."""
    for path in sorted(folder.rglob("*.py")):
        name = f"{deployed}/{path.relative_to(folder).as_posix()}"
        # the name that Python uses without -O
        target = Path(importlib.util.cache_from_source(path, optimization=""))
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(bytecode(path.read_bytes(), name, level))


def bytecode(source: bytes, name: str, level: int) -> bytes:
    """Return a module's bytecode, the same bytes each time.

    `marshal` marks each value that somebody else refers to as well, were it only a cache of the
    interpreter whose entries depend on addresses; and the order of a set depends on whether its
    names were known before. So all values are referred to here, and all names are known.
    """
    held: list[object] = []
    for _ in range(2):
        code = compile(source, name, "exec", dont_inherit=True, optimize=level)
        _hold(code, held)
    head = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(source)
    return head + marshal.dumps(code)


def _hold(value: object, held: list[object]) -> None:
    """Refer to all values of which a module's code is made."""
    held.append(value)
    if isinstance(value, str) and len(value) == 1:  # one object for all, interned or not
        sys.intern(value)
    elif isinstance(value, CodeType):
        for name in dir(value):
            if name.startswith("co_") and name != "co_lnotab":  # which warns, and is not stored
                _hold(getattr(value, name), held)
    elif isinstance(value, tuple | frozenset):
        for inner in value:
            _hold(inner, held)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
