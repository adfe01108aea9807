"""What of a wheel, of a source archive, and of the function's folder is packed."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from deploy.build_bytecode import without_sources
from deploy.build_contents import function_contents, is_used, layer_contents
from deploy.build_runtimes import BuildError

REPLACED = "aliyunsdkcore/auth/algorithm/sha_hmac256.py"


@pytest.fixture
def nothing(tmp_path: Path) -> Path:
    folder = tmp_path / "replaced"
    folder.mkdir()
    return folder


def wheel(folder: Path, *names: str) -> Path:
    path = folder / "thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    return path


def source_archive(folder: Path, *names: str) -> Path:
    path = folder / "thing-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(f"thing-1.0/{name}")
            member.size = len(name)
            archive.addfile(member, io.BytesIO(name.encode()))
    return path


@pytest.mark.parametrize(
    "name",
    [
        "thing/api.py",
        "thing/native.abi3.so",
        "thing/testing.py",
        "thing/cacert.pem",
        "thing-1.0.dist-info/METADATA",
        "thing-1.0.dist-info/LICENSE.txt",
        "thing-1.0.dist-info/licenses/src/LICENSE",
        "thing-1.0.dist-info/NOTICE",
    ],
)
def test_code_data_and_licences_are_used(name: str) -> None:
    """Leaving one of these out would break an import or a licence."""
    assert is_used(name)


@pytest.mark.parametrize(
    "name",
    [
        "thing/tests/test_api.py",
        "thing/SelfTest/data.py",
        "thing/api.pyi",
        "thing/py.typed",
        "thing/__pycache__/api.cpython-311.pyc",
        "bin/thing",
        "thing-1.0.dist-info/RECORD",
        "thing-1.0.dist-info/entry_points.txt",
        "thing-1.0.dist-info/sboms/thing.json",
    ],
)
def test_what_only_builders_and_testers_need_is_not(name: str) -> None:
    """Files that nothing reads at run time would only make the package larger."""
    assert not is_used(name)


def test_wheel_is_laid_out_as_an_installer_does(tmp_path: Path, nothing: Path) -> None:
    """Files of the data folder must lie where imports look for them, and scripts nowhere."""
    data = "thing-1.0.data"
    file = wheel(tmp_path, "thing.py", f"{data}/purelib/more.py", f"{data}/scripts/thing")
    assert sorted(layer_contents([file], nothing)) == ["python/more.py", "python/thing.py"]


def test_source_archive_is_only_unpacked(tmp_path: Path, nothing: Path) -> None:
    """Neither its setup.py nor its examples are looked at; its metadata and licence stay."""
    names = "setup.py", "thing/api.py", "examples/a.py", "PKG-INFO", "LICENSE"
    found = layer_contents([source_archive(tmp_path, *names)], nothing)
    assert sorted(found) == [
        "python/thing-1.0.dist-info/LICENSE",
        "python/thing-1.0.dist-info/METADATA",
        "python/thing/api.py",
    ]


def test_source_archive_that_needs_a_compiler_is_refused(tmp_path: Path, nothing: Path) -> None:
    """C sources that were packed unbuilt would fail at their first import in the service."""
    with pytest.raises(BuildError, match=r"thing-1\.0\.tar\.gz must be built"):
        layer_contents([source_archive(tmp_path, "thing/fast.c")], nothing)


def test_another_release_of_a_replaced_module_is_refused(tmp_path: Path, nothing: Path) -> None:
    """What stands in for a module was written for one release of it."""
    module = nothing / REPLACED
    module.parent.mkdir(parents=True)
    module.write_text("")
    with pytest.raises(BuildError, match="sha_hmac256"):
        layer_contents([wheel(tmp_path, REPLACED)], nothing)


def test_the_function_is_its_code_its_schema_and_the_licence(tmp_path: Path) -> None:
    """Notes, hidden files and stale bytecode of a working copy must not be shipped."""
    others = ("notes.txt", ".hidden", "index.pyc", "manifest.d.ts", "manifest_types.py")
    for name in ("index.py", "schema.json", *others):
        (tmp_path / name).write_text(name)
    assert sorted(function_contents(tmp_path)) == ["LICENSE", "index.py", "schema.json"]


def test_bytecode_takes_the_place_of_sources_but_of_those_to_keep() -> None:
    """Sources beside their bytecode only add size, except where a file itself is needed."""
    contents = {
        "index.py": b"s",
        "__pycache__/index.cpython-310.pyc": b"c",
        "thing/api.py": b"s",
        "thing/__pycache__/api.cpython-310.pyc": b"c",
        "thing/schema.json": b"d",
    }
    assert without_sources(contents, {"index.py"}) == {
        "index.py": b"s",
        "__pycache__/index.cpython-310.pyc": b"c",
        "thing/api.pyc": b"c",
        "thing/schema.json": b"d",
    }
