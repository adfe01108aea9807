"""The pages as a site: every one is in it, and no link leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import docs_site

ROOT = Path(__file__).resolve().parents[2]


def named(nav: object) -> set[str]:
    """Return the files that an order of pages names."""
    if isinstance(nav, str):
        return {nav}
    parts = nav.values() if isinstance(nav, dict) else nav
    assert not isinstance(parts, str)
    return {name for part in parts for name in named(part)}  # type: ignore[attr-defined]


def test_every_page_is_in_the_order_of_its_language() -> None:
    """A page that is in no list can be found by searching only."""
    staged = docs_site.pages(ROOT)
    english = docs_site.navigation("docs/README.md", "README.md", staged["docs/README.md"])
    chinese = docs_site.navigation(
        "docs/zh/README.md", "README.zh-CN.md", staged["docs/zh/README.md"]
    )
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    translated = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/zh").glob("*.md")}
    assert pages <= named(english) <= set(staged)
    assert translated <= named(chinese) <= set(staged)
    assert len(named(english)) == len(named(chinese))


def test_pages_are_staged_with_links_and_lists_that_a_site_can_have(tmp_path: Path) -> None:
    """A folder is no page, and code is left as it is."""
    for folder in ("docs/zh", "plain", "with"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "with/README.md").write_text("# With\n")
    code = "```\nSee:\n- [d](plain)\n```\n"
    text = f"See:\n- [a](plain), [b](with/) and [c](https://example.com)\n{code}"
    for name in docs_site.INDEXES.values():
        (tmp_path / name).write_text(text)
    for name in docs_site.INDEXES:
        (tmp_path / name).write_text("# Book\n\n## Part\n\n1. [One](x.md): see [two](y.md)\n")
        for other in ("x.md", "y.md"):
            (tmp_path / name).with_name(other).write_text("# X\n")
    staged = docs_site.pages(tmp_path)
    assert staged["README.md"] == (
        f"See:\n\n- a, [b](with/README.md) and [c](https://example.com)\n{code}"
    )
    assert set(staged) >= {"with/README.md", "docs/x.md", "docs/zh/y.md"}
    nav = docs_site.navigation("docs/README.md", "README.md", staged["docs/README.md"])
    assert nav[2:] == [{"Part": [{"One": "docs/x.md"}]}]


def test_site_is_built_without_a_warning_and_asks_for_nothing_from_elsewhere(
    tmp_path: Path,
) -> None:
    """A page that sends its readers' browsers to other hosts tells those who reads what."""
    if not docs_site.ZENSICAL.exists():
        pytest.skip("the site generator is not installed: make docs")
    status, said = docs_site.build(tmp_path / "site")
    assert status == 0, said
    html = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("site/**/*.html")]
    assert len(html) > 40
    loaded = re.compile(
        r"<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^>]*"
    )
    assert [tag for page in html for tag in loaded.findall(page)] == []
