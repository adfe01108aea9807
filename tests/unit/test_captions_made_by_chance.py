"""Many caption files: ours read as they were written, and all as a second library reads them."""

from __future__ import annotations

import random

import pytest
from pysubs2 import SSAEvent, SSAFile

from mps_manifest.formats.text.text_encoding import decode_text
from mps_manifest.formats.timed_text.captions import read_cues
from tests.unit.caption_texts import Sample, made, stamp

_SAID = [
    "one",
    "one two",
    "- No!",
    "\u6b22\u8fce\u6536\u770b",
    "a, b",
    "2012 was",
    "(x)",
    "\U0001f600",
]


def read(text: str) -> Sample:
    found = read_cues(decode_text(text.encode()).text)
    assert found is not None
    return Sample(text, [(c.start_ms, c.end_ms, c.text) for c in found.cues], found.broken)


@pytest.mark.parametrize("seeds", [range(at, at + 100) for at in range(0, 1000, 100)], ids=str)
def test_files_are_read_as_they_were_written(seeds: range) -> None:
    """However times, numbers and blank lines are mixed, no cue gets words of another."""
    for seed in seeds:
        sample = made(seed)
        assert read(sample.text) == sample, seed


def events(chance: random.Random) -> SSAFile:
    """Make cues whose times every format can write."""
    file = SSAFile()
    for _ in range(chance.randrange(1, 20)):
        start = chance.randrange(40_000) * 100
        text = "\\N".join(chance.choice(_SAID) for _ in range(chance.randrange(1, 4)))
        file.append(SSAEvent(start=start, end=start + chance.randrange(1, 90) * 100, text=text))
    file.sort()
    return file


@pytest.mark.parametrize("kind", ["srt", "vtt", "ass", "ssa", "ttml", "mpl2"])
def test_a_second_library_reads_the_same(kind: str) -> None:
    """It writes each format, and what it reads back are the same times and words."""
    for seed in range(100):
        text = events(random.Random(seed)).to_string(kind)
        theirs = SSAFile.from_string(text, format_=kind)
        ours = read(text)
        expected = [(each.start, each.end, each.plaintext.strip()) for each in theirs]
        assert sorted(ours.cues) == sorted(expected), seed
        assert ours.broken == 0


def test_a_second_library_reads_the_same_of_other_writers() -> None:
    """The plain form of SubRip, as a recognizer writes it."""
    for seed in range(200):
        chance = random.Random(seed)
        starts = sorted(chance.sample(range(4_000_000), 10))
        text = "".join(
            f"{number}\n{stamp(start)} --> {stamp(start + 1500)}\n{chance.choice(_SAID)}\n\n"
            for number, start in enumerate(starts, 1)
        )
        theirs = SSAFile.from_string(text, format_="srt")
        assert read(text).cues == [(each.start, each.end, each.plaintext) for each in theirs]
