"""What a start loads is counted: each module more is paid for by every cold start."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.packages.conftest import Built

pytestmark = pytest.mark.slow

# What the runtime has loaded before it comes to the function is not counted
LOADED = """
import json, logging, sys
sys.path[:0] = json.loads(sys.argv[1])
before = set(sys.modules)
import index
names = [name for name in sys.modules if name not in before]
roots = {name.partition(".")[0] for name in names}
# what compiled modules bring along is named for their compilers, as _cython_3_3_0
compiled = {name for name in roots if name[0] == "_" or name.endswith("__mypyc")}
compiled.add("cython_runtime")
print(json.dumps([names, sorted(roots - compiled - set(sys.stdlib_module_names))]))
"""
MOST_MODULES = 390
"""Modules that are not ours; of those a limit would reward large files."""
LIBRARIES = [
    "Crypto",
    "aliyunsdkcore",
    "aws_lambda_powertools",
    "certifi",
    "charset_normalizer",
    "crcmod",
    "idna",
    "index",
    "jmespath",
    "mps_manifest",
    "orjson",
    "oss2",
    "requests",
    "six",
    "typing_extensions",
    "urllib3",
]
# Each of these was loaded once, and took between 4 and 40 ms
DEAR = {
    "Crypto.Cipher._mode_ecb",
    "Crypto.Hash.SHA256",
    "Crypto.PublicKey",
    "Crypto.Util._cpu_features",
    "aliyunsdkcore.client",
    "aliyunsdkkms",
    "cryptography",
    "ctypes",
    "mps_manifest.adapters.checksums",
    "pymediainfo",
    "pysubs2",
}
# Without ANNOUNCE_TOPIC nobody needs them
ANNOUNCING = (
    "mps_manifest.adapters.mns",
    "mps_manifest.manifests.announcement",
    "mps_manifest.workflow.announce_left",
    "mps_manifest.workflow.topic_announcer",
)


def loaded(built: Built) -> tuple[list[str], list[str]]:
    """Import the function's module as the runtime does; give all modules, and the libraries."""
    folders = [str(built.unpacked("function")), str(built.unpacked("layer-sdk") / "python")]
    command = [str(built.python), "-I", "-S", "-B", "-c", LOADED, json.dumps(folders)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    names, libraries = json.loads(done.stdout)
    return names, libraries


def test_a_start_loads_no_more_modules_than_it_may(built: Built) -> None:
    """Imports are most of a cold start, so a new library must be a decision and no accident."""
    names, libraries = loaded(built)
    assert libraries == LIBRARIES
    others = [name for name in names if not name.startswith("mps_manifest")]
    assert len(others) <= MOST_MODULES


def test_a_start_loads_nothing_dear_that_is_not_used(built: Built) -> None:
    """Each of these once cost milliseconds of every cold start for nothing."""
    names, _ = loaded(built)
    assert not {name for name in names for dear in DEAR if f"{name}.".startswith(f"{dear}.")}


def test_a_start_loads_nothing_that_announces(built: Built) -> None:
    """Who has no topic for it pays for nothing of it."""
    names, _ = loaded(built)
    assert {*ANNOUNCING} & {*names} == set()
    folder = built.unpacked("function")
    assert all((folder / f"{name.replace('.', '/')}.pyc").exists() for name in ANNOUNCING)
