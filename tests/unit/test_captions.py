"""Captions: counted, timed, and once more as WebVTT."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from mps_manifest.formats.findings import Captions, Content, FileContext
from mps_manifest.formats.timed_text.captions import plays_as_webvtt, read_captions, webvtt
from mps_manifest.problems import Problem, note
from tests.unit.spoken import SPOKEN

MEDIA = Path(__file__).parents[2] / "local" / "samples" / "media"
NO_HINTS = FileContext()
SRT = """1
00:00:01,000 --> 00:00:03,480
欢迎收看本期节目。

2
00:00:03,960 --> 00:00:06,120
今天我们去看看风景。
"""
EXPECTED = Captions(2, 1000, 6120, "zh")


def read(body: bytes | str, hints: FileContext = NO_HINTS) -> list[Content]:
    return list(read_captions(body if isinstance(body, bytes) else body.encode(), hints))


def problems(found: list[Content]) -> list[str]:
    return [each.type for each in found if isinstance(each, Problem)]


@pytest.mark.parametrize(
    "body",
    [
        SRT.encode(),
        codecs.BOM_UTF8 + SRT.encode(),
        SRT.encode("gb18030"),
        codecs.BOM_UTF16_LE + SRT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + SRT.encode("utf-16-be"),
        SRT.replace("\n", "\r\n").encode(),
        SRT.replace("\n", "\r").encode(),
        SRT.replace("\n", "\r\r\n").encode(),
        SRT.replace("\n", "\n\n\n").encode(),
        SRT.replace("\n", "\0\n").encode() + b"\0" * 64,
        SRT.replace(",", ".").encode(),
    ],
    ids=[
        "utf-8",
        "bom",
        "gb18030",
        "utf-16-le",
        "utf-16-be",
        "crlf",
        "cr",
        "crcrlf",
        "blank",
        "nul",
        "dots",
    ],
)
def test_captions_are_read_however_they_are_written(body: bytes) -> None:
    """Files come in many encodings and newline styles, and each must give the same facts."""
    assert read(body) == [EXPECTED]


@pytest.mark.parametrize("name", ["captions.srt", "captions.zh.srt", "captions.en.srt"])
def test_the_sample_captions(name: str) -> None:
    """The shipped samples must keep giving known counts, times and languages."""
    language = {"captions.srt": "mul", "captions.zh.srt": "zh", "captions.en.srt": "en"}[name]
    assert read((MEDIA / name).read_bytes()) == [Captions(14, 1000, 62040, language)]


def test_first_and_last_are_those_in_time_not_in_the_file() -> None:
    """Cues may stand in any order, so the order of the file would give wrong times."""
    turned = "2\n00:00:09,000 --> 00:00:10,000\nb\n\n1\n00:00:01,000 --> 00:01:00,000\na\n"
    (found,) = read(turned)
    assert isinstance(found, Captions)
    assert (found.cues, found.first_ms, found.last_ms) == (2, 1000, 60000)


@pytest.mark.parametrize(
    "broken",
    [
        "00:00:0x,000 --> 00:00:09,000",
        "00:00:08,000 -> 00:00:09,000 -->",
        "00:00:09,000 --> 00:00:08,000",
        "-->",
    ],
)
def test_broken_cues_are_counted_and_cost_only_themselves(broken: str) -> None:
    """One bad cue must neither spoil the whole file nor go unmentioned."""
    found = read(f"{SRT}\n3\n{broken}\nlost\n\n4\n00:00:20,000 --> 00:00:21,000\n再见了各位\n")
    assert problems(found) == ["broken-cues"]
    assert isinstance(found[0], Problem)
    assert found[0].detail == "1 of 4 captions"
    assert found[1] == Captions(3, 1000, 21000, "zh")


def test_a_video_without_text_has_no_captions_and_no_problem() -> None:
    """That nothing was said is a result, not a fault of the file."""
    assert read(b"") == [Captions(0)]
    assert read(b"\xef\xbb\xbf\n \n") == [Captions(0)]


@pytest.mark.parametrize(
    "body",
    [
        "WEBVTT\n\n",
        "WEBVTT\n\nNOTE nothing was said\n",
        "[Script Info]\n[Events]\n",
        "<tt xmlns='http://www.w3.org/ns/ttml'><body/></tt>",
        "1\n00:00:00,000 --> 00:00:00,000\n\n",
    ],
)
def test_a_file_without_captions_says_so(body: str) -> None:
    """A recognizer that failed may leave such a file, and nobody would look for the reason."""
    assert problems(read(body)) == ["no-captions"]
    assert read(body)[-1] == Captions(0)
    assert read(body, FileContext(quotable=False))[0] == note(
        "no-captions", "The file is not empty, but has no captions", ""
    )


def test_captions_that_are_all_broken_are_told_once() -> None:
    """The number of broken ones says already why there are none."""
    assert problems(read("1\n00:00:0x,000 --> 00:00:02,000\nlost\n")) == ["broken-cues"]


def test_a_text_that_is_not_sure_tells_no_language_and_is_not_copied() -> None:
    """Words in the wrong characters are no words of any language, and no viewer can read them."""
    body = (
        "1\n00:00:01,000 --> 00:00:02,000\n\u6b22\u8fce\u6536\u770b\u672c\u671f".encode()
        + b"\xff\xff"
    )
    assert [each.language for each in read(body) if isinstance(each, Captions)] == [None]
    told = read(body, FileContext("zh"))
    assert [each.language for each in told if isinstance(each, Captions)] == ["zh"]
    assert webvtt(body) is None


def test_what_is_no_caption_file_is_shown_and_escaped() -> None:
    """The excerpt must show people the content without harming their terminal."""
    (found,) = read("\x1b[2J\u202e<b>" + "词" * 500)
    assert isinstance(found, Problem)
    assert found.type == "unknown-content"
    assert found.detail.startswith("\\x1b[2J\\u202e<b>词词")
    assert found.detail.count("词") == 200 - len("\x1b[2J\u202e<b>")


def test_an_unknown_encoding_is_told_and_the_times_are_read_all_the_same() -> None:
    """Times are plain ASCII, so undecodable text is no reason to give them up."""
    found = read(SRT.encode() + b"\n3\n00:00:30,000 --> 00:00:31,000\n\xff\xff\xff\n")
    assert problems(found) == ["unknown-encoding"]
    assert isinstance(found[-1], Captions)
    assert (found[-1].cues, found[-1].last_ms) == (3, 31000)


@pytest.mark.parametrize(
    ("encoding", "text", "language"),
    [
        ("cp1251", SPOKEN["ru"], "ru"),
        ("cp949", "안녕하세요 여러분 반갑습니다", "ko"),
        ("cp932", "今日は東京へ行きます、とても楽しみです", "ja"),
        ("cp950", "歡迎收看本期節目", "zh"),
    ],
)
def test_captions_in_older_encodings_are_in_their_language(
    encoding: str, text: str, language: str
) -> None:
    """All of these once passed for Chinese, since GB18030 gives nearly all bytes a meaning."""
    body = f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n".encode(encoding)
    assert read(body) == [Captions(1, 1000, 2000, language)]
    assert text in (webvtt(body) or "")


def test_of_text_that_is_not_sound_there_is_no_language_and_no_webvtt() -> None:
    """What is said there may be in any language, and a player would show question marks."""
    body = SRT.encode() + b"\n3\n00:00:30,000 --> 00:00:31,000\n\xff\xff\xff\n"
    assert read(body)[-1] == Captions(3, 1000, 31000, None)
    assert read(body, FileContext("en"))[-1] == Captions(3, 1000, 31000, "en")
    assert webvtt(body) is None


VTT = "WEBVTT\n\nNOTE by hand\n\n00:01.000 --> 00:02.500 align:start\n<v Ann>Hello &amp; good day\n"
ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,not spoken
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\an8}Hello\\Nthere
"""


