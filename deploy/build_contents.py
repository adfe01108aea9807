"""The contents of packages: path in the package -> bytes."""

from __future__ import annotations

import hashlib
import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from deploy.build_runtimes import ROOT, BuildError

Contents = Mapping[str, bytes]

FUNCTION = ROOT / "functions" / "manifest"
_FUNCTION_SUFFIXES = {".py", ".json"}
_FOR_CONSUMERS = {"manifest_types.py"}  # types that the function does not import
_UNUSED_FOLDERS = {"__pycache__", "SelfTest", "bin", "docs", "examples", "test", "tests"}
_UNUSED_SUFFIXES = {".c", ".css", ".h", ".js", ".pxd", ".pyc", ".pyi", ".pyx", ".typed"}
_LICENCE = re.compile(r"(licen[cs]es?|copying|notice|authors)\b.*", re.IGNORECASE)
# Parts of needed packages that the function never uses (docs/decisions, 10 and 11)
_LEFT_OUT = (
    "Crypto/Cipher/",
    "Crypto/IO/",
    "Crypto/Math/",
    "Crypto/Protocol/",
    "Crypto/PublicKey/",
    "Crypto/Signature/",
    "aliyunsdkcore/vendored/requests/",
)
_REPLACED = {  # SHA-256 of the replaced modules, so that a newer one is reviewed
    "Crypto/Cipher/AES.py": "621e5d2b0f37c9b1a88b81120d418831884d3c28a57706089f46b885e9ead144",
    "Crypto/Cipher/__init__.py": "150d837296ff2d07acd120b1c881f061215601c6065533cf254ebbfa19762275",
    "aliyunsdkcore/auth/algorithm/sha_hmac256.py": (
        "b9c4ae97a6573e02475d144733217ae193e28163968c153742d9e4a818f0fb06"
    ),
    "aliyunsdkcore/vendored/requests/__init__.py": (
        "e7568f77958620966dd73849bc264a767ccf284c123d4fddfd012c24b1f9449c"
    ),
    "oss2/crypto.py": "2b98426ca0fcfa3182cedff4f57090be21f294ce2d62057ff4d9468801e6e436",
}


def function_contents(folder: Path = FUNCTION) -> dict[str, bytes]:
    """Return the function's code and schema, and the licence."""
    files = (path for path in folder.rglob("*") if path.suffix in _FUNCTION_SUFFIXES)
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in files
        if path.name not in _FOR_CONSUMERS
    }
    return {**found, "LICENSE": (ROOT / "LICENSE").read_bytes()}


def layer_contents(files: Sequence[Path], replaced: Path) -> dict[str, bytes]:
    """Return the used files of wheels and source archives, with the replaced modules."""
    found: dict[str, bytes] = {}
    for file in files:
        found.update(_used(_source(file) if file.name.endswith(".tar.gz") else _wheel(file)))
    stand_ins = {path.relative_to(replaced).as_posix(): path for path in replaced.rglob("*.py")}
    for name in stand_ins:
        _check_replaced(name, found.get(name, b""))
    found = {name: data for name, data in found.items() if not name.startswith(_LEFT_OUT)}
    found |= {name: path.read_bytes() for name, path in sorted(stand_ins.items())}
    return {f"python/{name}": data for name, data in found.items()}


def _wheel(file: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files that an installer would put into site-packages."""
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            folder, _, rest = name.partition("/")
            if folder.endswith(".data"):
                scheme, _, rest = rest.partition("/")
                if scheme not in {"purelib", "platlib"}:
                    continue
                yield rest, archive.read(name)
            elif not name.endswith("/"):
                yield name, archive.read(name)


def _source(file: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a pure Python package in a source archive, without running setup.py."""
    release = file.name.removesuffix(".tar.gz")
    package = release.rpartition("-")[0]
    with tarfile.open(file) as archive:
        for member in archive.getmembers():
            name = member.name.removeprefix(f"{release}/")
            if not member.isfile():
                continue
            if name.startswith(f"{package}/"):
                _check_pure_python(name, file)
                yield name, _bytes(archive, member)
            elif name == "PKG-INFO":
                yield f"{release}.dist-info/METADATA", _bytes(archive, member)
            elif "/" not in name and _LICENCE.fullmatch(name):
                yield f"{release}.dist-info/{name}", _bytes(archive, member)


def _bytes(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    return stream.read() if stream else b""


def _check_pure_python(name: str, file: Path) -> None:
    if name.endswith((".c", ".pyx")):
        raise BuildError(f"{file.name} must be built: it has C or Cython sources")


def _used(files: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    return ((name, data) for name, data in files if is_used(name))


def is_used(name: str) -> bool:
    """Return whether a layer needs a file of site-packages.

    Of the metadata it needs METADATA, which importlib.metadata reads, and the licences.
    """
    path = PurePosixPath(name)
    if path.parts[0].endswith(".dist-info"):
        rest = path.parts[1:]
        return rest == ("METADATA",) or _LICENCE.fullmatch(rest[0]) is not None
    unused = set(path.parts[:-1]) & _UNUSED_FOLDERS
    return not unused and path.suffix not in _UNUSED_SUFFIXES and path.name != "py.typed"


def _check_replaced(name: str, original: bytes) -> None:
    """Raise BuildError unless the module to replace is the reviewed one."""
    wanted = _REPLACED.get(name)
    if (original or wanted) and hashlib.sha256(original).hexdigest() != wanted:
        raise BuildError(f"{name} has changed: review its replacement in layers/sdk/replaced")
