"""What is in the packages of each runtime, and that whoever builds them gets the same."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath

import pytest

from deploy.build_runtimes import ROOT, BuildError, Runtime
from deploy.packages import Package
from tests.packages.conftest import Built

pytestmark = pytest.mark.slow

BUILDERS = ("3.10", "3.11", "3.12", "3.13")
EACH_TIME = {"3.10": "3.12", "3.12": "3.10"}
"""Of what builder each runtime's packages are built for every change; each takes half a minute."""
WANTED = {".json", ".pem", ".py", ".pyc", ".so"}
UNCHECKED_HASH = 0b01


def files(built: Built, kind: str) -> dict[str, Path]:
    folder = built.unpacked(kind)
    return {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }


def all_files(built: Built) -> dict[str, Path]:
    return {
        f"{kind}/{name}": path
        for kind in built.packages
        for name, path in files(built, kind).items()
    }


def test_another_builder_makes_the_same_bytes(built: Built, tmp_path: Path) -> None:
    """In another folder, at another time, with other variables."""
    _check_builder(built, EACH_TIME[built.runtime.version], tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("version", BUILDERS)
def test_any_builder_makes_the_same_bytes(built: Built, version: str, tmp_path: Path) -> None:
    """Whatever Python somebody has."""
    _check_builder(built, version, tmp_path)


def _check_builder(built: Built, version: str, tmp_path: Path) -> None:
    try:
        builder = Runtime(version, 0).interpreter()
    except BuildError as problem:
        pytest.skip(str(problem))
    command = [builder, "-m", "deploy.packages", built.runtime.name, "--into", str(tmp_path)]
    variables = {"PATH": str(Path(built.runtime.interpreter()).parent), "PYTHONPATH": str(ROOT)}
    variables |= {
        "TZ": "Asia/Tokyo",
        "LANG": "C",
        "HOME": "/nowhere",
        "PYTHONHASHSEED": version[2:],
    }
    subprocess.run(command, env=variables, cwd=tmp_path, check=True, stdout=sys.stderr)  # noqa: S603
    for package in built.packages.values():
        assert (tmp_path / package.path.name).read_bytes() == package.path.read_bytes()


def test_packages_are_within_their_limits(built: Built) -> None:
    """A package that is too large slows each cold start, or is refused on upload."""
    assert [problem for each in built.packages.values() for problem in each.problems] == []


def test_sizes_are_those_of_the_files(built: Built) -> None:
    """Limits are checked against these numbers, so they must be the real ones."""

    def sizes(package: Package) -> tuple[int, int]:
        return package.size, package.unpacked

    for kind, package in built.packages.items():
        unpacked = sum(path.stat().st_size for path in files(built, kind).values())
        assert sizes(package) == (package.path.stat().st_size, unpacked)


def test_packages_hold_nothing_that_is_not_wanted(built: Built) -> None:
    """Tests, documents and tools in a package only make it larger, which each cold start pays."""
    names = {
        name for name in all_files(built) if ".dist-info/" not in name and "LICENSE" not in name
    }
    assert {PurePosixPath(name).suffix for name in names if ".so." not in name} == WANTED
    folders = {part for name in names for part in PurePosixPath(name).parts[:-1]}
    assert not folders & {"tests", "test", "SelfTest", "examples", "docs", "bin", "cryptography"}


def test_every_package_of_a_layer_has_its_licence(built: Built) -> None:
    """A layer passes other people's code on, which their licences allow only with their text."""
    names = list(all_files(built))
    described = {name.rpartition("/")[0] for name in names if name.endswith("dist-info/METADATA")}
    assert len(described) == 16
    for folder in described:
        licences = [name for name in names if name.startswith(folder) and "LICENSE" in name]
        assert licences, folder


def test_bytecode_is_of_the_runtime_and_never_checked(built: Built) -> None:
    """Bytecode of another version is ignored in silence, and checking it would cost time."""
    code = "import importlib.util, sys; sys.stdout.write(importlib.util.MAGIC_NUMBER.hex())"
    command = [str(built.python), "-c", code]
    told = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    found = [path for name, path in all_files(built).items() if name.endswith(".pyc")]
    heads = {
        (path.read_bytes()[:4].hex(), *struct.unpack_from("<I", path.read_bytes(), 4))
        for path in found
    }
    assert heads == {(told.stdout, UNCHECKED_HASH)}


def test_bytecode_knows_lines_and_nothing_within_them(built: Built) -> None:
    """Places within a line are a fifth of the bytecode, and a line is enough to find a fault."""
    code = (
        "import marshal, pathlib, sys\n"
        "code = marshal.loads(pathlib.Path(sys.argv[1]).read_bytes()[16:])\n"
        "assert {line for *_, line in code.co_lines()} - {None, 0}\n"
        "if sys.version_info >= (3, 11):\n"
        "    assert {place[2] for place in code.co_positions()} == {None}\n"
    )
    compiled = built.unpacked("function") / "mps_manifest/settings.pyc"
    command = [str(built.python), "-c", code, str(compiled)]
    subprocess.run(command, check=True)  # noqa: S603


def test_every_module_has_bytecode(built: Built) -> None:
    """A module without bytecode would be compiled again at each cold start."""
    found = set(all_files(built))
    tag = f"cpython-{built.runtime.tag}.pyc"
    for name in found:
        path = PurePosixPath(name)
        if path.suffix == ".py":
            assert f"{path.parent}/__pycache__/{path.stem}.{tag}" in found
        if path.suffix == ".pyc":
            assert path.name.endswith(tag) or name.startswith("function/mps_manifest/")


def test_places_in_tracebacks_are_those_of_the_service(built: Built) -> None:
    """Tracebacks with paths of the build machine would lead nowhere."""
    folder = built.unpacked("layer-sdk")
    compiled = folder / f"python/oss2/__pycache__/api.cpython-{built.runtime.tag}.pyc"
    assert b"/opt/python/oss2/api.py" in compiled.read_bytes()
    compiled = built.unpacked("function") / "mps_manifest/workflow/collect_job.pyc"
    assert b"/code/mps_manifest/workflow/collect_job.py" in compiled.read_bytes()


def test_no_place_of_the_builder_is_in_a_package(built: Built) -> None:
    """Paths of a build machine give away who built it, and make builds differ."""
    temporary = f"{tempfile.gettempdir()}/{tempfile.gettempprefix()}"
    places = [place.encode() for place in (f"{ROOT}/", f"{Path.home()}/", temporary)]
    for name, path in all_files(built).items():
        if path.suffix in {".pyc", ".py"}:
            assert not [place for place in places if place in path.read_bytes()], name


def test_native_modules_run_with_the_c_library_of_the_runtime(built: Built) -> None:
    """A module that needs a newer C library fails only when the service loads it."""
    native = [path for name, path in all_files(built).items() if ".so" in name]
    for path in native:
        needed = {int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)", path.read_bytes())}
        assert max(needed, default=0) <= built.runtime.glibc, path.name
    assert len(native) > 5
