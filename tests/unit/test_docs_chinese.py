"""The Chinese edition of a page has everything that the English one has, in the same order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EDITIONS = {
    "README.md": "README.zh-CN.md",
    **{
        f"docs/{name}.md": f"docs/zh/{name}.md"
        for name in (
            *("README", "deploy", "operations"),
            *("events", "house", "laptop", "outcomes", "settings"),
        )
    },
}
ENGLISH = {chinese: english for english, chinese in EDITIONS.items()}
PAIRS = [pair for pair in EDITIONS.items() if all((ROOT / name).exists() for name in pair)]

HEADING = re.compile(r"(#{1,6}) (.+)")
FENCE = re.compile(r" *```(.*)")
ITEM = re.compile(r" *(?:[-*]|\d+\.) ")
PATH = re.compile(r"^[\w./]*[/.][\w./]*")
COMMENT = re.compile(r"\s*(?<!\S)# .*")
TERM = re.compile(r"(?<!`)`([^`]+)`(?!`)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
NUMBER = re.compile(r"\d+(?:[,.]\d+)*")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass
class Block:
    """A code block or a table, or what stands between them: its first line, and its lines."""

    kind: str
    number: int
    lines: list[str]

    def __str__(self) -> str:
        return f"{self.kind} (line {self.number})"


@dataclass
class Section:
    """A heading, and what follows it up to the next one."""

    level: int = 0
    title: str = "(before the first heading)"
    number: int = 1
    blocks: list[Block] = field(default_factory=list)

    def __str__(self) -> str:
        return f"`{self.title}` (line {self.number})"

    def of(self, kind: str) -> list[Block]:
        return [block for block in self.blocks if block.kind == kind]


@dataclass
class Page:
    """A page by its name in the repository, and its sections."""

    name: str
    sections: list[Section]

    def of(self, kind: str) -> list[Block]:
        return [block for section in self.sections for block in section.of(kind)]


def read(name: str, text: str | None = None) -> Page:
    """Take a page apart; the line that leads to its other edition belongs to neither."""
    if text is None:
        text = (ROOT / name).read_text(encoding="utf-8")
    sections = [Section()]
    for block in split(text.splitlines()):
        heading = HEADING.fullmatch(block.lines[0]) if block.kind == "heading" else None
        if heading:
            sections.append(Section(len(heading[1]), heading[2], block.number))
        elif not (block.kind == "text" and leads_to_the_other(name, block)):
            sections[-1].blocks.append(block)
    return Page(name, sections)


def split(lines: list[str]) -> Iterator[Block]:
    """Yield headings, code blocks, tables and paragraphs or lists, without what is empty."""
    block: Block | None = None
    for number, line in enumerate(lines, 1):
        if block and block.kind == "code":
            block.lines.append(line)
            if FENCE.fullmatch(line):
                yield block
                block = None
            continue
        kind = kind_of(line)
        if block and block.kind == kind and kind != "heading":
            block.lines.append(line)
            continue
        if block:
            yield block
        block = Block(kind, number, [line]) if kind else None
    if block:
        yield block


def kind_of(line: str) -> str:
    """Tell what begins with a line, or goes on in it."""
    if FENCE.fullmatch(line):
        return "code"
    if HEADING.fullmatch(line):
        return "heading"
    if line.lstrip().startswith("|"):
        return "table"
    return "text" if line.strip() else ""


def leads_to_the_other(name: str, block: Block) -> bool:
    editions = {**EDITIONS, **ENGLISH}
    if name not in editions:
        return False  # it is in one language
    other = ROOT / editions[name]
    targets = LINK.findall("\n".join(block.lines))
    return other in [(ROOT / name).parent.joinpath(target).resolve() for target in targets]


def differences(english: Page, chinese: Page) -> list[str]:
    """Say all that is not the same, by heading, code block, table and row."""
    headings = list(different_headings(english, chinese))
    if headings:
        return headings
    found = [*different_code(english, chinese), *different_tables(english, chinese)]
    for ours, theirs in zip(english.sections, chinese.sections, strict=True):
        found += different_text(english, ours, chinese, theirs)
    return found


def different_headings(english: Page, chinese: Page) -> Iterator[str]:
    pairs = zip_longest(english.sections[1:], chinese.sections[1:])
    for index, (ours, theirs) in enumerate(pairs, 1):
        if not ours or not theirs or ours.level != theirs.level:
            yield (
                f"heading {index}: {english.name} has {level(ours)}, "
                f"{chinese.name} has {level(theirs)}"
            )


def level(section: Section | None) -> str:
    return f"level {section.level}, {section}" if section else "none"


def different_code(english: Page, chinese: Page) -> Iterator[str]:
    pairs = zip_longest(english.of("code"), chinese.of("code"))
    for index, (ours, theirs) in enumerate(pairs, 1):
        if not ours or not theirs:
            yield f"code block {index}: {english.name} has {ours}, {chinese.name} has {theirs}"
            continue
        for ahead, (left, right) in enumerate(zip_longest(commands(ours), commands(theirs))):
            if left != right:
                yield (
                    f"code block {index}, line {ahead} of it: {english.name} (line "
                    f"{ours.number + ahead}) has {left!r}, {chinese.name} (line "
                    f"{theirs.number + ahead}) has {right!r}"
                )


def commands(block: Block) -> list[str]:
    """Return the lines of a code block, a comment as `#`; of a picture the paths in front."""
    lines = [line.rstrip() for line in block.lines]
    if lines[0].strip() == "```":
        return ["".join(PATH.findall(line)) for line in lines]
    return [COMMENT.sub("#", line) for line in lines]


def different_tables(english: Page, chinese: Page) -> Iterator[str]:
    pairs = zip_longest(english.of("table"), chinese.of("table"))
    for index, (ours, theirs) in enumerate(pairs, 1):
        if not ours or not theirs:
            yield f"table {index}: {english.name} has {ours}, {chinese.name} has {theirs}"
            continue
        if len(ours.lines) != len(theirs.lines):
            yield (
                f"table {index}: {english.name} (line {ours.number}) has {len(ours.lines)} rows, "
                f"{chinese.name} (line {theirs.number}) has {len(theirs.lines)}"
            )
        for ahead, (left, right) in enumerate(zip(ours.lines, theirs.lines, strict=False)):
            faults = list(different_rows(left, right))
            if faults:
                yield (
                    f"table {index}, row {ahead + 1}, {english.name} (line {ours.number + ahead}) "
                    f"and {chinese.name} (line {theirs.number + ahead}): {'; '.join(faults)}"
                )
                if len(ours.lines) != len(theirs.lines):
                    break  # after a row that is missing, all differ


def different_rows(ours: str, theirs: str) -> Iterator[str]:
    left, right = cells(ours), cells(theirs)
    if len(left) != len(right):
        yield f"{len(left)} columns, and {len(right)}"
    yield from unlike("terms", set(TERM.findall(ours)), set(TERM.findall(theirs)))
    lacking = Counter(NUMBER.findall(visible(ours))) - Counter(NUMBER.findall(visible(theirs)))
    if lacking:
        yield f"the numbers {sorted(lacking)} are missing"
    for index, (one, other) in enumerate(zip(left, right, strict=False), 1):
        if bool(one) != bool(other):
            yield f"column {index} is {one!r}, and {other!r}"


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def visible(text: str) -> str:
    """Return a text without where its links lead."""
    return LINK.sub("]", text)


def different_text(english: Page, ours: Section, chinese: Page, theirs: Section) -> Iterator[str]:
    """Compare paragraphs and lists of a section, and where all of it leads."""
    where = f"{english.name} {ours}, {chinese.name} {theirs}"
    kinds = [[block.kind for block in section.blocks] for section in (ours, theirs)]
    if kinds[0] != kinds[1]:
        yield f"{where}: {kinds[0]}, and {kinds[1]}"
    for index, (left, right) in enumerate(zip(ours.of("text"), theirs.of("text"), strict=False), 1):
        one, other = " ".join(left.lines), " ".join(right.lines)
        place = f"{where}, text {index} (lines {left.number} and {right.number})"
        items = [len([li for li in block.lines if ITEM.match(li)]) for block in (left, right)]
        if items[0] != items[1]:
            yield f"{place}: {items[0]} items of a list, and {items[1]}"
        for fault in unlike("terms", terms(one), terms(other)):
            yield f"{place}: {fault}"
        lacking = set(NUMBER.findall(visible(one))) - set(NUMBER.findall(visible(other)))
        if lacking:
            yield f"{place}: the numbers {sorted(lacking)} are missing"
    for fault in unlike("links", links(english, ours), links(chinese, theirs)):
        yield f"{where}: {fault}"


def terms(text: str) -> set[str]:
    return {" ".join(term.split()) for term in TERM.findall(text)}


def unlike(what: str, ours: Iterable[str], theirs: Iterable[str]) -> Iterator[str]:
    left, right = Counter(ours), Counter(theirs)
    if left != right:
        yield f"{what} only in English: {sorted(left - right)}, in Chinese: {sorted(right - left)}"


def links(page: Page, section: Section) -> list[str]:
    """Return where a section leads, of pages with two editions by the number of the heading."""
    text = "\n".join(line for block in section.blocks for line in block.lines)
    return [destination(page, target) for target in LINK.findall(text)]


def destination(page: Page, target: str) -> str:
    if "://" in target:
        return target
    path, _, anchor = target.partition("#")
    file = (ROOT / page.name).parent.joinpath(path).resolve() if path else ROOT / page.name
    name = file.relative_to(ROOT).as_posix()
    other = {**EDITIONS, **ENGLISH}.get(name)
    if other and (name in ENGLISH) != (page.name in ENGLISH) and (ROOT / other).exists():
        return f"{name}, which is of the other language"
    if not anchor or not file.is_file():
        return ENGLISH.get(name, name)
    found = anchors(name).get(anchor, "nowhere")
    return f"{ENGLISH.get(name, name)}#{found}"


@cache
def anchors(name: str) -> dict[str, str]:
    """Return the numbers of a page's headings by their anchors, as GitHub makes them."""
    found: dict[str, str] = {}
    for index, section in enumerate(read(name).sections[1:], 1):
        text = re.sub(r"[^\w -]", "", section.title.lower()).replace(" ", "-")
        while text in found:
            text += "-1"
        found[text] = str(index)
    return found


