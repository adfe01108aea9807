"""Locks name one file of each package, and builds take no other."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from deploy import build_downloads, build_locks, build_runtimes, packages
from deploy.build_downloads import locked_files
from deploy.build_locks import LAYERS, Locked, lock_path, read_lock
from deploy.build_runtimes import ROOT, RUNTIMES, BuildError

RUNTIME = RUNTIMES["python3.10"]
CONTENT = b"a wheel"
LOCKED = Locked("thing", "1.0", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patch the lock to name one package, and pip to download nothing."""
    monkeypatch.setattr(build_downloads, "read_lock", lambda *_: [LOCKED])
    monkeypatch.setattr(build_downloads, "download", lambda *_: None)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("name", RUNTIMES)
def test_committed_locks_hold_what_is_required_and_no_address(layer: str, name: str) -> None:
    """Also that there is nothing in them but packages and hashes: no index, no path."""
    locked = read_lock(layer, RUNTIMES[name])
    lines = lock_path(layer, RUNTIMES[name]).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 2 * len(locked)
    assert "/" not in "".join(lines[1:])


def test_sdk_layer_leaves_out_only_what_the_function_never_uses() -> None:
    """A dependency that is dropped by mistake would be missed only in the service."""
    text = (ROOT / "layers/sdk/requirements.txt").read_text(encoding="utf-8")
    required = {line for line in text.splitlines() if "==" in line}
    pins = {each.pin for each in read_lock("sdk", RUNTIME)}
    assert {pin.partition("==")[0] for pin in required - pins} == {
        "aliyun-python-sdk-kms",
        "cffi",
        "cryptography",
        "pycparser",
    }


def test_lock_that_is_behind_the_requirements_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stale lock would build other releases than the requirements name."""
    monkeypatch.setattr(build_locks, "wanted", lambda _: ["oss2==99.0"])
    with pytest.raises(BuildError, match=r"python -m deploy\.build_locks"):
        read_lock("sdk", RUNTIME)


@pytest.mark.usefixtures("locked")
def test_file_is_known_by_its_hash(tmp_path: Path) -> None:
    """The name of a file proves nothing about its content."""
    (tmp_path / "renamed.whl").write_bytes(CONTENT)
    assert locked_files("sdk", RUNTIME, tmp_path) == [tmp_path / "renamed.whl"]


@pytest.mark.usefixtures("locked")
def test_altered_file_is_not_taken(tmp_path: Path) -> None:
    """A download that was tampered with must never get into a package."""
    (tmp_path / "thing-1.0-py3-none-any.whl").write_bytes(CONTENT + b"!")
    with pytest.raises(BuildError, match=r"thing==1\.0"):
        locked_files("sdk", RUNTIME, tmp_path)


def test_wheels_of_a_newer_c_library_are_not_asked_for() -> None:
    """Such a wheel can be downloaded anywhere, but fails to load in the service."""
    assert RUNTIMES["python3.10"].platforms[0] == "manylinux_2_28_x86_64"
    assert RUNTIMES["python3.12"].platforms[0] == "manylinux_2_31_x86_64"


def test_missing_interpreter_is_told_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Bytecode needs the Python of its runtime, and people must learn how to get it."""
    monkeypatch.setattr(build_runtimes, "find_python", lambda _: None)
    assert packages.main(["python3.12", "--into", str(tmp_path)]) == 1
    told = capfd.readouterr().err
    assert "python3.12 was not built" in told
    assert "uv python install 3.12" in told


def test_other_runtimes_are_built_where_one_has_no_interpreter(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A missing Python must only stop the build of its own runtime, or one that was asked for."""

    def build(runtime: build_runtimes.Runtime, _: Path) -> list[packages.Package]:
        if runtime is RUNTIME:
            raise BuildError("no Python 3.10")
        return [packages.Package(tmp_path / "a.zip", "function", 1, 1, "0" * 64)]

    monkeypatch.setattr(packages, "build", build)
    assert packages.main([]) == 0
    assert packages.main(["python3.10"]) == 1
    assert "python3.10 was not built: no Python 3.10" in capfd.readouterr().err


def test_where_nothing_can_be_built_only_the_cautious_call_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A build that made nothing must fail, except where it was only worth a try."""
    monkeypatch.setattr(build_runtimes, "find_python", lambda _: None)
    assert packages.main(["--into", str(tmp_path)]) == 1
    assert packages.main(["--if-possible", "--into", str(tmp_path)]) == 0
    assert capfd.readouterr().err.count("was not built") == 4