@pytest.mark.parametrize("body", [VTT, ASS], ids=["vtt", "ass"])
def test_other_formats_are_read(body: str) -> None:
    """WebVTT and SubStation Alpha must give the same facts as SubRip."""
    (found,) = read(body)
    assert isinstance(found, Captions)
    assert (found.cues, found.first_ms, found.last_ms) == (1, 1000, 2500)


@pytest.mark.parametrize(
    "body",
    [
        "{0}{25}Hello\n{30}{50}there\n",
        "00:00:01:Hello\n00:00:03:there\n",
        "<SAMI><BODY><SYNC Start=1000><P>Hello<SYNC Start=2000><P>there</BODY></SAMI>",
        '<!DOCTYPE x [<!ENTITY a "aa">]><tt xmlns="http://www.w3.org/ns/ttml">&a;</tt>',
    ],
    ids=["MicroDVD", "TMP", "SAMI", "entities"],
)
def test_formats_that_would_have_to_be_guessed_are_not_read(body: str) -> None:
    """MicroDVD counts frames, and nobody says how many a second has; others have no ends."""
    assert problems(read(body)) == ["unknown-content"]


# --- WebVTT ------------------------------------------------------------------------------------


def test_a_twin_has_the_same_cues() -> None:
    """Whoever plays the twin must see what the source says, at the same times."""
    twin = webvtt(SRT.encode("gb18030"))
    assert twin is not None
    assert twin.startswith("WEBVTT\n\n00:00:01.000 --> 00:00:03.480\n欢迎收看本期节目。\n\n")
    assert read(twin) == [EXPECTED]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{\\an8}上面", "上面"),
        ("<i>slanted</i>", "slanted"),
        ("a & b", "a &amp; b"),
        ("1 < 2", "1 &lt; 2"),
        ("a --- > b", "a --- &gt; b"),
        ("one\ntwo", "one\ntwo"),
        ("{\\an8}", "\u00a0"),
    ],
)
def test_a_twin_holds_plain_text(text: str, expected: str) -> None:
    """Markup of another format would show as garbage or break the WebVTT file."""
    twin = webvtt(f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n".encode())
    assert twin == f"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n{expected}\n"


@pytest.mark.parametrize("source", [VTT, ASS, SRT], ids=["vtt", "ass", "srt"])
def test_a_twin_of_a_twin_is_the_same(source: str) -> None:
    """Escaping twice would change the text with each conversion."""
    once = webvtt(source.encode())
    assert once is not None
    assert webvtt(once.encode()) == once


def test_webvtt_that_ends_lines_twice_has_a_twin_with_its_texts() -> None:
    """Browsers take the second end for an empty line, which ends each cue before its text."""
    body = VTT.replace("\n", "\r\r\n").encode()
    assert not plays_as_webvtt(body)
    assert webvtt(body) == webvtt(VTT.encode())


def test_webvtt_that_was_encoded_twice_has_a_twin_with_what_was_meant() -> None:
    """Browsers show it as it is, with odd letters."""
    text = VTT.replace("Hello", "\u4f60\u597d\u5417")
    body = text.encode().decode("latin-1").encode()
    assert not plays_as_webvtt(body)
    assert webvtt(body) == webvtt(text.encode())


@pytest.mark.parametrize("body", [b"", b"no captions", b"WEBVTT\n\n"])
def test_where_there_are_no_captions_there_is_no_twin(body: bytes) -> None:
    """An empty twin would promise captions that no player can show."""
    assert webvtt(body) is None
