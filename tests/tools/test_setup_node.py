"""The packages of Node are installed whole, by their lock, or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tools import setup_node
from tools.setup_node import SOURCE, NodeError

NPM = """#!/bin/sh
test "$1" = ci || exit 1
test -f package-lock.json || exit 1
echo run >> "$RUNS"
if [ -n "$BROKEN" ]; then echo "network unreachable" >&2; exit 1; fi
mkdir -p node_modules/ajv
"""


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a Node and an npm of these tests in front of all others."""
    folder = tmp_path / "bin"
    folder.mkdir()
    write(folder / "node", "#!/bin/sh\necho v20.1.0\n")
    write(folder / "npm", NPM)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(setup_node, "FOLDER", tmp_path / "build" / "node")
    return folder


def write(path: Path, script: str) -> None:
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)


def runs() -> int:
    """Return how often npm was called."""
    path = Path(os.environ["RUNS"])
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


@pytest.mark.usefixtures("tools")
def test_packages_are_installed_once() -> None:
    """Every `make readers` asks for them, and the registry is asked the first time only."""
    assert [setup_node.main([]), setup_node.main([])] == [0, 0]
    assert runs() == 1
    modules = Path(setup_node.node_environment()["NODE_PATH"])
    assert [path.name for path in modules.iterdir()] == ["ajv"]


@pytest.mark.usefixtures("tools")
def test_another_lock_means_other_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that pass on packages of yesterday say nothing of those that the lock names."""
    setup_node.main([])
    monkeypatch.setattr(setup_node, "fingerprint", lambda: "another")
    with pytest.raises(NodeError, match="make readers"):
        setup_node.node_environment()
    assert setup_node.main([]) == 0
    assert runs() == 2


@pytest.mark.usefixtures("tools")
def test_nothing_is_left_of_packages_that_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Half a folder would be taken for the whole by the next run."""
    monkeypatch.setenv("BROKEN", "1")
    assert setup_node.main([]) == 1
    assert setup_node.main(["--if-possible"]) == 0
    assert "network unreachable; the tests that need it are skipped" in capfd.readouterr().err
    assert list(setup_node.FOLDER.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (None, "there is no Node on this machine"),
        ("#!/bin/sh\necho v16.20.0\n", "Node 18 or newer is needed; .* is v16.20.0"),
        ("#!/bin/sh\nexit 1\n", "Node 18 or newer is needed; .* is broken"),
    ],
)
def test_what_is_missing_is_told(
    tools: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, why: str
) -> None:
    """A test that is skipped says so with this."""
    if script is None:
        monkeypatch.setenv("PATH", "/nowhere")
    else:
        write(tools / "node", script)
    with pytest.raises(NodeError, match=why):
        setup_node.node_environment()
    assert setup_node.main(["--if-possible"]) == 0
    assert runs() == 0


def test_every_package_is_locked_by_its_hash() -> None:
    """A registry that gives something else for a version is refused, whichever it is."""
    wanted = json.loads((SOURCE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    lock = json.loads((SOURCE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert lock.pop("")["dependencies"] == wanted
    assert all(version[:1].isdigit() for version in wanted.values())
    assert all(each["integrity"].startswith("sha512-") for each in lock.values())
    assert not any("resolved" in each for each in lock.values())
