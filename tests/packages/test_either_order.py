"""The packages beside what the runtimes have built in, whichever of the two comes first."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from local.client import LocalCloud
from local.environment import function_config
from local.fc.host import FunctionHost
from tests.e2e.conftest import BUCKET
from tests.e2e.test_sample_jobs import WRONG
from tests.packages.built_ins import install, is_downloaded
from tests.packages.conftest import JOBS, Built, bare_interpreter
from tests.packages.test_on_the_host import manifests

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("seeded")]

BUILT_IN = {"python3.10": "2.16.0", "python3.12": "2.18.6"}
OURS = "2.19.1"


@dataclass(frozen=True)
class Runtime:
    """A runtime as the manual describes it: an interpreter with its built-in packages."""

    name: str
    python: Path
    code: Path
    layers: tuple[Path, ...]

    @property
    def layer(self) -> Path:
        """Where the libraries of the SDK layer are."""
        return self.layers[0] / "python"


@pytest.fixture(scope="module")
def runtime(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    if not is_downloaded(built.runtime):
        pytest.skip("nothing is downloaded by a test: run `python -m tests.packages.built_ins`")
    folder = tmp_path_factory.mktemp(f"built-in-{built.runtime.name}")
    python = bare_interpreter(built.runtime, folder / "venv")
    install(built.runtime, folder / "venv/lib" / built.runtime.name / "site-packages")
    layers = (built.unpacked("layer-sdk"), built.unpacked("layer-mediainfo"))
    code = shutil.copytree(built.unpacked("function"), folder / "code")
    _look_for_layers_in(code / "index.py", f"{layers[0]}/python")
    return Runtime(built.runtime.name, python, code, layers)


def _look_for_layers_in(index: Path, folder: str) -> None:
    """Put the folder into index.py in place of /opt/python, which no test may write to."""
    text = index.read_text(encoding="utf-8")
    assert text.count("use_layer()") == 1
    index.write_text(text.replace("use_layer()", f"use_layer({folder!r})"), encoding="utf-8")
    shutil.rmtree(index.parent / "__pycache__")


def host(
    cloud: LocalCloud, runtime: Runtime, *preloaded: str, layers_last: bool = True
) -> FunctionHost:
    config = function_config(
        cloud,
        bucket=BUCKET,
        environment={"DIGEST": "sha256", "CAPTIONS_VTT": "true"},
        runtime=runtime.name,
        python=runtime.python,
        layers=runtime.layers,
        layers_last=layers_last,
        preloaded=preloaded,
    )
    return FunctionHost(replace(config, code=runtime.code))


def told_library(log: str) -> dict[str, Any]:
    """Return the log line that says which oss2 is used."""
    lines = [json.loads(line) for line in log.splitlines() if '"message":"libraries"' in line]
    [line] = lines
    return dict(line)


@pytest.mark.parametrize("preloaded", [(), ("requests",)], ids=["", "requests loaded before"])
@pytest.mark.parametrize("layers_last", [False, True], ids=["layers first", "built-ins first"])
def test_the_layer_answers_in_either_order(
    cloud: LocalCloud, runtime: Runtime, preloaded: tuple[str, ...], *, layers_last: bool
) -> None:
    """Which order the service has is not documented, and one of them stopped every call."""
    with closing(host(cloud, runtime, *preloaded, layers_last=layers_last)) as running:
        found = manifests(cloud, running)
    states = {name: manifest["status"] for name, manifest in found.items()}
    assert states == {job.name: WRONG.get(job.name, "complete") for job in JOBS}


@pytest.mark.parametrize("layers_last", [False, True], ids=["layers first", "built-ins first"])
def test_the_log_says_which_oss2_answers(
    cloud: LocalCloud, runtime: Runtime, *, layers_last: bool
) -> None:
    """Whoever operates it need not guess which of the two packages is used."""
    with closing(host(cloud, runtime, layers_last=layers_last)) as running:
        line = told_library(running.invoke(b'{"jobs": []}').log)
    assert line["oss2"] == OURS
    assert line["place"] == f"{runtime.layer}/oss2/__init__.py"


def test_a_built_in_oss2_that_was_loaded_before_is_good_enough(
    cloud: LocalCloud, runtime: Runtime
) -> None:
    """The order of folders is of no use then, and still no call may fail."""
    with closing(host(cloud, runtime, "oss2")) as running:
        line = told_library(running.invoke(b'{"jobs": []}').log)
        found = manifests(cloud, running)
    assert line["oss2"] == BUILT_IN[runtime.name]
    assert str(line["place"]).startswith(str(runtime.python.parents[1]))
    states = {name: manifest["status"] for name, manifest in found.items()}
    assert states == {job.name: WRONG.get(job.name, "complete") for job in JOBS}


def test_an_older_one_that_was_loaded_before_is_named(
    cloud: LocalCloud, runtime: Runtime, tmp_path: Path
) -> None:
    """A missing attribute somewhere in a signature would tell nobody what to do."""
    code = shutil.copytree(runtime.code, tmp_path / "code")
    (code / "oss2.py").write_text("__version__ = '2.15.0'\n", encoding="utf-8")
    with closing(host(cloud, replace(runtime, code=code), "oss2")) as running:
        answer = running.invoke(b'{"jobs": []}')
    assert answer.error_type == "InitializationError"
    told = json.loads(answer.payload)["errorMessage"]
    assert f"the runtime had loaded its own oss2 2.15.0 from {code}/oss2.py before" in told
    assert "set another Runtime" in told


def test_what_is_imported_without_putting_the_layer_first(
    cloud: LocalCloud, runtime: Runtime, tmp_path: Path
) -> None:
    """The stand-in would prove nothing if its built-in packages were never found."""
    source = "import oss2\ndef handler(event, context):\n    return oss2.__version__\n"
    (tmp_path / "index.py").write_text(source, encoding="utf-8")
    probe = replace(runtime, code=tmp_path)
    for layers_last, expected in ((True, BUILT_IN[runtime.name]), (False, OURS)):
        with closing(host(cloud, probe, layers_last=layers_last)) as running:
            config = replace(running.config, initializer=None)
        with closing(FunctionHost(config)) as asked:
            assert asked.invoke(b"").payload == expected.encode()
