"""What is installed here is what the locks name, and the locks hold what is asked for."""

from __future__ import annotations

import re
import sysconfig
from importlib import metadata
from pathlib import Path

import pytest

from deploy.build_locks import INSTALLED

ROOT = Path(__file__).resolve().parents[2]
# The project itself, where a developer has installed it.
OURS = {"mps-manifest"}


def text(group: str) -> str:
    """Read a lock."""
    return (ROOT / f"requirements-{group}.lock").read_text(encoding="utf-8")


def canonical(name: str) -> str:
    """Write a distribution's name as locks do."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(group: str) -> set[tuple[str, str]]:
    """List names and versions in a lock."""
    return set(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", text(group), re.MULTILINE))


def test_everything_installed_is_pinned() -> None:
    """Find each distribution of the running environment in the locks, with its version."""
    folder = sysconfig.get_path("purelib")
    found = {
        (canonical(each.metadata["Name"]), each.version)
        for each in metadata.distributions(path=[folder])
    }
    unknown = {(name, version) for name, version in found if name not in OURS}
    wanted = set().union(*map(pinned, ("build", "dev", "sql", "browser")))
    assert unknown - wanted == set()
    assert ("pip", metadata.version("pip")) in unknown


@pytest.mark.parametrize("group", INSTALLED)
def test_each_pin_has_hashes_and_nothing_else(group: str) -> None:
    """Allow packages, their hashes and who asked for them: no index, no address, no path."""
    entry = r"[a-z0-9-]+==\S+( ; [^\\\n]+)? \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+"
    rest = re.sub(rf"^{entry}", "", text(group), flags=re.MULTILINE)
    why = r"    #( via)?( {1,3}(-r (layers/\w+/)?requirements[\w-]*\.txt|[a-z0-9-]+(\[\w+\])?))?"
    assert [line for line in rest.splitlines() if not re.fullmatch(why, line)] == []


@pytest.mark.parametrize("group", INSTALLED)
def test_lock_holds_what_is_asked_for(group: str) -> None:
    """Notice a lock that is behind its requirements: `make lock` makes it anew."""
    lines = [
        line
        for name in INSTALLED[group]
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    wanted = {(canonical(name), version) for name, _, version in (x.partition("==") for x in lines)}
    assert all(version for _, version in wanted)
    assert wanted - pinned(group) == set()


def test_requirements_are_all_locked() -> None:
    """Leave no file of requirements without a lock."""
    named = {name for names in INSTALLED.values() for name in names}
    found = [*ROOT.glob("requirements-*.txt"), *ROOT.glob("layers/*/requirements.txt")]
    assert named == {str(path.relative_to(ROOT)) for path in found}
