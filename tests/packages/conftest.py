"""The packages of each runtime, built once into a folder of the test run."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from deploy.build_downloads import is_cached
from deploy.build_locks import LAYERS
from deploy.build_runtimes import RUNTIMES, BuildError, Runtime
from deploy.packages import Package, build
from local import sample_jobs
from local.client import LocalCloud
from tests.e2e.conftest import BUCKET

JOBS = sample_jobs.load()


@dataclass(frozen=True)
class Built:
    """The packages of one runtime, also unpacked as the service does it."""

    runtime: Runtime
    python: Path
    packages: Mapping[str, Package]
    folder: Path

    def unpacked(self, kind: str) -> Path:
        """Return the folder where a package was unpacked."""
        return self.folder / kind


BuiltMaker = Callable[[str], Built]


def bare_interpreter(runtime: Runtime, folder: Path) -> Path:
    """Make an environment with nothing installed."""
    command = [runtime.interpreter(), "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True)  # noqa: S603
    return folder / "bin" / "python"


def require(runtime: Runtime) -> None:
    """Skip where there is no such interpreter, or the layers' packages were never downloaded."""
    try:
        runtime.interpreter()
    except BuildError as problem:
        pytest.skip(str(problem))
    if not all(is_cached(layer, runtime) for layer in LAYERS):
        pytest.skip("nothing is downloaded by a test: run `python -m deploy.packages` first")


@pytest.fixture(scope="session", params=list(RUNTIMES))
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    runtime = RUNTIMES[request.param]
    require(runtime)
    folder = tmp_path_factory.mktemp(runtime.name)
    packages = {each.kind: each for each in build(runtime, folder / "zips")}
    for kind, package in packages.items():
        with zipfile.ZipFile(package.path) as archive:
            archive.extractall(folder / kind)
    return Built(runtime, bare_interpreter(runtime, folder / "venv"), packages, folder)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture
def seeded(cloud: LocalCloud) -> None:
    """Let the cloud have the sample jobs, which are finished when they are asked for first."""
    cloud.reset()
    cloud.create_bucket(BUCKET)
    sample_jobs.seed(cloud, BUCKET, [impatient(job) for job in JOBS])


def impatient(job: sample_jobs.SampleJob) -> sample_jobs.SampleJob:
    """Return a job that is finished when it is asked for first."""
    return replace(job, plan=replace(job.plan, queuing_queries=0, analysing_queries=0))
