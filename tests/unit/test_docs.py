"""The documents say what the code does."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = (ROOT / "functions/manifest/mps_manifest/settings.py").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMES = re.findall(r'env\.read\(\s*"([A-Z_]+)"', SETTINGS)
ROWS = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", README, re.MULTILINE))


def test_settings_were_found() -> None:
    assert len(NAMES) >= 17


def test_the_readme_lists_every_setting_and_no_other() -> None:
    assert sorted(ROWS) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_tells_the_default(name: str) -> None:
    default = re.search(rf'"{name}",\s*"([^"{{]*)",', SETTINGS)
    if default and default[1]:
        assert ROWS[name] == f"`{default[1]}`"


@pytest.mark.parametrize(
    "document",
    [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))],
    ids=lambda path: path.name,
)
def test_links_to_files_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [t for t in targets if not (document.parent / t).exists()] == []
