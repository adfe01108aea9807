"""Who may import what: a functional core, and SDKs in the adapters only."""

import ast
from pathlib import Path

import pytest

import mps_manifest

ROOT = Path(mps_manifest.__file__).parent
MODULES = {path.relative_to(ROOT).as_posix(): path for path in sorted(ROOT.rglob("*.py"))}
SDKS = {"oss2", "aliyunsdkcore", "aws_lambda_powertools", "requests", "pymediainfo", "urllib3"}
EFFECTS = {"os", "socket", "time", "random", "subprocess", "threading", "asyncio", "tempfile"}
PURE = [
    name
    for name in MODULES
    if name.startswith(("events/", "answers/", "contents/"))
    or name
    in {
        "errors.py",
        "job_ids.py",
        "manifest.py",
        "mediatypes.py",
        "paths.py",
        "problems.py",
        "resources.py",
        "settings.py",
        "templates.py",
    }
]


def imports(path: Path) -> set[str]:
    """Name every module a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("adapters/")])
def test_sdks_and_adapters_are_the_adapters_business(name: str) -> None:
    assert not tops(MODULES[name]) & SDKS
    assert not {module for module in imports(MODULES[name]) if ".adapters" in module}


@pytest.mark.parametrize("name", PURE)
def test_the_core_has_no_effects(name: str) -> None:
    assert not tops(MODULES[name]) & EFFECTS


@pytest.mark.parametrize("name", [name for name in MODULES if name != "values.py"])
def test_dataclasses_are_those_that_start_quickly(name: str) -> None:
    """Each of the standard library's takes half a millisecond of every cold start."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    taken = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
        for alias in node.names
    ]
    assert "dataclass" not in taken


def test_there_is_a_core_to_look_at() -> None:
    """Else the tests above pass for nothing."""
    assert len(PURE) >= 20
    assert len(MODULES) > len(PURE)


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("adapters/")])
def test_use_cases_take_time_from_their_clock(name: str) -> None:
    """Jitter is allowed where waiting is; nothing else reads the machine."""
    assert not tops(MODULES[name]) & {"os", "time", "socket"}


@pytest.mark.parametrize("name", MODULES)
def test_no_module_reads_the_wall_clock_behind_the_clocks_back(name: str) -> None:
    calls = {
        node.func.attr
        for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not calls & {"utcnow", "today"}
    assert "now" not in calls or name not in PURE
