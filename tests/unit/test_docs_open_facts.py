"""What the page says was not verified is what `make verify-live` reports on, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.open_facts import NOT_OBSERVED, OPEN_FACTS

ROOT = Path(__file__).parents[2]
ENGLISH = ROOT / "docs/deploy.md"
CHINESE = ROOT / "docs/zh/deploy.md"
ITEM = re.compile(r"^- \*\*`([a-z-]+)`\*\*[:\uff1a] ?(.*(?:\n  .*)*)", re.MULTILINE)


def listed(page: Path, heading: str) -> list[tuple[str, str]]:
    """Return the items of a section, with their IDs, each on one line."""
    section = page.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2]
    section = section.partition("\n## ")[0]
    found = [(name, " ".join(text.split())) for name, text in ITEM.findall(section)]
    assert len(found) == len(re.findall("^- ", section, re.MULTILINE))
    return found


def test_the_page_has_each_open_fact_in_the_same_words() -> None:
    """A list by hand beside the one that is reported on would go stale in silence."""
    assert listed(ENGLISH, "What was not verified") == [
        (fact.id, fact.sentence) for fact in OPEN_FACTS
    ]


def test_the_chinese_page_has_the_same_facts() -> None:
    """A report in English must lead its reader to the item on their page."""
    assert [name for name, _ in listed(CHINESE, "未经验证的内容")] == [
        fact.id for fact in OPEN_FACTS
    ]


@pytest.mark.parametrize("fact", OPEN_FACTS, ids=lambda fact: fact.id)
def test_a_fact_says_where_it_is_from_and_what_to_look_at(fact: object) -> None:
    """Whoever wants to settle it needs both."""
    source, look = fact.source, fact.look  # type: ignore[attr-defined]
    assert source
    assert look.endswith(".")
    outcomes = fact.outcomes  # type: ignore[attr-defined]
    assert len(outcomes) != 1
    assert NOT_OBSERVED not in outcomes


def test_no_fact_is_there_twice() -> None:
    """The report names facts by their IDs."""
    assert len({fact.id for fact in OPEN_FACTS}) == len(OPEN_FACTS)
