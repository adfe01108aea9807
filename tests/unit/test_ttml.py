"""TTML, DFXP and IMSC: paragraphs with times of every kind, and XML that is no threat."""

from __future__ import annotations

import pytest

from mps_manifest.formats.findings import Captions, FileContext
from mps_manifest.formats.timed_text.captions import read_captions, read_cues
from mps_manifest.formats.timed_text.ttml import is_ttml, read_ttml
from mps_manifest.problems import Problem


def document(body: str, root: str = "", around: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<tt xmlns="http://www.w3.org/ns/ttml" '
        f'xmlns:ttp="http://www.w3.org/ns/ttml#parameter" {root}>\n<head><metadata><title>no text'
        f"</title></metadata></head><body {around}><div>\n{body}\n</div></body></tt>\n"
    )


def cues(text: str) -> list[tuple[int, int, str]]:
    found = read_cues(text)
    assert found is not None
    assert found.broken == 0
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in found.cues]


@pytest.mark.parametrize(
    ("begin", "root", "milliseconds"),
    [
        ("00:00:01.5", "", 1500),
        ("00:00:01,5", "", 1500),
        ("01:00:00", "", 3_600_000),
        ("100:00:00.0005", "", 360_000_001),
        ("12.5s", "", 12_500),
        ("500ms", "", 500),
        ("2m", "", 120_000),
        ("0.5h", "", 1_800_000),
        ("45f", "", 1500),
        ("00:00:01:15", "", 1500),
        ("00:00:01:05", 'ttp:frameRate="25"', 1200),
        ("25f", 'ttp:frameRate="25"', 1000),
        ("24f", 'ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001"', 1001),
        ("24f", 'ttp:frameRate="24" ttp:frameRateMultiplier="1000:1001"', 1001),
        ("15000000t", 'ttp:tickRate="10000000"', 1500),
        ("50t", 'ttp:frameRate="25"', 2000),
        ("3t", "", 3000),
        ("00:00:01:05", 'ttp:timeBase="smpte" ttp:frameRate="25"', 1200),
        ("1s", 'frameRate="0"', 1000),
    ],
)
def test_every_form_of_a_time_is_read(begin: str, root: str, milliseconds: int) -> None:
    """The standard has clocks, offsets, frames and ticks, and tools write all of them."""
    text = document(f'<p begin="{begin}" dur="1s">one</p>', root)
    assert cues(text) == [(milliseconds, milliseconds + 1000, "one")]


@pytest.mark.parametrize("padding", ["\0" * 64, "\n\0\0\n\0"])
def test_what_a_file_is_padded_with_is_no_part_of_it(padding: str) -> None:
    """Writers of blocks of a fixed size fill the last, and no XML may hold a NUL."""
    assert cues(document('<p begin="1s" end="2s">one</p>') + padding) == [(1000, 2000, "one")]


@pytest.mark.parametrize(
    ("paragraph", "around", "expected"),
    [
        ('<p begin="1s" end="2s">one</p>', "", (1000, 2000)),
        ('<p begin="1s" dur="2s">one</p>', "", (1000, 3000)),
        ('<p begin="1s" dur="2s" end="2s">one</p>', "", (1000, 2000)),
        ('<p end="2s">one</p>', "", (0, 2000)),
        ('<p begin="1s" end="2s">one</p>', 'begin="10s"', (11_000, 12_000)),
        ('<p begin="1s">one</p>', 'begin="10s" end="20s"', (11_000, 20_000)),
        ('<p begin="1s" end="99s">one</p>', 'begin="10s" dur="20s"', (11_000, 30_000)),
        ("<p>one</p>", 'begin="10s" end="20s"', (10_000, 20_000)),
    ],
)
def test_times_count_from_the_element_around(
    paragraph: str, around: str, expected: tuple[int, int]
) -> None:
    """A body that begins later moves all its paragraphs, and ends those that do not."""
    assert cues(document(paragraph, around=around)) == [(*expected, "one")]


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("one\n   two", "one two"),
        ("one<br/>two", "one\ntwo"),
        ("one <br/>\n  <br/> two", "one\ntwo"),
        ('<span style="a">one <span>two</span></span> three', "one two three"),
        ("a &amp; b &lt;i&gt; 3 &gt; 2 &#65;", "a & b <i> 3 > 2 A"),
        ("<![CDATA[<b>]]>", "<b>"),
        ("<metadata><desc>no text</desc></metadata>one", "one"),
        ('<span begin="500ms">one</span> two', "one two"),
        ("", ""),
    ],
)
def test_a_paragraph_says_its_text(inside: str, text: str) -> None:
    """Spans, breaks and the indentation of a file are no words."""
    assert cues(document(f'<p begin="1s" end="2s">{inside}</p>')) == [(1000, 2000, text)]