@pytest.mark.parametrize("name", [name for pair in EDITIONS.items() for name in pair])
def test_every_page_is_there_in_both_languages(name: str) -> None:
    """Who is sent to a page must find it."""
    assert (ROOT / name).is_file()


@pytest.mark.parametrize(("english", "chinese"), PAIRS)
def test_the_editions_have_the_same_parts(english: str, chinese: str) -> None:
    """What a translation leaves out, its readers never learn."""
    found = differences(read(english), read(chinese))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", [name for pair in PAIRS for name in pair])
def test_a_page_links_to_its_other_edition_at_its_top(name: str) -> None:
    """Who cannot read one edition must see at once that there is another."""
    text = (ROOT / name).read_text(encoding="utf-8").partition("\n## ")[0]
    assert [block for block in split(text.splitlines()) if leads_to_the_other(name, block)]


@pytest.mark.parametrize("name", [name for pair in PAIRS for name in pair])
def test_every_anchor_is_that_of_a_heading(name: str) -> None:
    """A link that leads to the top of a long page leaves the reader to search it."""
    page = read(name)
    found = [where for section in page.sections for where in links(page, section)]
    assert [where for where in found if where.endswith("#nowhere")] == []


@pytest.mark.parametrize("chinese", [chinese for _, chinese in PAIRS])
def test_the_text_is_chinese(chinese: str) -> None:
    """A heading or a paragraph that was copied is not translated."""
    page = read(chinese)
    # a name, as that of the project, stays
    copied = [str(section) for section in page.sections[2:] if not CHINESE.search(section.title)]
    for block in page.of("text"):
        words = re.sub(r"\W|\d", "", TERM.sub("", visible(" ".join(block.lines))))
        copied += [str(block)] if words and not CHINESE.search(words) else []
    assert copied == []


