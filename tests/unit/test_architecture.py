"""Who may import what: rooms depend downwards only, a pure core, SDKs in the adapters only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import mps_manifest

ROOT = Path(mps_manifest.__file__).parent
# Types for consumers lie beside the schema that they are made of; nothing here imports them.
MODULES = {
    path.relative_to(ROOT).as_posix(): path
    for path in sorted(ROOT.rglob("*.py"))
    if path.parent.name != "schema"
}
SDKS = {"oss2", "aliyunsdkcore", "aws_lambda_powertools", "requests", "pymediainfo", "urllib3"}
EFFECTS = {"os", "socket", "time", "random", "subprocess", "threading", "asyncio", "tempfile"}
# What each room may import of the package besides itself; docs/architecture.md draws it.
SHARED = {"causes", "errors", "job_ids", "job_limits", "metrics", "problems", "settings"}
MAY_IMPORT = {
    "causes": set[str](),
    "errors": {"causes"},
    "job_ids": set[str](),
    "job_limits": set[str](),
    "metrics": set[str](),
    "problems": {"job_limits"},
    "settings": {"errors"},
    "parsing": SHARED,
    "ports": SHARED,
    "events": SHARED | {"parsing"},
    "jobs": SHARED | {"parsing"},
    "formats": SHARED | {"parsing", "jobs"},
    "limits": SHARED | {"ports"},
    "files": SHARED | {"parsing", "jobs", "formats", "ports", "limits"},
    "state": SHARED | {"parsing", "events", "ports", "limits"},
    "manifests": SHARED | {"parsing", "jobs", "formats", "ports", "limits", "files", "state"},
    "adapters": SHARED | {"parsing", "ports"},
}
MAY_IMPORT["workflow"] = {*MAY_IMPORT} - {"adapters"}
MAY_IMPORT["bootstrap"] = {*MAY_IMPORT}
MAY_IMPORT["__init__"] = set()
PURE_ROOMS = {"parsing", "events", "jobs", "formats", *SHARED}
PURE = [
    name
    for name in MODULES
    if name.split("/")[0].removesuffix(".py") in PURE_ROOMS
    or name in {"manifests/document.py", "manifests/analysis.py"}
]


def room(name: str) -> str:
    """Return the room of a file."""
    return name.split("/", maxsplit=1)[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Return every module that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def rooms_used(path: Path) -> set[str]:
    """Return the rooms that a file imports from."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("mps_manifest.")}


@pytest.mark.parametrize("name", MODULES)
def test_rooms_depend_downwards_only(name: str) -> None:
    """No room imports one above it, so each can be read without those."""
    here = room(name)
    assert rooms_used(MODULES[name]) - {here} <= MAY_IMPORT[here]


def test_no_two_rooms_import_each_other() -> None:
    """The table above has no cycle, or a room would be above itself."""
    above: dict[str, set[str]] = {}
    for name, others in MAY_IMPORT.items():
        seen: set[str] = set()
        wanted = [*others]
        while wanted:
            other = wanted.pop()
            if other not in seen:
                seen.add(other)
                wanted += MAY_IMPORT[other]
        above[name] = seen
    assert [name for name in above if name in above[name]] == []


@pytest.mark.parametrize(
    "name", [name for name in MODULES if room(name) not in {"adapters", "bootstrap"}]
)
def test_sdks_and_adapters_are_the_adapters_business(name: str) -> None:
    """Only bootstrap.py knows which adapter stands behind which port."""
    assert not tops(MODULES[name]) & SDKS
    assert "adapters" not in rooms_used(MODULES[name])


@pytest.mark.parametrize("name", PURE)
def test_the_core_has_no_effects(name: str) -> None:
    """What it makes of its input depends on nothing else."""
    assert not tops(MODULES[name]) & EFFECTS


def test_there_is_a_core_to_look_at() -> None:
    """Else the tests above pass for nothing."""
    assert len(PURE) >= 30
    assert len(MODULES) > len(PURE)
    assert {room(name) for name in MODULES} == {*MAY_IMPORT}


@pytest.mark.parametrize(
    "name", [name for name in MODULES if room(name) not in {"adapters", "bootstrap"}]
)
def test_use_cases_take_time_from_their_clock(name: str) -> None:
    """Jitter is allowed where waiting is; nothing else reads the machine."""
    assert not tops(MODULES[name]) & {"os", "time", "socket"}


WALL_CLOCKS = {
    *(f"time.{name}" for name in ("time", "time_ns", "localtime", "gmtime", "ctime", "asctime")),
    *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
    "datetime.date.today",
}


def wall_clocks_in(source: str) -> set[str]:
    """Return the clocks of the machine that a source names, by whatever names it imports them."""
    tree = ast.parse(source)
    meant: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            meant |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            meant |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    named = {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Name | ast.Attribute)}
    heads = [(name, name.split(".", maxsplit=1)) for name in named]
    return {name.replace(head, meant.get(head, ""), 1) for name, (head, *_) in heads} & WALL_CLOCKS


@pytest.mark.parametrize(
    ("source", "clock"),
    [
        ("import time\nmoment = time.time()", "time.time"),
        ("import time as t\nread = t.time_ns", "time.time_ns"),
        ("def f():\n    from time import time as now\n    return now()", "time.time"),
        ("import datetime\ndatetime.datetime.now(None)", "datetime.datetime.now"),
        ("from datetime import datetime as d\nd.utcnow()", "datetime.datetime.utcnow"),
        ("from datetime import date\ndate.today()", "datetime.date.today"),
    ],
)
def test_a_wall_clock_is_found_by_any_name(source: str, clock: str) -> None:
    """Else the test below passes for nothing."""
    assert wall_clocks_in(source) == {clock}


def test_no_module_reads_the_wall_clock_behind_the_clocks_back() -> None:
    """A test could not let time pass otherwise."""
    found = {name: wall_clocks_in(path.read_text("utf-8")) for name, path in MODULES.items()}
    assert {name: clocks for name, clocks in found.items() if clocks} == {
        "adapters/clock.py": {"time.time"}
    }
    assert wall_clocks_in("self.clock.now()\nclock.monotonic()\ntime.time()") == set()


def test_no_two_public_things_have_one_name() -> None:
    """Who reads a name knows which thing it is, without looking at an import."""
    places: dict[str, list[str]] = {}
    for name, path in MODULES.items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(name)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_two_modules_have_one_name() -> None:
    """Else a traceback, which names the file only, points to two places."""
    names = [Path(name).name for name in MODULES if not name.endswith("__init__.py")]
    assert sorted(names) == sorted(set(names))
