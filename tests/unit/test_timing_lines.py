"""Times as translators, recognizers and people write them."""

from __future__ import annotations

import pytest

from mps_manifest.formats.timed_text.captions import read_cues
from mps_manifest.formats.timed_text.timing_lines import milliseconds_of, timing_of

FROM_1500_TO_2500 = [
    "00:00:01,500 --> 00:00:02,500",
    "00:00:01.500 --> 00:00:02.500",
    "00:00:01:500 --> 00:00:02:500",
    "00:01.500 --> 00:02.500",
    "0:0:1.5 --> 0:0:2.5",
    "0:1,5 --> 0:2,5",
    "000000:00:01,500 --> 000000:00:02,500",
    "00:00:01,5000004 --> 00:00:02,499500",
    "00:00:01,500.0999999999999 --> 00:00:02,499.79999999999995",
    "00:00:01.500-->00:00:02.500line:0 align:start",
    "00:00:01,500 --> 00:00:02,500X1:201 X2:516",
    "00:00:01,500-->00:00:02,500",
    "00:00:01,500\t-->\t00:00:02,500",
    "00:00:01,500\u3000--> \u00a000:00:02,500",
    "00:00:01,500 --> 00:00:02,500 X1:201 X2:516 Y1:397 Y2:423",
    "00:00:01.500 --> 00:00:02.500\talign:start position:0%",
    "\uff10\uff10\uff1a\uff10\uff10\uff1a\uff10\uff11\uff0c\uff15\uff10\uff10 --> 00:00:02,500",
    "00\uff1a00\uff1a01\uff0c500 \uff0d\uff0d\uff1e 00\uff1a00\uff1a02\u3002500",
    "\u0660\u0660:\u0660\u0660:\u0660\u0661\u066b\u0665\u0660\u0660 --> 00:00:02,500",
    "00: 00: 01, 500 -> 00: 00: 02, 500",
    "00 : 00 : 01 , 500 - -> 00 : 00 : 02 , 500",
    "00:00:01,500 -> 00:00:02,500",
    "00:00:01,500 -------> 00:00:02,500",
    "00:00:01,500 - > 00:00:02,500",
    "00:00:01,500 ->> 00:00:02,500",
    "00:00:01,500 ==> 00:00:02,500",
    "00:00:01,500 \u2013> 00:00:02,500",
    "00:00:01,500 \u2014> 00:00:02,500",
    "00:00:01,500 \u2212\u2212> 00:00:02,500",
    "00:00:01,500 \u2500\u2500\u203a 00:00:02,500",
    "00:00:01,500 \u2192 00:00:02,500",
    "00:00:01,500 \u27a1\ufe0f 00:00:02,500",
    "00:00:01,500 --&gt; 00:00:02,500",
]


@pytest.mark.parametrize("line", FROM_1500_TO_2500)
def test_a_timing_line_is_read_however_it_is_written(line: str) -> None:
    """Players read most of these, and a viewer misses what is not read."""
    timing = timing_of(line)
    assert timing is not None
    assert (timing.start_ms, timing.end_ms) == (1500, 2500)


@pytest.mark.parametrize(
    ("time", "milliseconds"),
    [
        ("00:00:20", 20_000),
        ("1:02.5", 62_500),
        ("00:00:01,05", 1050),
        ("00:00:01.123456", 1123),
        ("00:00:01,1000", 2000),
        ("00:00:59, 1000", 60_000),
        ("00:00:01\uff0c\uff11\uff10\uff10\uff10", 2000),
        ("\u0660:\u0660\u0660:\u0660\u0661\u066b\u0661\u0660\u0660\u0660", 2000),
        ("00:00:01.1000", 1100),
        ("00:01 . 1000", 1100),
        ("00:00:01\uff0e\uff11\uff10\uff10\uff10", 1100),
        ("00:00:01\u30021000", 1100),
        ("00:00:01,100.0", 1100),
        ("00:00:01.100.0", 1100),
        ("00:00:01,100.00", 1100),
        ("00:00:01,10000", 1100),
        ("00:00:01,1001", 1100),
        ("00:00:01,999.5", 2000),
        ("00:00:01.9995", 2000),
        ("00:00:01." + "9" * 5000, 2000),
        ("1234567:00:00.000", 4_444_441_200_000),
        ("00:75:00,000", 4_500_000),
        ("120:30.000", 7_230_000),
    ],
)
def test_a_time_is_worth_what_it_says(time: str, milliseconds: int) -> None:
    """Fractions are decimal, and fields may hold more than a clock has."""
    timing = timing_of(f"{time} --> {time}")
    assert timing is not None
    assert (timing.start_ms, timing.end_ms) == (milliseconds, milliseconds)
    assert milliseconds_of(time) == milliseconds


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1",
        "00:00:01,500",
        "00:00:01,500 00:00:02,500",
        "00:00:01,500 - 00:00:02,500",
        "00:00:01,500 -->",
        "--> 00:00:02,500",
        "00:00:01,500 --> 00:00:02,500x",
        "00:00:01,500 --> 00:00:02,500 -->",
        "00:00:01,500 --> 00:00:02,500line:0 -->",
        "00:00:01,500 --> 00:00:02x:0,500",
        "00:00:01,500 --> 00:00:02,50line:0",
        "00:00:01,500.5.5 --> 00:00:02,500",
        "00:00:0x,500 --> 00:00:02,500",
        "00:00:001,500 --> 00:00:02,500",
        "00:00:01:12 --> 00:00:02:12",
        "1 --> 2",
        "1.5 --> 2.5",
        "from 00:00:01,500 --> 00:00:02,500",
        "9" * 5000 + ":00:01,500 --> 00:00:02,500",
    ],
)
def test_what_would_have_to_be_guessed_is_no_timing_line(line: str) -> None:
    """Two digits after a colon may be frames, and numbers alone may be anything."""
    assert timing_of(line) is None


@pytest.mark.parametrize("arrow", ["->", "\u2192", "-->"])
def test_minutes_and_seconds_are_times_only_where_they_are_due(arrow: str) -> None:
    """A timetable in a text looks the same, and is no cue."""
    line = f"12:30 {arrow} 13:00"
    alone = read_cues(f"{line}\none\n")
    within = read_cues(f"00:00:01,000 --> 00:00:02,000\none\n{line}\n")
    assert alone is not None
    assert within is not None
    assert [tuple(cue) for cue in alone.cues] == [(750_000, 780_000, "one")]
    assert [tuple(cue) for cue in within.cues] == [(1000, 2000, f"one\n{line}")]
