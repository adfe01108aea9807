"""The packages on the local cloud's FC host: every sample job, as it would be deployed."""

from __future__ import annotations

import json
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy.packages import build_sources
from local.client import LocalCloud
from local.environment import function_config
from local.fc.host import FunctionHost
from tests.e2e.conftest import BUCKET
from tests.e2e.test_sample_jobs import WRONG
from tests.packages.conftest import JOBS, Built
from tests.validators import assert_valid

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("seeded")]


def host(cloud: LocalCloud, built: Built, *layers: str) -> FunctionHost:
    config = function_config(
        cloud,
        bucket=BUCKET,
        environment={"DIGEST": "sha256", "CAPTIONS_VTT": "true"},
        runtime=built.runtime.name,
        python=built.python,
        layers=tuple(built.unpacked(layer) for layer in layers),
    )
    return FunctionHost(replace(config, code=built.unpacked("function")))


def manifests(cloud: LocalCloud, running: FunctionHost) -> dict[str, dict[str, Any]]:
    """Ask for every sample job in one call, and read what was written."""
    body = {"jobs": [{"jobId": job.job_id, "api": job.api} for job in JOBS]}
    answer = running.invoke(json.dumps(body).encode())
    assert answer.error_type is None, answer.payload
    keys = {job.name: f"manifests/{job.job_id}.json" for job in JOBS}
    found = {name: json.loads(cloud.get_object(BUCKET, key)) for name, key in keys.items()}
    for manifest in found.values():
        assert_valid(manifest)
    return found


@pytest.mark.parametrize("layers", [("layer-sdk", "layer-mediainfo"), ("layer-sdk",)])
def test_every_sample_job_ends_as_it_should(
    cloud: LocalCloud, built: Built, layers: tuple[str, ...]
) -> None:
    """With facts of sound and video where their layer is there, and without where it is not."""
    with closing(host(cloud, built, *layers)) as running:
        found = manifests(cloud, running)
    states = {name: manifest["status"] for name, manifest in found.items()}
    assert states == {job.name: WRONG.get(job.name, "complete") for job in JOBS}
    files = [file for manifest in found.values() for file in manifest["resources"]]
    heard = any("audioCodec" in file.get("media", {}) for file in files)
    assert heard is ("layer-mediainfo" in layers)
    assert any("widthInPx" in file.get("media", {}) for file in files)
    assert any("hash" in file for file in files)


def test_nothing_is_written_into_the_packages(cloud: LocalCloud, built: Built) -> None:
    """A function that writes beside its code relies on what the service may not allow."""
    before = _names(built.folder)
    with closing(host(cloud, built, "layer-sdk")) as running:
        manifests(cloud, running)
        assert running.invoke(b'{"jobId": "no such ID"}').error_type is not None
    assert _names(built.folder) == before


def _names(folder: Path) -> set[str]:
    kinds = ("function", "layer-sdk")
    return {str(path) for kind in kinds for path in (folder / kind).rglob("*")}


def test_packages_without_bytecode_work_as_well(
    cloud: LocalCloud, built: Built, tmp_path: Path
) -> None:
    """They are deployed where the interpreter of the runtime is missing."""
    sources: dict[str, Path] = {}
    for package in build_sources(built.runtime, tmp_path):
        sources[package.kind] = tmp_path / package.kind
        with zipfile.ZipFile(package.path) as archive:
            archive.extractall(sources[package.kind])
    config = function_config(
        cloud,
        bucket=BUCKET,
        runtime=built.runtime.name,
        python=built.python,
        layers=(sources["layer-sdk"], sources["layer-mediainfo"]),
    )
    with closing(FunctionHost(replace(config, code=sources["function"]))) as running:
        found = manifests(cloud, running)
    states = {name: manifest["status"] for name, manifest in found.items()}
    assert states == {job.name: WRONG.get(job.name, "complete") for job in JOBS}
