"""Packages work in an interpreter that has nothing else installed, and compile nothing there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.packages.conftest import Built

pytestmark = pytest.mark.slow

# Import all of the function and all top-level modules of layers, and tell what came from where
LOOK = """
import importlib, importlib.machinery, json, pkgutil, sys, warnings
folders, names = json.loads(sys.argv[1]), json.loads(sys.argv[2])
sys.path[:0] = folders
warnings.simplefilter("error")
compiled, real = [], importlib.machinery.SourceFileLoader.source_to_code
def notice(self, data, path, **options):
    compiled.append(path)
    return real(self, data, path, **options)
importlib.machinery.SourceFileLoader.source_to_code = notice
names += [name for folder in folders for _, name, _ in pkgutil.iter_modules([folder])]
for name in names:
    importlib.import_module(name)
if "mps_manifest" in sys.modules:
    import mps_manifest
    for _, name, _ in pkgutil.walk_packages(mps_manifest.__path__, "mps_manifest."):
        importlib.import_module(name)
modules = [(name, str(getattr(module, "__file__", ""))) for name, module in sys.modules.items()]
told = {
    "loaded": sorted(name for name, file in modules if file.startswith(tuple(folders))),
    "compiled": [path for path in compiled if path.startswith(tuple(folders))],
    "everything": sorted(sys.modules),
}
print(json.dumps(told))
"""


def look(built: Built, *kinds: str, names: tuple[str, ...] = ()) -> dict[str, Any]:
    """Import from packages; -I -S leaves the standard library and nothing else."""
    folders = [
        str(built.unpacked(kind) / ("" if kind == "function" else "python")) for kind in kinds
    ]
    command = [
        str(built.python),
        "-I",
        "-S",
        "-B",
        "-c",
        LOOK,
        json.dumps(folders),
        json.dumps(names),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("kind", ["layer-sdk", "layer-mediainfo"])
def test_layer_imports_on_its_own(built: Built, kind: str) -> None:
    """A forgotten dependency only shows where nothing else is installed."""
    names = ("oss2.crypto", "aliyunsdkcore.client", "Crypto.Hash.SHA256") * (kind == "layer-sdk")
    told = look(built, kind, names=names)
    assert {"layer-sdk": "oss2", "layer-mediainfo": "pymediainfo"}[kind] in told["loaded"]
    assert told["compiled"] == []


def test_every_module_of_the_function_loads_from_bytecode(built: Built) -> None:
    """A module that is compiled at run time makes each cold start slower."""
    told = look(built, "function", "layer-sdk")
    assert "mps_manifest.adapters.oss" in told["loaded"]
    assert told["compiled"] == []


def test_function_needs_neither_cryptography_nor_cffi(built: Built) -> None:
    """And pycryptodome keeps the state of a hash where it is looked for, also without cffi."""
    told = look(built, "function", "layer-sdk")
    roots = {name.partition(".")[0] for name in told["everything"]}
    assert not roots & {"cryptography", "cffi", "_cffi_backend", "pycparser"}


def in_the_layer(built: Built, code: str) -> str:
    """Run a line in an interpreter that has the SDK layer, and give what it complains of."""
    layer = built.unpacked("layer-sdk") / "python"
    code = f"import sys; sys.path.insert(0, sys.argv[1])\n{code}"
    command = [str(built.python), "-I", "-S", "-B", "-W", "error", "-c", code, str(layer)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stderr


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        (
            "from aliyunsdkcore.auth.algorithm import sha_hmac256 as m; m.get_sign_string('', '')",
            "RSA key pairs need cryptography",
        ),
        ("import oss2; oss2.LocalRsaProvider()", "client-side encryption is not included"),
        ("import oss2; oss2.AliKMSProvider('', '', '', '')", "client-side encryption is not"),
        (
            "from oss2.utils import AESCTRCipher as C; C().initialize(bytes(32), bytes(16))",
            "client-side encryption",
        ),
    ],
)
def test_what_is_left_out_says_so(built: Built, code: str, complaint: str) -> None:
    """Whoever uses what was removed needs a reason instead of an obscure ImportError."""
    assert f"NotImplementedError: {complaint}" in in_the_layer(built, code)


def test_the_core_sdks_own_client_is_still_whole(built: Built) -> None:
    """It sends by the requests that oss2 asks for, not by the old one that it carries inside."""
    code = (
        "import requests, aliyunsdkcore.client as c\n"
        "assert type(c.AcsClient('a', 'b', 'cn-shanghai').session) is requests.Session"
    )
    assert in_the_layer(built, code) == ""


def test_function_folder_holds_no_source_but_two(built: Built) -> None:
    """Everything else is loaded from bytecode, and its source would only add size."""
    folder = built.unpacked("function")
    sources = {path.relative_to(folder) for path in folder.rglob("*.py")}
    assert sources == {Path("index.py"), Path("mps_manifest/adapters/mediainfo_worker.py")}
