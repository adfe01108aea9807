"""The pages of `mpsm explain`, one for each cell of the table of outcomes.

To write them anew: WRITE_PAGES=1 pytest tests/operate/test_explained_pages.py; then read the
difference.
"""

from __future__ import annotations

import io
import os
import re
import time
from pathlib import Path

import pytest

from operate.access.read_only import ReadOnlyStore
from operate.console.screen import Screen
from operate.explain.diagnosis import Diagnosis, diagnose
from operate.explain.evidence import Evidence, gather
from operate.explain.kinds import KINDS, of_pending, of_rejected
from operate.explain.page import print_page
from operate.explain.subject import find_subject
from tests.operate.conftest import LOG_PROJECT, LOGSTORE, Operator
from tests.operate.matrix import CASES, UNHURRIED, ShortPauses, made
from tests.unit.test_docs_chinese import anchors

ROOT = Path(__file__).parents[2]
PAGES = {80: ROOT / "docs/explained.md", 120: Path(__file__).with_name("explained-120.md")}
MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
BEYOND_THE_TABLE = {
    "complete: changed since",
    "failed: internal-fault",
    "pending: a copy of an event",
    "pending: not asked for yet",
    "pending: could not be notified",
}
INTRODUCTION = """# What mpsm explain prints

A page for each outcome of the [table](operations.md#what-an-outcome-means-and-what-to-do), as
[`mpsm explain`](mpsm.md#explain) prints it in 80 columns. They are made by the tests, with the real
function on the laptop's cloud; times are made equal.
"""


def printed(pages: dict[str, tuple[Evidence, Diagnosis]], columns: int) -> str:
    """Print all pages as one document, their times made equal."""
    text = INTRODUCTION
    for title in CASES:
        file = io.StringIO()
        print_page(*pages[title], Screen(file=file))
        page = MOMENT.sub("2026-01-31T23:59:59Z", file.getvalue()).strip("\n")
        assert max(map(len, page.split("\n"))) <= columns
        text += f"\n## {title}\n\n```text\n{page}\n```\n"
    return text


def test_the_pages_are_those_that_are_kept(operator: Operator) -> None:
    """Who changes what is printed must see what that means for every outcome."""
    operator.monkeypatch.setattr("operate.explain.page.duration", lambda _seconds: "5 min")
    operator.cloud.put_logs(LOG_PROJECT, LOGSTORE)
    began = time.time()  # what is parked is due after that
    named = list(made(operator))
    connection = operator.connect(ReadOnlyStore, ShortPauses(), **UNHURRIED)
    pages = {}
    for title, text in named:
        evidence = gather(connection, find_subject(connection, text), minutes=60)
        pages[title] = evidence._replace(at=began), diagnose(evidence)
    found = {title: diagnosis.kind.title for title, (_, diagnosis) in pages.items()}
    assert found == {title: title for title in CASES}
    for columns, path in PAGES.items():
        operator.monkeypatch.setenv("COLUMNS", str(columns))
        text = printed(pages, columns)
        if os.environ.get("WRITE_PAGES"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")


def outcome_rows(page: str) -> list[list[str]]:
    """Return the rows of the table of outcomes: status, reason, what to do."""
    text = (ROOT / page).read_text(encoding="utf-8")
    rows = [line for line in text.split("\n") if line.startswith("| ")]
    first = next(number for number, row in enumerate(rows) if row.startswith("| [`complete`]"))
    cells = []
    for row in rows[first:]:
        if row.startswith("| ---"):
            break
        cells.append([cell.strip() for cell in row.strip("| ").split(" | ")])
    return cells


@pytest.mark.parametrize("page", ["docs/operations.md", "docs/zh/operations.md"])
def test_each_outcome_of_the_table_leads_to_its_page(page: str) -> None:
    """A reason that nobody explains, and a page that nobody finds, are of no use."""
    table = "\n".join(" | ".join(row) for row in outcome_rows(page))
    linked = re.findall(r"explained\.md#([\w-]+)\)", table)
    titles = {
        anchor: title
        for title in CASES
        for anchor in [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")]
    }
    assert set(anchors("docs/explained.md")) >= set(titles)
    assert sorted({titles.get(anchor, anchor) for anchor in linked}) == sorted(
        set(CASES) - BEYOND_THE_TABLE
    )


def test_no_reason_of_the_table_lacks_its_link() -> None:
    """A new one needs a page."""
    for row in outcome_rows("docs/operations.md"):
        reasons = row[1] if len(row) > 2 else row[0]
        without = re.sub(r"\[[^\]]*\]\(explained\.md#[\w-]+\)", "", reasons)
        assert "`" not in without.partition(": ")[0], row


def test_every_kind_is_in_the_matrix() -> None:
    """What may be printed was looked at."""
    assert {kind.title for kind in KINDS} == set(CASES)


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        ("Forbidden.RAM: the job is Queuing, says Throttling", "pending: Forbidden"),
        ("Some.Code: the job is odd; no answer from the API", "pending: any other code"),
        ("denied by Throttling.User", "pending: Throttling"),
        ("the job is Arrearage", "pending: the job is"),
        ("the API answered 502 without a valid JSON body", "pending: without a valid JSON body"),
    ],
)
def test_what_a_service_quotes_does_not_mislead(reason: str, title: str) -> None:
    """The beginning is ours, or its code; the rest may say anything."""
    assert of_pending(reason).title == title


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        ("'the ticket the function crashed ' is not a job ID", "rejected: is not a job ID"),
        ("'x: JobNotFound' is not a job ID", "rejected: is not a job ID"),
        ("the ticket is empty; its name 'x' is not a job ID", "rejected: the ticket"),
        ("", "rejected: anything else"),
    ],
)
def test_what_a_sender_wrote_does_not_mislead(reason: str, title: str) -> None:
    """A quarantine entry quotes what was wrong."""
    assert of_rejected(reason).title == title
