"""Blocks of SubRip and WebVTT: each cue with its own times and its own text."""

from __future__ import annotations

import pytest

from mps_manifest.formats.timed_text.captions import plays_as_webvtt, read_cues, webvtt
from tests.unit.caption_texts import FIRST, OTHERS, SUBRIP, WEBVTT, Sample

ALL = [
    pytest.param(sample, id=f"{kind}: {name}")
    for kind, samples in {"srt": SUBRIP, "vtt": WEBVTT, "other": OTHERS}.items()
    for name, sample in samples.items()
]


@pytest.mark.parametrize("sample", ALL)
def test_each_cue_has_its_times_and_its_text(sample: Sample) -> None:
    """What one cue loses, or gets of its neighbour, a viewer reads at the wrong time."""
    found = read_cues(sample.text)
    assert found is not None
    assert [tuple(cue) for cue in found.cues] == sample.cues
    assert (found.broken, found.is_cut) == (sample.broken, False)


@pytest.mark.parametrize("sample", ALL)
def test_what_is_written_as_webvtt_says_the_same(sample: Sample) -> None:
    """The copy is what viewers get; only an empty cue has a blank in it, to be one."""
    written = webvtt(sample.text.encode())
    assert written is not None
    again = read_cues(written)
    assert again is not None
    assert [tuple(cue) for cue in again.cues] == sample.cues
    assert plays_as_webvtt(written.encode())


@pytest.mark.parametrize(
    "text",
    [
        "one\ntwo\n",
        "1\n2\n3\n",
        "12:30 lunch\n00:00:01\n",
        "1\n00:00:01,000\none\n",
        "<html><!-- 5 --><body>-->\n</body></html>",
        "a --> b\n",
        "[00:12.00]sung\n[00:15.00]on\n",
        "<SAMI><BODY><SYNC Start=1000><P>Hello</BODY></SAMI>",
        "WEBVTTX\n\none\n",
        '{"a": "-->"}',
    ],
)
def test_what_has_no_timing_lines_is_not_captions(text: str) -> None:
    """A page of an error, or lyrics without ends, would be told as captions of no cue."""
    assert read_cues(text) is None


@pytest.mark.parametrize(
    ("text", "plays"),
    [
        ("WEBVTT\n\n00:01.000 --> 00:02.000\none\n", True),
        ("\ufeffWEBVTT x\r\n\r\nid\r\n00:01.000  -->\t00:02.000 align:start\r\none\r\n", True),
        ("WEBVTT\n\n00:0x --> 00:02.000\nlost\n\n100:00:01.000 --> 100:00:02.000\none\n", True),
        ("WEBVTT\n\n00:01,000 --> 00:02,000\none\n", False),
        ("WEBVTT\n\n00:01.000-->00:02.000\none\n", True),
        ("WEBVTT\n\n00:01.000 -> 00:02.000\none\n", False),
        ("WEBVTT\n\n00:61.000 --> 00:62.000\none\n", False),
        ("WEBVTT\n\n0:00:01.000 --> 0:00:02.000\none\n", True),
        ("WEBVTT\n\n0:01.000 --> 0:02.000\none\n", False),
        ("\nWEBVTT\n\n00:01.000 --> 00:02.000\none\n", False),
        ("\u200eWEBVTT\n\n00:01.000 --> 00:02.000\none\n", False),
        ("WEBVTT\n\n\u200e00:01.000 --> 00:02.000\none\n", False),
        ("WEBVTT\n\n\ufeff00:01.000 --> 00:02.000\none\n", False),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\none\0\n", False),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n\u200eone\n", True),
        (f"1\n{FIRST}\none\n", False),
    ],
)
def test_what_browsers_read_is_known(text: str, plays: bool) -> None:  # noqa: FBT001 - a table
    """WebVTT that they read needs no copy, and what they do not read does."""
    assert plays_as_webvtt(text.encode()) is plays


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_browsers_read_utf_8_only(encoding: str) -> None:
    """WebVTT is UTF-8 by definition, and nobody converts it on the way."""
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n\u6b22\u8fce\u6536\u770b\n"
    assert plays_as_webvtt(text.encode())
    assert not plays_as_webvtt(text.encode(encoding))


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("WEBVTT\nKind: captions\nLanguage: zh-Hant\n\n", "zh-Hant"),
        ("WEBVTT\n\nLanguage: en\n\n", None),
        ("WEBVTT\nX-Language: en\n\n", None),
        ("WEBVTT\n\n", None),
    ],
)
def test_the_header_names_the_language(header: str, language: str | None) -> None:
    """YouTube writes it there, and a script alone does not tell a language."""
    found = read_cues(f"{header}00:01.000 --> 00:02.000\none\n")
    assert found is not None
    assert found.language == language
