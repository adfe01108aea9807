"""The packages of a deployment are built for its runtime, on any machine."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy import build_runtimes, packages, wanted_zips
from deploy.build_downloads import is_cached
from deploy.build_locks import LAYERS
from deploy.build_runtimes import DEFAULT_RUNTIME, RUNTIMES, BuildError, Runtime
from deploy.errors import DeployError
from deploy.settings import Keys, Settings, Workspace
from deploy.template import Template
from tests.deploy.conftest import ROOT


def settings(folder: Path, **parameters: str) -> Settings:
    workspace = Workspace(folder / "template.yml", folder)
    return Settings("name", "cn-shanghai", Keys("id", "secret"), parameters, {}, workspace)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace building by noting what is built."""
    found: list[str] = []

    def build(kind: str, runtime: Runtime, folder: Path) -> None:
        found.append(f"{runtime.name} {kind}")
        for stem in ("function", "layer-sdk", "layer-mediainfo"):
            (folder / f"{stem}-{runtime.name}.zip").write_bytes(stem.encode())

    monkeypatch.setattr(packages, "build", lambda *given: build("bytecode", *given))
    monkeypatch.setattr(packages, "build_sources", lambda *given: build("sources", *given))
    return found


def wanted(given: Settings) -> tuple[Mapping[str, object], str]:
    """Return the packages, and what was said."""
    said: list[str] = []
    zips = wanted_zips.wanted_zips(given, lambda text, _: said.append(text))
    return zips, "\n".join(said)


@pytest.mark.parametrize(
    ("parameters", "runtime"),
    [({}, DEFAULT_RUNTIME), ({"Runtime": "python3.12"}, "python3.12")],
)
def test_only_the_wanted_runtime_is_built(
    built: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    parameters: dict[str, str],
    runtime: str,
) -> None:
    """Another runtime costs time, a download and an interpreter that nobody needs."""
    monkeypatch.setattr(build_runtimes, "find_python", lambda version: f"/bin/python{version}")
    zips, _ = wanted(settings(tmp_path, **parameters))
    assert built == [f"{runtime} bytecode"]
    assert len(zips) == 3


def test_without_its_interpreter_the_sources_are_deployed_and_it_is_said(
    built: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A machine without that Python must be able to deploy, knowing what it costs."""
    monkeypatch.setattr(build_runtimes, "find_python", lambda _: None)
    _, said = wanted(settings(tmp_path, Runtime="python3.12"))
    assert built == ["python3.12 sources"]
    assert "no Python 3.12 on this machine" in said
    assert "longer" in said


def test_nothing_is_built_where_all_packages_are_named(built: list[str], tmp_path: Path) -> None:
    """Somebody else may have built and uploaded them."""
    objects = {f"{name}Object": "a.zip" for name in ("Function", "SdkLayer", "MediaInfoLayer")}
    zips, _ = wanted(settings(tmp_path, **objects))
    assert built == []
    assert set(zips.values()) == {None}


def test_a_runtime_without_packages_is_told_before_anything_else(tmp_path: Path) -> None:
    """There is nothing to build for it, so the choice has to be named."""
    with pytest.raises(DeployError) as raised:
        wanted(settings(tmp_path, Runtime="python3.9"))
    assert "no packages for the runtime 'python3.9'" in raised.value.what
    assert "python3.10, python3.12" in raised.value.remedy


def test_a_build_that_fails_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without a network there is still the way over another machine."""

    def build(*_: object) -> None:
        raise BuildError("pip could not download the packages of python3.10.lock")

    monkeypatch.setattr(packages, "build", build)
    monkeypatch.setattr(packages, "build_sources", build)
    with pytest.raises(DeployError, match="could not download") as raised:
        wanted(settings(tmp_path))
    assert "--build <folder>" in raised.value.remedy


def test_the_default_is_that_of_the_template() -> None:
    """Packages of one runtime in a function of another would not even be imported."""
    declared = Template.load(ROOT / "template.yml").parameters["Runtime"]
    assert declared["Default"] == DEFAULT_RUNTIME
    assert declared["AllowedValues"] == list(RUNTIMES)


def test_packages_of_sources_need_no_interpreter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All modules are there as sources, and none as bytecode of some other Python."""
    runtime = RUNTIMES[DEFAULT_RUNTIME]
    if not all(is_cached(layer, runtime) for layer in LAYERS):
        pytest.skip("nothing is downloaded by a test: run `python -m deploy.packages` first")
    monkeypatch.setattr(build_runtimes, "find_python", lambda _: None)
    for package in packages.build_sources(runtime, tmp_path):
        with zipfile.ZipFile(package.path) as archive:
            names = archive.namelist()
        assert not [name for name in names if name.endswith(".pyc")]
        wanted_name = {"function": "index.py", "layer-sdk": "python/oss2/api.py"}
        assert wanted_name.get(package.kind, "python/pymediainfo/__init__.py") in names
        assert package.problems == []
