"""What the page for operators quotes of reasons, problems and log lines is what the code says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ROOT / "functions/manifest/mps_manifest"
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
# the sections with tables whose second column quotes
SECTIONS = ("What an outcome means, and what to do", "Limits")
OF_A_SERVICE = re.compile(r"[A-Z]\w+(\.\w+)?(\.\.\.)?")


def code_texts() -> str:
    """Return all texts in the code, each part of those with values in them on its own."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in CODE.rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return "\n".join(node.value for node in nodes if isinstance(node.value, str))


TEXTS = code_texts()


def quoted(section: str) -> list[str]:
    """Return what the second column of a section's tables quotes, codes of services excepted."""
    table = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\|[^|\n]*\|([^|\n]*)\|", table, re.MULTILINE)
    texts = {text for cell in cells for text in re.findall("`([^`]*)`", cell)}
    return sorted(text for text in texts if not OF_A_SERVICE.fullmatch(text))


@pytest.mark.parametrize("section", SECTIONS)
def test_there_is_something_quoted(section: str) -> None:
    """A pattern that matches nothing would let the other check pass without checking."""
    assert len(quoted(section)) > 30


@pytest.mark.parametrize("text", [text for section in SECTIONS for text in quoted(section)])
def test_what_is_quoted_is_what_the_code_says(text: str) -> None:
    """Whoever reads it in a manifest, an answer or the log looks for these words on the page."""
    parts = [part.strip(" .,") for part in re.split(r"\.\.\.|\b\d[\d,]*", text)]
    assert any(parts)
    assert [part for part in parts if part and part not in TEXTS] == []