def without(line: int, text: str) -> str:
    lines = text.splitlines()
    return "\n".join(lines[:line] + lines[line + 1 :])


@pytest.mark.soak
@pytest.mark.parametrize(("english", "chinese"), PAIRS)
def test_a_line_that_is_missing_is_noticed(english: str, chinese: str) -> None:
    """A check that lets a heading, a row, a command or an item go missing is worth nothing."""
    text = (ROOT / chinese).read_text(encoding="utf-8")
    original = read(english)
    numbers = [
        block.number - 1 + ahead
        for block in split(text.splitlines())
        if block.kind != "text" or len(block.lines) == 1 or ITEM.match(block.lines[0])
        for ahead, line in enumerate(block.lines)
        if not (block.kind == "text" and leads_to_the_other(chinese, block))
        and (block.kind != "text" or len(block.lines) == 1 or ITEM.match(line))
    ]
    assert len(numbers) > max(15, sum(map(bool, text.splitlines())) // 2)
    unnoticed = [
        n + 1 for n in numbers if not differences(original, read(chinese, without(n, text)))
    ]
    assert unnoticed == []


def planted(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


SAMPLE = """# Title

Text of `A` with 5 s.

## First

| key | is |
| --- | --- |
| `B` | 300 MB |
| `C` | |

- one
- [two](docs/operations.md#limits)

```sh
make run  # this
make plan
```
"""
MISTAKES = {
    "heading 2: README.md has level 2": planted("## First", "### First"),
    "has none": planted("## First\n", "First\n"),
    "table 1: README.md": planted("| `B` | 300 MB |\n", ""),
    "table 1, row 3, README.md (line 9)": planted("| `B` |", "| `b` |"),
    "2 columns, and 3": planted("| `C` | |", "| `C` | | |"),
    "column 2 is": planted("| `C` | |", "| `C` | more |"),
    "the numbers ['300']": planted("300", "30"),
    "the numbers ['5']": planted("5 s", "8 s"),
    "terms only in English: ['A']": planted("`A`", "A"),
    "2 items of a list, and 1": planted("- one\n", ""),
    "links only in English": planted("#limits", "#metrics"),
    "code block 1, line 1 of it": planted("make run", "make ruin"),
    "'make run#', README.zh-CN.md (line 16) has 'make run'": planted("  # this", ""),
    "code block 1: README.md has code (line 15), README.zh-CN.md has None": planted(
        "```sh\nmake run  # this\nmake plan\n```\n", ""
    ),
    "line 2 of it": planted("make plan\n", ""),
}


def test_a_comment_may_be_translated() -> None:
    """Comments in commands are for people."""
    other = SAMPLE.replace("# this", "# that").replace("docs/operations.md#limits", "X")
    here = SAMPLE.replace("docs/operations.md#limits", "X")
    assert differences(read("README.md", here), read("README.zh-CN.md", other)) == []


@pytest.mark.parametrize("said", MISTAKES)
def test_a_mistake_is_named(said: str) -> None:
    """A translator must find the place at once."""
    changed = MISTAKES[said](SAMPLE)
    assert changed != SAMPLE
    found = differences(read("README.md", SAMPLE), read("README.zh-CN.md", changed))
    assert [text for text in found if said in text]
