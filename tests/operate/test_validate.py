"""`mpsm validate` says all that is wrong with a manifest, and takes what is right."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from operate.cli import main
from operate.validation import PROFILE, SCHEMA, tools
from tests.unit.nasty_texts import SECRET
from tests.validators import GOLDEN


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["validate", *arguments])
    return status, capsys.readouterr().out


def written(folder: Path, document: object) -> str:
    path = folder / "manifest.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


@pytest.fixture(autouse=True)
def _no_frictionless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes a second a file, and is not there everywhere."""
    monkeypatch.setattr("operate.validation.READERS", Path("none"))


def test_manifests_of_a_release_are_valid(capsys: pytest.CaptureFixture[str]) -> None:
    """By the schema and by the profile."""
    status, out = run(capsys, *map(str, GOLDEN[:5]))
    assert status == 0
    assert out.replace("\n", " ").count("valid (schema, profile)") == 5
    assert (SCHEMA.is_file(), PROFILE.is_file()) == (True, True)


def test_all_faults_are_said_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with where it is, and by what it was found."""
    document = json.loads(GOLDEN[0].read_text(encoding="utf-8"))
    document["status"] = "done"
    document["job"]["a/b"] = 1
    document["job"]["jobId"] = 5
    document["resources"].append({"name": "x"})
    status, out = run(capsys, written(tmp_path, document), "--json")
    (found,) = json.loads(out)["files"]
    places = {(fault["by"], fault["pointer"]) for fault in found["faults"]}
    assert status == 1
    assert places >= {("schema", "/status"), ("schema", "/job/jobId")}
    assert {by for by, _ in places} == {"schema", "profile"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "it is not JSON"),
        (b"\xff", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "is not of type 'object'"),
        (b"5", "is not of type 'object'"),
    ],
)
def test_what_is_no_manifest_is_a_fault(
    body: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And costs the other files nothing."""
    odd = tmp_path / "odd.json"
    odd.write_bytes(body)
    status, out = run(capsys, str(odd), str(GOLDEN[0]), str(tmp_path / "none"), "--json")
    files = json.loads(out)["files"]
    assert status == 1
    assert [each["valid"] for each in files] == [False, True, False]
    assert said in files[0]["faults"][0]["says"]
    assert files[2]["faults"][0]["says"] == "No such file or directory"


def test_deep_and_hostile_content_steers_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a fault quotes is the content of the file."""
    deep: object = f"\x1b[2J\u202e?Signature={SECRET}\nmade up"
    for _ in range(200):
        deep = [deep]
    document = json.loads(GOLDEN[0].read_text(encoding="utf-8"))
    document |= {"status": f"\x1b[2J\u202e k?Signature={SECRET}", "problems": deep, "answer": deep}
    status, out = run(capsys, written(tmp_path, document))
    assert status == 1
    assert SECRET not in out
    assert {char for char in out if not char.isprintable()} <= {"\n"}
    assert max(map(len, out.split("\n"))) <= 80


def test_frictionless_says_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where it is there; one that fails is no valid manifest."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\ncat > /dev/null\necho '[\"a fault\"]'\n", encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setattr("operate.validation.READERS", python)
    assert tools() == ["schema", "profile", "frictionless"]
    listing = next(path for path in GOLDEN if json.loads(path.read_text())["resources"])
    status, out = run(capsys, str(listing), "--json")
    (found,) = json.loads(out)["files"]
    assert (status, found["faults"]) == (
        1,
        [{"by": "frictionless", "pointer": "", "says": "a fault"}],
    )
    shutil.copy("/bin/false", python)
    _, out = run(capsys, str(listing), "--json")
    (found,) = json.loads(out)["files"]
    assert found["faults"][0]["says"] == "it failed: CalledProcessError"
