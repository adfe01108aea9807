"""Who may import what among the tools: no cycles, and none of them in the deployed function."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("local", "deploy", "bench", "operate")
# What each folder may import besides itself.
MAY_IMPORT = {
    "tools": set[str](),
    "deploy": {"tools"},
    "local": {"deploy", "tools"},
    "bench": {"deploy", "local", "tools"},
    "operate": {"deploy", "tools"},
}
# The rooms of mpsm, each of which may import those above it.
OPERATE = (
    {"errors"},
    {"console"},
    {"access"},
    {"records"},
    {"explain", "file_check", "gallery", "sql", "system_state", "validation"},
    {"doctor", "listing", "replay", "signing"},
    {"commands"},
    {"cli"},
    {"__main__"},
)
NEVER_DEPLOYED = {"bench", "deploy", "local", "operate", "tests", "tools"}


def name_of(path: Path) -> str:
    """Return the name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for top in TOOLS for path in sorted((ROOT / top).rglob("*.py"))}


def imports(source: str) -> set[str]:
    """Return all imported names, wherever the import stands: under TYPE_CHECKING as well."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, "relative imports hide what is imported"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def with_packages(name: str) -> list[str]:
    """Return the packages around a module, whose __init__ is imported with it, and the module."""
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def graph(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Return which of the modules each of them imports.

    The packages around an imported module count, except those around the importing one.
    """
    edges: dict[str, set[str]] = {}
    for name, source in sources.items():
        edges[name] = set()
        for imported in imports(source):
            found = [module for module in with_packages(imported) if module in sources]
            edges[name] |= {*found} - {*with_packages(name)} | {*found[-1:]}
    return edges


def on_cycles(edges: Mapping[str, set[str]]) -> set[str]:
    """Return the modules that import themselves through others."""
    found = set()
    for start in edges:
        seen: set[str] = set()
        waiting = [*edges[start]]
        while waiting:
            module = waiting.pop()
            if module not in seen:
                seen.add(module)
                waiting += edges[module]
        if start in seen:
            found.add(start)
    return found


def folders_used(folder: Path) -> set[str]:
    """Return the top-level names that the modules of a folder import."""
    return {
        name.split(".")[0]
        for path in folder.rglob("*.py")
        for name in imports(path.read_text(encoding="utf-8"))
    }


def test_no_module_imports_itself_through_others() -> None:
    """Modules on a cycle can only be read, tested and loaded together."""
    sources = {name: path.read_text(encoding="utf-8") for name, path in MODULES.items()}
    assert on_cycles(graph(sources)) == set()


@pytest.mark.parametrize(
    "import_of_a",
    [
        "from p.a import x",
        "import p.a",
        "from p import a",
        "if TYPE_CHECKING:\n    from p.a import X",
        "def later():\n    import p.a",
    ],
)
def test_a_cycle_would_be_found(import_of_a: str) -> None:
    """However the import is written, the test above must not overlook it."""
    sources = {"p": "", "p.a": "import p.b", "p.b": import_of_a, "p.c": "import p.a"}
    assert on_cycles(graph(sources)) == {"p.a", "p.b"}


def test_a_cycle_through_another_package_would_be_found() -> None:
    """Importing a module runs the __init__ of its package, which may import the first one back."""
    sources = {"p": "", "p.a": "import q.b", "q": "import p.a", "q.b": ""}
    assert on_cycles(graph(sources)) == {"p.a", "q"}


def test_a_package_may_export_names_of_its_modules() -> None:
    """Only a module that takes them from its own package is on a cycle with it."""
    sources = {"p": "from p.a import x\nfrom p.b import y", "p.a": "from p import b", "p.b": ""}
    assert on_cycles(graph(sources)) == set()
    assert on_cycles(graph({**sources, "p.a": "from p import y"})) == {"p", "p.a"}


def test_there_are_modules_to_look_at() -> None:
    """Without them the tests above would pass for nothing."""
    assert len(MODULES) >= 100
    assert {name.split(".")[0] for name in MODULES} == {*TOOLS}


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_folders_of_tools_depend_in_one_direction(folder: str) -> None:
    """In particular nothing that users run needs the tests."""
    assert folders_used(ROOT / folder) & NEVER_DEPLOYED <= MAY_IMPORT[folder] | {folder}


def test_rooms_of_the_operators_command_depend_in_one_direction() -> None:
    """What reads a bucket knows nothing of what asks for it, so that others can ask, too."""
    level = {room: number for number, rooms in enumerate(OPERATE) for room in rooms}
    against = []
    for name, path in MODULES.items():
        _, room, *_ = *name.split("."), ""
        if room and name.startswith("operate."):
            used = {
                imported.split(".")[1]
                for imported in imports(path.read_text(encoding="utf-8"))
                if imported.startswith("operate.")
            }
            against += [f"{name}: {each}" for each in used - {room} if level[each] >= level[room]]
    assert against == []


def test_the_function_imports_no_tools() -> None:
    """They are not in its package, so that it would fail when it is deployed."""
    assert folders_used(ROOT / "functions") & NEVER_DEPLOYED == set()
