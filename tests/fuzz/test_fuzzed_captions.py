"""Damaged caption files of each format: cues that make sense, or a note, soon."""

from __future__ import annotations

import random
import time

import pytest

from mps_manifest.formats.findings import Captions, FileContext
from mps_manifest.formats.text.text_encoding import decode_text
from mps_manifest.formats.timed_text.captions import (
    plays_as_webvtt,
    read_captions,
    read_cues,
    webvtt,
)
from mps_manifest.problems import Problem
from tests.fuzz.odd import broken

SEEDS = 500
SECONDS_PER_FILE = 1.0
_TEXT = "one <i>two</i>{\\an8} 3 < 5 & so\n"
_TTML = (
    '<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en" '
    'xmlns:ttp="http://www.w3.org/ns/ttml#parameter" ttp:frameRate="25" ttp:tickRate="1000">'
    '<head/><body begin="1s" end="99s"><div>'
    '<p begin="00:00:01.5" end="00:00:02:05">one<br/>two &amp; <span>three</span></p>'
    '<p begin="45f" dur="500t">four</p><p><span begin="3s" end="4s">five</span></p>'
    "</div></body></tt>"
)
FILES = {
    "srt": "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{_TEXT}\n" for n in range(1, 6)),
    "vtt": "WEBVTT\nLanguage: en\n\nNOTE a\nb\n\nSTYLE\n::cue{}\n\n"
    + "".join(f"id\n00:0{n}.000 --> 00:0{n}.900 a:b\n{_TEXT}&lt;&#65;\n\n" for n in range(1, 6)),
    "ass": "[Script Info]\n[V4+ Styles]\nStyle: D\n[Events]\nFormat: Start, End, Text\n"
    + "".join(
        f"Dialogue: 0:00:0{n}.00,0:00:0{n}.90,{{\\p1}}m 0{{\\p0}}a\\Nb\n" for n in range(1, 6)
    ),
    "ttml": _TTML,
    "sbv": "".join(f"0:00:0{n}.000,0:00:0{n}.900\none[br]two\n\n" for n in range(1, 6)),
    "mpl2": "".join(f"[{n}0][{n}9] /one|two\n" for n in range(1, 6)),
}
_SPLICES = (
    *(
        "\n",
        "\n\n",
        " ",
        "\t",
        "\r",
        "\ufeff",
        "\0",
        "\u2028",
        ":",
        ",",
        "-->",
        "->",
        "\u2192",
        "0",
        "9" * 400,
    ),
    *(
        "<",
        ">",
        "<i>",
        "</",
        "{",
        "}",
        "{\\",
        "&",
        "&#1;",
        "&#x110000;",
        "&a;",
        "'",
        '"',
        "/>",
        "<p>",
    ),
    *("WEBVTT\n", "[Events]\n", "<tt>", "1\n", "00:00:01,000 --> 00:00:02,000\n", "<!DOCTYPE a>"),
)


def damaged(text: str, seed: int) -> bytes:
    """Do to a text what editors, translators and broken disks do."""
    chance = random.Random(seed)
    for _ in range(chance.randrange(6)):
        at = chance.randrange(len(text) + 1)
        cut = chance.choice([0, 0, 1, 2, 30])
        text = text[:at] + chance.choice(["", *_SPLICES]) + text[at + cut :]
    encoding = chance.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "gb18030"])
    return broken(text.encode(encoding), seed) if seed % 2 else text.encode(encoding)


@pytest.mark.parametrize("kind", FILES)
def test_a_damaged_file_gives_what_makes_sense(kind: str) -> None:
    """Whatever is left of it, a reader neither fails nor hangs, and says what it lost."""
    told = 0
    for seed in range(SEEDS):
        body = damaged(FILES[kind], seed)
        started = time.thread_time()
        found = list(read_captions(body, FileContext()))
        assert time.thread_time() - started < SECONDS_PER_FILE, seed
        for each in found:
            assert isinstance(each, Captions | Problem)
            if isinstance(each, Captions) and each.cues:
                assert 0 <= (each.first_ms or 0) <= (each.last_ms or 0), seed
                told += 1
        counts = [each.cues for each in found if isinstance(each, Captions)]
        assert counts != [0] or len(found) > 1 or not decode_text(body).text.strip(), seed
    assert told > SEEDS // 6, "else nothing but refusals was tried"


@pytest.mark.parametrize("kind", FILES)
def test_what_is_left_is_written_as_it_was_read(kind: str) -> None:
    """The copy for browsers has the same cues, and is such that they read it."""
    written = 0
    for seed in range(SEEDS):
        body = damaged(FILES[kind], seed)
        copy = webvtt(body)
        if copy is None:
            continue
        read, again = read_cues(decode_text(body).text), read_cues(copy)
        assert read is not None
        assert again is not None
        assert (again.cues, again.broken) == (read.cues, 0), seed
        assert plays_as_webvtt(copy.encode()), seed
        written += 1
    assert written > SEEDS // 6