def test_spaces_can_be_kept() -> None:
    """Then the line ends of the file are those of the text."""
    text = document('<p xml:space="preserve" begin="1s" end="2s">one\n two</p>')
    assert cues(text) == [(1000, 2000, "one\ntwo")]


def test_timed_spans_of_an_untimed_paragraph_are_cues() -> None:
    """Some tools time the lines, not the paragraph."""
    text = document(
        '<p>\n<span begin="1s" end="2s">one</span>\n<span begin="3s" end="4s">two</span></p><p/>'
    )
    assert cues(text) == [(1000, 2000, "one"), (3000, 4000, "two")]


@pytest.mark.parametrize(
    ("paragraph", "root"),
    [
        ('<p begin="1s">lost</p>', ""),
        ('<p begin="later" end="2s">lost</p>', ""),
        ('<p begin="3s" end="2s">lost</p>', ""),
        ("<p>lost</p>", ""),
        ('<p begin="1s" end="2s">lost</p>', 'ttp:timeBase="clock"'),
        ('<p begin="1s" end="2s">lost</p>', 'ttp:timeBase="smpte" ttp:dropMode="dropNTSC"'),
        (
            '<p begin="1t" end="2t">lost</p>',
            'ttp:frameRate="24" ttp:frameRateMultiplier="999 1000"',
        ),
    ],
)
def test_what_has_no_certain_times_is_broken(paragraph: str, root: str) -> None:
    """A cue at a guessed time is worse than one that is told to be missing."""
    found = read_cues(document(paragraph, root))
    assert found is not None
    assert (found.cues, found.broken) == ((), 1)


def test_a_sequence_is_not_guessed() -> None:
    """There each element begins when the one before ends."""
    found = read_cues(document('<p begin="1s" end="2s">a</p>', around='timeContainer="seq"'))
    assert found is not None
    assert (found.cues, found.broken) == ((), 1)


@pytest.mark.parametrize(
    ("root", "language"),
    [
        ('xml:lang="en"', "en"),
        ('xml:lang="zh-Hant-TW"', "zh-Hant-TW"),
        ('xml:lang="pt_BR"', "pt-BR"),
        ('xml:lang="eng"', "en"),
        ('xml:lang=""', None),
        ('xml:lang="und"', None),
        ('xml:lang="the language of the film"', None),
        ("", None),
    ],
)
def test_the_language_is_the_files_own(root: str, language: str | None) -> None:
    """A Latin script alone tells none, and the file says it."""
    text = document('<p begin="1s" end="2s">Bom dia</p>', root)
    (found,) = read_captions(text.encode(), FileContext())
    assert found == Captions(1, 1000, 2000, language)


def test_several_languages_are_told_as_such() -> None:
    """A player that offers one of them would show the other."""
    text = document(
        '<p xml:lang="en" begin="1s" end="2s">one</p><p xml:lang="de" begin="1s" end="2s">eins</p>'
    )
    (found,) = read_captions(text.encode(), FileContext())
    assert isinstance(found, Captions)
    assert found.language == "mul"


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE tt [<!ENTITY a "aa">]><tt><p begin="1s" end="2s">&a;</p></tt>',
        "<!DOCTYPE tt SYSTEM 'http://127.0.0.1/x'><tt><p begin='1s' end='2s'>a</p></tt>",
        "<tt><p begin='1s' end='2s'>a</tt>",
        "<tt><p begin='1s' end='2s'>a",
        "<tt><body>" + "<div>" * 100 + "</div>" * 100 + "</body></tt>",
        "<x><tt><p begin='1s' end='2s'>a</p></tt></x>",
    ],
    ids=["entity", "external", "not closed", "cut", "deep", "inner"],
)
def test_what_is_no_ttml_is_not_read(text: str) -> None:
    """Entities can grow to gigabytes, and a file that was cut off is not well-formed."""
    assert is_ttml(text)
    assert read_ttml(text) is None
    (found,) = read_captions(text.encode(), FileContext())
    assert isinstance(found, Problem)
    assert found.type == "unknown-content"


@pytest.mark.parametrize(
    "root",
    [
        '<tt:tt xmlns:tt="http://www.w3.org/2006/10/ttaf1">{}</tt:tt>',
        '<tt xmlns="http://www.w3.org/2006/04/ttaf1#extension">{}</tt>',
        "<!-- made by hand -->\n<tt>{}</tt>",
    ],
)
def test_namespaces_of_any_year_are_read(root: str) -> None:
    """The standard has had several, and prefixes are free."""
    assert cues(root.format('<body><p begin="1s" end="2s" tts:x="">one</p></body>')) == [
        (1000, 2000, "one")
    ]


@pytest.mark.slow
def test_a_large_file_is_cut_at_the_limit() -> None:
    """Captions are capped in every format."""
    found = read_ttml("<tt><body>" + "<p end='2s'/>" * 50_001 + "</body></tt>")
    assert found is not None
    assert (len(found.cues), found.is_cut) == (50_000, True)
