"""Captions as people and tools write them, and what they say; read here and in a browser."""

from __future__ import annotations

import random
from typing import NamedTuple


class Sample(NamedTuple):
    """The text of a caption file; the cues in it as (start, end, text); how many are broken."""

    text: str
    cues: list[tuple[int, int, str]]
    broken: int = 0


ONE, TWO = (1000, 2000, "one"), (3000, 4000, "two")
AD = (0, 500, "ad")
FIRST, SECOND = "00:00:01,000 --> 00:00:02,000", "00:00:03,000 --> 00:00:04,000"


def said(text: str, plain: str | None = None) -> Sample:
    """Return SubRip with one cue of this text."""
    return Sample(f"1\n{FIRST}\n{text}\n", [(1000, 2000, text if plain is None else plain)])


def voiced(text: str, plain: str) -> Sample:
    """Return WebVTT with one cue of this text."""
    return Sample(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n", [(1000, 2000, plain)])


SUBRIP: dict[str, Sample] = {
    "plain": Sample(f"1\n{FIRST}\none\n\n2\n{SECOND}\ntwo\n", [ONE, TWO]),
    "leading blank lines": Sample(f"\n\n \n1\n{FIRST}\none\n", [ONE]),
    "trailing spaces": Sample(f"1 \n{FIRST}  \none  \n \n2\t\n{SECOND}\t\ntwo\n  ", [ONE, TWO]),
    "marks of joined files": Sample(
        f"1\n{FIRST}\none\n\n\ufeff2\n\ufeff{SECOND}\ntwo\n", [ONE, TWO]
    ),
    "a mark before the first times": Sample(f"\u200b{FIRST}\none\n\n{SECOND}\ntwo\n", [ONE, TWO]),
    "marks of direction around every line": Sample(
        f"\u202a1\u202c\n\u202a{FIRST}\u202c\n\u202bone\u202c\n\n"
        f"\u200f3\n\u2066{SECOND}\u2069\ntwo\n",
        [(1000, 2000, "\u202bone\u202c"), TWO],
    ),
    "marks of direction before each time": Sample(
        "1\n\u200e00:00:01,000 --> \u200e00:00:02,000\none\n", [ONE]
    ),
    "a text that cannot be seen": said("\u200b"),
    "no identifiers": Sample(f"{FIRST}\none\n\n{SECOND}\ntwo\n", [ONE, TWO]),
    "minutes and seconds": Sample("00:01 --> 00:02\none\n00:03 --> 00:04\ntwo\n", [ONE, TWO]),
    "no blank lines": Sample(f"1\n{FIRST}\none\n2\n{SECOND}\ntwo\n", [ONE, TWO]),
    "neither": Sample(f"{FIRST}\none\n{SECOND}\ntwo\n", [ONE, TWO]),
    "blank lines everywhere": Sample(
        f"1\n\n{FIRST}\n\none\n\n\n2\n\n{SECOND}\n\ntwo\n", [ONE, TWO]
    ),
    "identifiers of other kinds": Sample(
        f"#1\n{FIRST}\none\n\nsecond\n{SECOND}\ntwo\n", [ONE, TWO]
    ),
    "numbers in full width": Sample(f"\uff11\n{FIRST}\none\n\uff12\n{SECOND}\ntwo\n", [ONE, TWO]),
    "numbers that start anywhere": Sample(f"7\n{FIRST}\none\n\n9\n{SECOND}\ntwo\n", [ONE, TWO]),
    "blank lines in a text": Sample(
        f"1\n{FIRST}\none\n\n\nand more\n\n2\n{SECOND}\ntwo\n",
        [(1000, 2000, "one\nand more"), TWO],
    ),
    "blank lines in a text, none between cues": Sample(
        f"{FIRST}\none\n\nand more\n{SECOND}\ntwo\n", [(1000, 2000, "one\nand more"), TWO]
    ),
    "a year at the end": said("one\n\n2012", "one\n2012"),
    "a year within": Sample(
        f"1\n{FIRST}\n2012\n\n2\n{SECOND}\n2013\n3\n",
        [(1000, 2000, "2012"), (3000, 4000, "2013\n3")],
    ),
    "a countdown without identifiers": Sample(
        f"{FIRST}\n9\n\n{SECOND}\n8\n\n00:00:05,000 --> 00:00:06,000\n7\n",
        [(1000, 2000, "9"), (3000, 4000, "8"), (5000, 6000, "7")],
    ),
    "an advertisement before the first number": Sample(
        f"00:00:00,000 --> 00:00:00,500\nad\n\n1\n{FIRST}\none\n\n2\n{SECOND}\ntwo\n",
        [AD, ONE, TWO],
    ),
    "one that has a number below zero": Sample(
        f"-1\n00:00:00,000 --> 00:00:00,500\nad\n\n1\n{FIRST}\none\n\n2\n{SECOND}\ntwo\n",
        [AD, ONE, TWO],
    ),
    "numbers with gaps after a cue without one": Sample(
        f"00:00:00,000 --> 00:00:00,500\nad\n\n4\n{FIRST}\none\n\n9\n{SECOND}\ntwo\n",
        [AD, ONE, TWO],
    ),
    "the number of a cue that was cut off": Sample(f"1\n{FIRST}\none\n\n2\n", [ONE]),
    "one of a part of a file": Sample(f"7\n{FIRST}\none\n\n8\n", [ONE]),
    "unsorted": Sample(f"2\n{SECOND}\ntwo\n\n1\n{FIRST}\none\n", [ONE, TWO]),
    "overlapping": Sample(
        f"1\n{FIRST}\none\n\n2\n00:00:01,500 --> 00:00:04,000\ntwo\n", [ONE, (1500, 4000, "two")]
    ),
    "an empty cue": Sample(f"1\n{FIRST}\n\n2\n{SECOND}\ntwo\n", [(1000, 2000, ""), TWO]),
    "an empty cue at no time": Sample(
        f"0\n00:00:00,000 --> 00:00:00,000\n\n1\n{FIRST}\none\n", [ONE]
    ),
    "a text at no time": Sample("1\n00:00:00,000 --> 00:00:00,000\none\n", [(0, 0, "one")]),
    "two times in a text": said("from 00:00:05,0 to 00:00:06,0"),
    "an arrow in a text": said("one\npress --> here\n12:30 -> late\n12:30 \u2192 13:00"),
    "an arrow alone in a text": said("-->\nA --> B"),
    # broken cues
    "a letter in a time": Sample(
        f"1\n{FIRST}\none\n\n2\n00:00:03,000 --> 00:00:0x,000\nlost\n\n3\n{SECOND}\ntwo\n",
        [ONE, TWO],
        1,
    ),
    "a letter in a time, no blank lines": Sample(
        f"1\n{FIRST}\none\n2\n00:00:03,000 --> 00:00:0x,000\nlost\n3\n{SECOND}\ntwo\n",
        [ONE, TWO],
        1,
    ),
    "letters in a time": Sample(
        f"1\n{FIRST}\none\n\n2\n00:00:13,980 --> 00:00:19werwer,580\nlost\n\n3\n{SECOND}\ntwo\n",
        [ONE, TWO],
        1,
    ),
    "letters for zeros": Sample(
        f"{FIRST}\none\n\nOO:OO:O3,OOO --> OO:OO:O4,OOO\nlost\n\n{SECOND}\ntwo\n", [ONE, TWO], 1
    ),
    "no arrow": Sample(
        f"1\n{FIRST}\none\n\n2\n00:00:03,000  00:00:04,000\nlost\n\n3\n{SECOND}\ntwo\n",
        [ONE, TWO],
        1,
    ),
    "one time": Sample(
        f"1\n{FIRST}\none\n\n2\n00:00:03,000 -->\nlost\n\n3\n{SECOND}\ntwo\n", [ONE, TWO], 1
    ),
    "no times": Sample(
        f"1\n{FIRST}\none\n\n2\nlost\nand this\n\n3\n{SECOND}\ntwo\n", [ONE, TWO], 1
    ),
    "a word for the arrow of the first cue": Sample(
        f"1\n00:00:01,000 to 00:00:02,000\nlost\n\n2\n{SECOND}\ntwo\n", [TWO], 1
    ),
    "no times of the first cue": Sample(f"1\nlost\nand this\n\n2\n{SECOND}\ntwo\n", [TWO], 1),
    "no times of the first cues": Sample(f"1\nlost\n\n2\nlost\n\n3\n{SECOND}\ntwo\n", [TWO], 2),
    "a title before the first cue": Sample(
        f"1\nMy Film (2010)\n\n1\n{FIRST}\none\n\n2\n{SECOND}\ntwo\n", [ONE, TWO]
    ),
    "a title and its author before the first cue": Sample(
        f"1\nMy Film\n(2010)\n\n2\nby me\n\n\n1\n\n{FIRST}\none\n\n2\n{SECOND}\ntwo\n", [ONE, TWO]
    ),
    "a title right before the first cue": Sample(
        f"1\nMy Film\n1\n{FIRST}\none\n2\n{SECOND}\ntwo\n", [ONE, TWO]
    ),
    "a title before cues without numbers": Sample(
        f"1\nMy Film\n\n{FIRST}\none\n\n{SECOND}\ntwo\n", [ONE, TWO]
    ),
    "no times of the first cue, broken ones of the second": Sample(
        f"1\nlost\n\n2\n00:00:01,000 --> 00:00:0x,000\nlost\n\n3\n{SECOND}\ntwo\n", [TWO], 2
    ),
    "no times of a cue that follows a title": Sample(
        f"1\nMy Film\n\n1\n{FIRST}\none\n\n2\nlost\n\n3\n{SECOND}\ntwo\n", [ONE, TWO], 1
    ),
    "negative times": Sample(
        f"1\n-00:00:01,000 --> 00:00:02,000\nlost\n\n2\n{SECOND}\ntwo\n", [TWO], 1
    ),
    "an end before the start": Sample(
        f"1\n{FIRST}\none\n\n2\n00:00:09,000 --> 00:00:08,000\nlost\n\n3\n{SECOND}\ntwo\n",
        [ONE, TWO],
        1,
    ),
    "frames for a fraction": Sample(
        f"1\n00:00:01:12 --> 00:00:02:12\nlost\n\n2\n{SECOND}\ntwo\n", [TWO], 1
    ),
    "hours that no number holds": Sample(
        f"1\n999999999999:00:00,000 --> 999999999999:00:01,000\nlost\n\n2\n{SECOND}\ntwo\n",
        [TWO],
        1,
    ),
    # markup
    "tags": said("<i>o</i><B>n</B><font color='#ff0000'>e</font> <u>x</u ><s/>", "one x"),
    "a line of tags": said("one\n<i></i>\n{\\an8}\ntwo", "one\ntwo"),
    "a break": said("one<br>two<br />three", "one\ntwo\nthree"),
    "an override": said("{\\an8}\u4e0a\u9762{\\i0}", "\u4e0a\u9762"),
    "less than": said("3 < 5 and 6 > 5, <3"),
    "other angles": said("<Bob> #include <stdio.h> <b"),
    "braces": said("{braces} {y:i} {"),
    "backslashes": said("C:\\new \\N \\h"),
    "references": said("a &amp; b & c &lt;i&gt;"),
    "an arrow": said("a --> b"),
    "control characters": said("a\x0b\x0cb\x07\x1bc"),
    "no characters": said("a\0b", "a\ufffdb"),
    "no characters at the ends of lines": Sample(
        f"1\0\n{FIRST}\0\none\0\0\n\0\n2\n{SECOND}\ntwo\n" + "\0" * 64, [ONE, TWO]
    ),
    "scripts": said("\u6b22\u8fce \u202b\u0645\u0631\u062d\u0628\u0627\u202c \U0001f600 \ufffd"),
}
WEBVTT: dict[str, Sample] = {
    "identifiers and notes": Sample(
        "WEBVTT - a title\nKind: captions\n\nintro\n00:01.000 --> 00:02.000\none\n\n"
        "STYLE\n::cue { color: red }\n\nREGION\nid:fred\n\nNOTE a --> b\nuse --> here\n\n"
        "second\n00:03.000 --> 00:04.000 align:start position:10%\ntwo\n\nNOTE the end\n\nlast\n",
        [ONE, TWO],
    ),
    "a text ends at a blank line": Sample(
        "WEBVTT\n\n00:01.000 --> 00:02.000\none\n\nno cue\n\n00:03.000 --> 00:04.000\ntwo\n",
        [ONE, TWO],
    ),
    "a space for an empty line": Sample(
        "WEBVTT\nKind: captions\n\n00:01.000 --> 00:02.000\n \none<00:01.500><c> more</c>\n\n"
        "00:03.000 --> 00:04.000\none more\n \n\n00:05.000 --> 00:06.000\n\t\n",
        [(1000, 2000, "one more"), (3000, 4000, "one more"), (5000, 6000, "")],
    ),
    "spaces within a text": Sample(
        "WEBVTT\n\n00:01.000 --> 00:02.000\none\n \nand more\n \n00:03.000 --> 00:04.000\ntwo\n",
        [(1000, 2000, "one\nand more"), TWO],
    ),
    "SubRip by another name, with spaces between cues": Sample(
        f"WEBVTT\n \n1\n{FIRST}\none\n \nand more\n \n2\n{SECOND}\ntwo\n \n3\n",
        [(1000, 2000, "one\nand more"), (3000, 4000, "two\n3")],
    ),
    "SubRip by another name, an empty cue": Sample(
        f"WEBVTT\n \n1\n{FIRST}\n\t\n2\n{SECOND}\ntwo\n", [(1000, 2000, ""), TWO]
    ),
    "SubRip by another name, a broken cue": Sample(
        f"WEBVTT\n \n1\n{FIRST}\none\n \n2\n00:00:0x,000 --> 00:00:04,000\nlost\n \n"
        f"3\n{SECOND}\ntwo\n",
        [ONE, TWO],
        1,
    ),
    "SubRip by another name, a number in a text": Sample(
        f"WEBVTT\n\n{FIRST}\none\n2012\n{SECOND}\n \n2\n\n",
        [(1000, 2000, "one\n2012"), (3000, 4000, "2")],
    ),
    "a number after spaces, with times as browsers want them": Sample(
        "WEBVTT\n\n00:01.000 --> 00:02.000\none\n \n2\n00:03.000 --> 00:04.000\ntwo\n",
        [(1000, 2000, "one\n2"), TWO],
    ),
    "a time ends a text": Sample(
        "WEBVTT\n\n00:01.000 --> 00:02.000\none\n00:03.000 --> 00:04.000\ntwo\n", [ONE, TWO]
    ),
    "a time in the header": Sample("WEBVTT\n00:01.000 --> 00:02.000\none\n", [ONE]),
    "local times": Sample(
        "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n"
        "00:01.000 --> 00:02.000\none\n",
        [ONE],
    ),
    "blank lines before": Sample("\n\nWEBVTT\n\n00:01.000 --> 00:02.000\none\n", [ONE]),
    "commas": Sample(f"WEBVTT\n\n1\n{FIRST}\none\n\n2\n{SECOND}\ntwo\n", [ONE, TWO]),
    "an arrow without blanks": Sample(
        "WEBVTT\n\n00:01.000-->00:02.000\none\n\n0:00:03.000-->000:00:04.000 align:end\ntwo\n",
        [ONE, TWO],
    ),
    "settings without a blank": Sample(
        "WEBVTT\n\n00:01.000 --> 00:02.000line:0\none\n\n00:03.000 --> 00:04.000align:end size:9%\n"
        "two\n",
        [ONE, TWO],
    ),
    "a mark before the signature": Sample(
        "\u200eWEBVTT\n\n00:01.000 --> 00:02.000\none\n\nno cue\n", [ONE]
    ),
    "marks before times": Sample(
        "WEBVTT\n\n\u202a00:01.000 --> 00:02.000\u202c\n\u202bone\u202c\n\n"
        "\ufeff00:03.000 --> 00:04.000\ntwo\n",
        [(1000, 2000, "\u202bone\u202c"), TWO],
    ),
    "no characters at the end of a line": Sample(
        "WEBVTT\0\n\n00:01.000 --> 00:02.000\none\0\n\0\0", [ONE]
    ),
    "hours": Sample(
        "WEBVTT\n\n9999:00:00.000 --> 9999:00:01.000\none\n", [(35996400000, 35996401000, "one")]
    ),
    "a broken cue": Sample(
        "WEBVTT\n\n00:01.000 --> 00:02.000\none\n\nid\n00:03.000 --> 00:0x.000\nlost\n\n"
        "00:03.000 --> 00:04.000\ntwo\n",
        [ONE, TWO],
        1,
    ),
    "a broken cue without an arrow": Sample(
        "WEBVTT\n\n00:01.000 --> 00:02.000\none\n\n00:00:03.000 -> 00:00:0x.000\nlost\n\n"
        "00:03.000 --> 00:04.000\ntwo\n",
        [ONE, TWO],
        1,
    ),
    "an arrow of another kind in a text": voiced(
        "a\n00:00:03 -> 00:00:04", "a\n00:00:03 -> 00:00:04"
    ),
    "voices": voiced(
        "<v Ann Lee>one</v> <c.red.big>two</c> <lang en>three</lang>", "one two three"
    ),
    "karaoke": voiced("one <00:00:01.500>two <01.700>", "one two <01.700>"),
    "ruby": voiced("<ruby>\u6f22<rt>kan</rt></ruby>", "\u6f22kan"),
    "references": voiced("&lt;b&gt; &amp;amp; &nbsp;&#65;&#x42; AT&T", "<b> &amp; \u00a0AB AT&T"),
    "line ends by reference": voiced(
        "a&#10;&#10;b&#13;c&#10;00:03.000 --&gt; 00:04.000", "a\nb\nc\n00:03.000 --> 00:04.000"
    ),
}
OTHERS: dict[str, Sample] = {
    "SBV": Sample("0:00:01.000,0:00:02.000\none\n\n0:00:03.000,0:00:04.000\ntwo\n", [ONE, TWO]),
    "SubViewer": Sample(
        "[INFORMATION]\n[TITLE]x\n[END INFORMATION]\n[SUBTITLE]\n"
        "00:00:01.00,00:00:02.00\none[br]two\n",
        [(1000, 2000, "one\ntwo")],
    ),
    "MPL2": Sample("[10][20] one|two\n[30][40] two\n", [(1000, 2000, "one\ntwo"), TWO]),
}


# --- made by chance ------------------------------------------------------------------------------

_SAID = [
    *(
        "one",
        "one two",
        "- No!",
        "\u6b22\u8fce\u6536\u770b",
        "\u0645\u0631\u062d\u0628\u0627",
        "2012",
    ),
    *("3 < 5", "{braces}", "a & b", "C:\\new", "<3", "a --> b", "\U0001f600", "x > y", "NOTE so"),
]
_MARKED = {"<i>slanted</i>": "slanted", "{\\an8}above": "above", "<font color=red>red": "red"}
_ARROWS = ["-->", "->", "\u2192", "\u2014>", "- ->", "--&gt;"]
_LOST = ["00:00:0x,000 --> 00:00:02,000", "00:00:09,000 --> 00:00:08,000", "00:00:01,000 -->"]
_WIDE = str.maketrans(
    "0123456789:,", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff1a\uff0c"
)


def stamp(ms: int, point: str = ",") -> str:
    """Write a time as SubRip has it."""
    return f"{ms // 3600000:02}:{ms // 60000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"


def _timed(start: int, end: int, chance: random.Random) -> str:
    times = f"{stamp(start)} {chance.choice(_ARROWS)} {stamp(end)}"
    return chance.choice([times, times, times.replace(",", "."), times.translate(_WIDE)])


def made(seed: int) -> Sample:
    """Write SubRip as somebody might, with broken cues here and there."""
    chance = random.Random(seed)
    numbered, gap = chance.random() < 0.7, chance.choice(["\n", "\n\n", "\n\n\n", "\n \n"])
    blocks, cues, broken = [], [], 0
    for number in range(1, chance.randrange(2, 12)):
        head = f"{number}\n" if numbered else ""
        if chance.random() < 0.1:
            blocks.append(f"{head}{chance.choice(_LOST)}\nlost")
            broken += 1
            continue
        start = chance.randrange(1, 4_000_000)
        end = start + chance.randrange(4_000)
        lines = [chance.choice([*_SAID, *_MARKED]) for _ in range(chance.randrange(1, 4))]
        blocks.append(f"{head}{_timed(start, end, chance)}\n" + "\n".join(lines))
        cues.append((start, end, "\n".join(_MARKED.get(line, line) for line in lines)))
    text = gap.join(blocks).replace("\n", chance.choice(["\n", "\r\n", "\r"]))
    return Sample(text, sorted(cues, key=lambda cue: cue[:2]), broken)
