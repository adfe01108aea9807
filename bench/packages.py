"""The measured code: the built packages, and the baseline with its SDKs, as FC unpacks them."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

from deploy.build_runtimes import ROOT, RUNTIMES
from deploy.packages import BUILD, Package, build

HERE = Path(__file__).parent
REQUIREMENTS = ROOT / "requirements-bench.lock"
BUILD_TOOLS = ROOT / "requirements-build.lock"
SETUP = ("-m", "tools.setup_venv")
"""Run where `tools` is found, as `make` runs it."""


@dataclass(frozen=True)
class Code:
    """A code folder with its layers, for a runtime; `initializer` may be None."""

    runtime: str
    python: Path
    folder: Path
    layers: tuple[Path, ...]
    initializer: str | None = "index.initialize"

    @property
    def import_path(self) -> list[Path]:
        """The folders of its modules, in the service's order."""
        return [self.folder, *(layer / "python" for layer in self.layers)]


@dataclass(frozen=True)
class Prepared:
    """All measured code; `tools` is the baseline's layer, which also has the measuring tools.

    `import_only` has the baseline's layer, `import_only_deployed` the deployed one.
    """

    ours: Code
    baseline: Code
    import_only: Code
    import_only_deployed: Code
    tools: Path

    def version(self, distribution: str) -> str:
        """Return the version of a distribution in the baseline's layer."""
        found = importlib.metadata.distributions(name=distribution, path=[str(self.tools)])
        return next(iter(found)).version


def prepare(runtime: str) -> Prepared:
    """Build the packages and unpack them, and install the baseline's SDKs if they are missing.

    They are built anew, since those of earlier code are measured without a word. Raises BuildError.
    """
    built = build(RUNTIMES[runtime])
    folder = BUILD / "bench" / runtime
    base = RUNTIMES[runtime].interpreter()
    python = _empty_venv(folder / "python", base)
    function, *layers = (_unpacked(folder, each) for each in built)
    stock = folder / "layer-stock"
    _install(stock / "python", _installer(folder / "installer", base), python)
    baseline = _code(folder / "baseline", HERE / "baseline.py", python)
    import_only = _code(folder / "import-only", HERE / "import_only.py", python)
    return Prepared(
        Code(runtime, python, function, tuple(layers)),
        Code(runtime, python, baseline, (stock,)),
        Code(runtime, python, import_only, (stock,), None),
        Code(runtime, python, import_only, (layers[0],), None),
        stock / "python",
    )


def _unpacked(folder: Path, package: Package) -> Path:
    target = folder / package.kind
    shutil.rmtree(target, ignore_errors=True)
    with zipfile.ZipFile(package.path) as archive:
        archive.extractall(target)
    return target


def _empty_venv(folder: Path, base: str) -> Path:
    """Make a virtual environment without packages, which would slow down the start."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([base, "-m", "venv", "--without-pip", str(folder)], check=True)
    return python


def _installer(folder: Path, base: str) -> Path:
    """Make a virtual environment with the pinned pip and the tools that build source archives."""
    subprocess.run([base, *SETUP, str(folder), str(BUILD_TOOLS)], check=True, cwd=ROOT)
    return folder / "bin" / "python"


def _install(target: Path, installer: Path, python: Path) -> None:
    """Install the baseline's SDKs, if the lock has changed since the last time."""
    mark = target.parent / "installed.json"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if mark.exists() and json.loads(mark.read_text(encoding="utf-8")) == wanted:
        return
    shutil.rmtree(target.parent, ignore_errors=True)
    pip = [str(installer), "-m", "pip", "--disable-pip-version-check", "-qq", "install"]
    locked = ["--require-hashes", "--no-deps", "--no-build-isolation", "-r", str(REQUIREMENTS)]
    subprocess.run([*pip, *locked, "--target", str(target)], check=True)
    _compile(target, python)
    mark.write_text(json.dumps(wanted), encoding="utf-8")


def _code(folder: Path, source: Path, python: Path) -> Path:
    """Make a code folder with one module."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(source, folder / "index.py")
    _compile(folder, python)
    return folder


def _compile(folder: Path, python: Path) -> None:
    """Compile to bytecode that is not validated; errors of templates in packages are ignored."""
    mode = ["--invalidation-mode", "unchecked-hash"]
    command = [str(python), "-m", "compileall", "-q", "-f", *mode, str(folder)]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
