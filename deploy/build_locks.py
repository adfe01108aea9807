"""Locks: the exact files of the packages of layers, and of those installed for development.

`make lock` writes them: for layers from layers/*/requirements.txt, one for each runtime; for
development from requirements-*.txt, one for all Pythons and platforms. Indirect dependencies of the
latter keep the versions of the existing lock as long as they fit.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.build_runtimes import ROOT, RUNTIMES, BuildError, Runtime

LAYERS = ("sdk", "mediainfo")
LAYER_PINS = tuple(f"layers/{layer}/requirements.txt" for layer in LAYERS)
INSTALLED = {
    "build": ("requirements-build.txt",),
    "sql": ("requirements-sql.txt",),
    "browser": ("requirements-browser.txt",),
    "dev": (*LAYER_PINS, "requirements-dev.txt", "requirements-deploy.txt"),
    "tools": ("requirements-tools.txt",),
    "readers": ("requirements-readers.txt",),
    "bench": ("requirements-bench.txt",),
    "docs": ("requirements-docs.txt",),
}
# oss2 requires crcmod, which has no wheels; layers/sdk/requirements.txt has crcmod-plus instead.
_REPLACED = {"dev": ("crcmod",)}
_UV = ROOT / ".venv-tools" / "bin" / "python"
_ENTRY = re.compile(r"^(\S+)==(\S+) \\\n {4}--hash=sha256:([0-9a-f]{64})$", re.MULTILINE)
_MADE = "# By `python -m deploy.build_locks`; for {} on x86_64 with glibc 2.{} or newer.\n"


@dataclass(frozen=True)
class Locked:
    """A package: the file with this SHA-256."""

    name: str
    version: str
    sha256: str

    @property
    def pin(self) -> str:
        """The requirement without its hash."""
        return f"{self.name}=={self.version}"


def lock_path(layer: str, runtime: Runtime) -> Path:
    """Return the path of a lock."""
    return ROOT / "layers" / layer / f"{runtime.name}.lock"


def read_lock(layer: str, runtime: Runtime) -> list[Locked]:
    """Read a lock, raising BuildError if it does not match requirements.txt."""
    path = lock_path(layer, runtime)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    locked = entries(text)
    if [each.pin for each in locked] != wanted(layer):
        raise BuildError(
            f"{path.relative_to(ROOT)} does not match requirements.txt:"
            " run `python -m deploy.build_locks`"
        )
    return locked


def entries(lock: str) -> list[Locked]:
    """Return what the text of a lock names."""
    return [Locked(*match) for match in _ENTRY.findall(lock)]


def wanted(layer: str) -> list[str]:
    """Return the pins of a layer: the required packages without those of left-out.txt."""
    folder = ROOT / "layers" / layer
    left_out = set(_lines(folder / "left-out.txt"))
    pins = _lines(folder / "requirements.txt")
    return sorted(pin for pin in pins if pin.partition("==")[0] not in left_out)


def download(requirements: Path, runtime: Runtime, folder: Path, *options: str) -> None:
    """Download required packages with pip, for a runtime."""
    platforms = [f"--platform={platform}" for platform in runtime.platforms]
    abis = [f"--abi={abi}" for abi in (f"cp{runtime.tag}", "abi3", "none")]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-qq"]
    target = [f"--python-version={runtime.version}", "--implementation=cp", *abis, *platforms]
    files = ["--no-deps", f"--dest={folder}", f"--requirement={requirements}"]
    done = subprocess.run([*command, *target, *options, *files], check=False)
    if done.returncode:
        raise BuildError(f"pip could not download the packages of {requirements.name}")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_lock(layer: str, runtime: Runtime) -> str:
    """Download a layer's packages, and return the text of its lock."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pins = folder / "requirements.txt"
        pins.write_text("\n".join(wanted(layer)), encoding="utf-8")
        download(pins, runtime, folder / "files")
        files = {_distribution(path): path for path in (folder / "files").iterdir()}
        entries = [_entry(pin, files[_normalized(pin)]) for pin in wanted(layer)]
    return _MADE.format(runtime.name, runtime.glibc) + "".join(entries)


def make_installed(group: str) -> None:
    """Write the lock of a group of requirements with uv, for all Pythons and platforms."""
    if not _UV.exists():
        raise BuildError("uv is not installed: run `make lock`")
    lock = f"requirements-{group}.lock"
    options = ["--quiet", "--universal", "--python-version=3.10", "--no-python-downloads"]
    content = ["--generate-hashes", "--no-emit-index-url", "--no-header"]
    with tempfile.TemporaryDirectory() as folder:
        replaced = Path(folder) / "replaced.txt"
        replaced.write_text("\n".join(_REPLACED.get(group, ())), encoding="utf-8")
        command = [str(_UV), "-m", "uv", "pip", "compile", *options, *content]
        files = [f"--excludes={replaced}", f"--output-file={lock}", *INSTALLED[group]]
        done = subprocess.run([*command, *files], cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
    if done.returncode:
        raise BuildError(f"uv could not make {lock}")


def _entry(pin: str, file: Path) -> str:
    return f"{pin} \\\n    --hash=sha256:{digest(file)}\n"


def _distribution(file: Path) -> str:
    """Return the pin of a wheel or source archive."""
    name, version = file.name.removesuffix(".tar.gz").split("-")[:2]
    return _normalized(f"{name}=={version}")


def _normalized(pin: str) -> str:
    return re.sub(r"[-_.]+", "-", pin).lower()


def _lines(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def main(arguments: Sequence[str]) -> int:
    """Write all locks, or those of the named layers and groups."""
    chosen = arguments or (*LAYERS, *INSTALLED)
    for layer in (each for each in chosen if each in LAYERS):
        for runtime in RUNTIMES.values():
            path = lock_path(layer, runtime)
            path.write_text(make_lock(layer, runtime), encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    for group in (each for each in chosen if each in INSTALLED):
        make_installed(group)
        sys.stdout.write(f"requirements-{group}.lock\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
