"""What runtimes have built in, laid out as their site-packages; `make pr` downloads it once.

`built_in/*.lock` has the documented versions of oss2 and requests, and of what these need. Compiled
packages, which oss2 needs in whatever version, are the layer's.
"""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

from deploy.build_downloads import files_of, lacking, locked_files
from deploy.build_locks import Locked, entries
from deploy.build_runtimes import ROOT, RUNTIMES, BuildError, Runtime

LOCKS = Path(__file__).with_name("built_in")
OF_THE_LAYER = (
    "certifi-",
    "charset_normalizer-",
    "crcmod_plus-",
    "idna-",
    "jmespath-",
    "pycryptodome-",
    "six-",
)
# cryptography, which one module of the core SDK needs, is not built in here
REPLACED = "aliyunsdkcore/auth/algorithm/sha_hmac256.py"


def locked(runtime: Runtime) -> list[Locked]:
    """Return what a lock names."""
    return entries((LOCKS / f"{runtime.name}.lock").read_text(encoding="utf-8"))


def is_downloaded(runtime: Runtime) -> bool:
    """Return whether all of it is there."""
    return not lacking(locked(runtime))


def install(runtime: Runtime, folder: Path) -> None:
    """Unpack the packages of a runtime into a folder."""
    own = files_of(locked(runtime), LOCKS / f"{runtime.name}.lock", runtime)
    stems = tuple(stem for stem in OF_THE_LAYER if not any(f.name.startswith(stem) for f in own))
    layer = [f for f in locked_files("sdk", runtime) if f.name.startswith(stems)]
    for file in [*layer, *own]:
        if file.name.endswith(".tar.gz"):
            _unpack_source(file, folder)
        else:
            with zipfile.ZipFile(file) as archive:
                archive.extractall(folder)  # noqa: S202 - known by its hash
    replaced = ROOT / "layers" / "sdk" / "replaced" / REPLACED
    (folder / REPLACED).write_bytes(replaced.read_bytes())


def _unpack_source(file: Path, folder: Path) -> None:
    """Unpack the packages of a source archive, without what lies beside them."""
    with tarfile.open(file) as archive:
        for member in archive.getmembers():
            path = PurePosixPath(*PurePosixPath(member.name).parts[1:])
            stream = archive.extractfile(member) if len(path.parts) > 1 else None
            if stream is not None:
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(stream.read())


def main() -> int:
    """Download what is missing; where that fails, the tests that need it are skipped."""
    for runtime in RUNTIMES.values():
        sys.stderr.write(_attempt(runtime))
    return 0


def _attempt(runtime: Runtime) -> str:
    try:
        files_of(locked(runtime), LOCKS / f"{runtime.name}.lock", runtime)
    except BuildError as error:
        return f"what {runtime.name} has built in was not downloaded: {error}\n"
    return ""


if __name__ == "__main__":
    sys.exit(main())
