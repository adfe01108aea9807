"""SubStation Alpha: fields in any order, text without overrides and drawings."""

from __future__ import annotations

import pytest

from mps_manifest.formats.findings import Captions, FileContext
from mps_manifest.formats.timed_text.captions import read_captions, read_cues
from mps_manifest.problems import Problem

HEAD = (
    "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: D,Arial\n\n"
)
ORDER = "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"


def script(*lines: str, order: str = ORDER) -> str:
    return f"{HEAD}[Events]\n{order}" + "".join(f"{line}\n" for line in lines)


def spoken(text: str) -> str:
    return f"Dialogue: 0,0:00:01.00,0:00:02.50,D,,0,0,0,,{text}"


@pytest.mark.parametrize(
    ("order", "line"),
    [
        (ORDER, spoken("one, two")),
        ("Format: Start, End, Text\n", "Dialogue: 0:00:01.00,0:00:02.50,one, two"),
        ("format: end,start,style,text\n", "dialogue:0:00:02.50,0:00:01.00,D,one, two"),
        ("", spoken("one, two")),
        (ORDER, "Dialogue: Marked=0, 0:00:01.00 , 0:00:02.50,D,,0000,0000,0000,,one, two"),
    ],
)
def test_fields_are_where_the_format_line_says(order: str, line: str) -> None:
    """Scripts choose the order, and a wrong one takes a name for the text."""
    found = read_cues(script(line, order=order))
    assert found is not None
    assert [tuple(cue) for cue in found.cues] == [(1000, 2500, "one, two")]
    assert found.broken == 0


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("{\\an8\\i1}one{\\i0}", "one"),
        ("one\\Ntwo\\nthree\\hfour", "one\ntwo\nthree four"),
        ("{a comment}one", "one"),
        ("{\\p1}m 0 0 l 100 0 100 100{\\p0}one", "one"),
        ("{\\an7\\p4}m 0 0 l 1 1", ""),
        ("{\\pos(1,2)}one", "one"),
        ("3 < 5 {", "3 < 5 {"),
    ],
)
def test_only_what_is_shown_is_text(text: str, plain: str) -> None:
    """Renderers hide whatever is in braces, and draw what follows some of them."""
    found = read_cues(script(spoken(text)))
    assert found is not None
    assert [cue.text for cue in found.cues] == [plain]


def test_a_broken_line_costs_itself_only() -> None:
    """Half a time in one line made the whole file unreadable."""
    found = read_cues(
        script(spoken("one"), "Dialogue: 0,soon,0:00:04.00,D,,0,0,0,,lost", "Dialogue: 0", "x")
    )
    assert found is not None
    assert [cue.text for cue in found.cues] == ["one"]
    assert found.broken == 2


def test_comments_and_attachments_are_no_cues() -> None:
    """Nobody sees them."""
    text = script(
        "Comment: 0,0:00:01.00,0:00:02.50,D,,0,0,0,,no", "", "[Fonts]", "fontname: a", "M6"
    )
    found = list(read_captions(text.encode(), FileContext()))
    assert [each.type for each in found if isinstance(each, Problem)] == ["no-captions"]
    assert found[-1] == Captions(0)


def test_a_heading_within_subrip_is_text() -> None:
    """Somebody may talk of scripts."""
    found = read_cues("1\n00:00:01,000 --> 00:00:02,000\n[Events]\n")
    assert found is not None
    assert [tuple(cue) for cue in found.cues] == [(1000, 2000, "[Events]")]


@pytest.mark.parametrize(("lines", "is_cut"), [(250_000, False), (250_001, True)])
def test_lines_are_capped(lines: int, is_cut: bool) -> None:  # noqa: FBT001 - a table
    """The last line that is read is none too many, and the next one is told."""
    found = read_cues("[Events]\n" + ";\n" * (lines - 2) + spoken("one") + "\n")
    assert found is not None
    assert (len(found.cues), found.is_cut) == (0 if is_cut else 1, is_cut)
