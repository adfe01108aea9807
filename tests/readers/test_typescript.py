"""The typings for TypeScript: they are those of the schema, and they catch mistakes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.node import run_node
from tools.manifest_types import TYPESCRIPT, typescript
from tools.setup_node import FOLDER, NodeError

SOURCES = Path(__file__).with_name("typescript")
PAGE = Path(__file__).parents[2] / "docs" / "manifest.md"
BEGINNING = 'import type { Manifest } from "./manifest";\ndeclare const manifest: Manifest;\n'
_ERROR = re.compile(r"^(\w+\.ts)\((\d+),\d+\): error (TS\d+)", re.MULTILINE)
_WANTED = re.compile(r"// (TS\d+)$")


@pytest.fixture(scope="session")
def errors(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int, str]]:
    """Compile the sources, and what the page shows; return file, line and number of each error."""
    folder = tmp_path_factory.mktemp("typescript")
    for path in (*SOURCES.glob("*.ts"), TYPESCRIPT):
        shutil.copy(path, folder)
    shown = re.findall(
        r"^```ts\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert shown
    (folder / "page.ts").write_text(BEGINNING + "".join(shown), encoding="utf-8")
    compiler = FOLDER / "node_modules" / "typescript" / "bin" / "tsc"
    names = ["consumer.ts", "mistakes.ts", "page.ts"]
    options = ["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--pretty", "false"]
    printed = run_node(str(compiler), *options, *names, fails=True, folder=folder)
    return [(name, int(line), number) for name, line, number in _ERROR.findall(printed)]


def test_the_typings_are_those_of_the_schema() -> None:
    """A schema that was changed alone would ship typings of what was: make types."""
    try:
        expected = typescript()
    except NodeError as missing:
        pytest.skip(str(missing))
    assert TYPESCRIPT.read_text(encoding="utf-8") == expected


def test_narrowing_by_status_compiles(errors: list[tuple[str, int, str]]) -> None:
    """An available file has a path, a size and an ETag without a question mark."""
    assert [each for each in errors if each[0] != "mistakes.ts"] == []


def test_a_misspelt_key_does_not_compile(errors: list[tuple[str, int, str]]) -> None:
    """Types that catch nothing are worse than none."""
    lines = (SOURCES / "mistakes.ts").read_text(encoding="utf-8").splitlines()
    wanted = [
        ("mistakes.ts", number, found[1])
        for number, line in enumerate(lines, 1)
        if (found := _WANTED.search(line))
    ]
    assert len(wanted) > 10
    assert [each for each in errors if each[0] == "mistakes.ts"] == wanted
