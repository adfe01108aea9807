"""Captions and result files that somebody broke: an outcome for each, soon, and a sane one."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.formats.captions import webvtt
from mps_manifest.formats.findings import Beats, Captions, FileContext
from mps_manifest.formats.result_files import READABLE, read_content
from mps_manifest.jobs.result_readers import Segment
from mps_manifest.problems import Problem

MEDIA = Path(__file__).parents[2] / "local" / "samples" / "media"
SAMPLES = sorted(p for p in MEDIA.iterdir() if p.suffix in {".srt", ".txt", ".json"})
LONGEST = 2.0
SPLICES = [b"-->", b"<a", b"{\\", b"\n\n\n", b"[" * 50, b'{"', b"\xff\xfe", b"9" * 40, b"WEBVTT\n"]


def mutated(body: bytes, dice: random.Random) -> bytes:
    """Break a file in one to five places."""
    broken = bytearray(body)
    for _ in range(dice.randint(1, 5)):
        at = dice.randrange(len(broken) + 1)
        match dice.randrange(5):
            case 0 if at < len(broken):
                broken[at] ^= 1 << dice.randrange(8)
            case 1:
                del broken[at : at + dice.randrange(40)]
            case 2:
                broken[at:at] = dice.choice(SPLICES) * dice.choice([1, 1, 100])
            case 3:
                broken[at:at] = broken[at : at + 50] * dice.choice([1, 50])
            case _:
                del broken[at:]
    return bytes(broken)


def check(role: str, body: bytes) -> None:
    started = time.thread_time()
    found = list(read_content(role, body, FileContext()))
    webvtt(body)
    assert time.thread_time() - started < LONGEST
    assert found or role == "segments"
    for each in found:
        match each:
            case Captions(cues, first, last, _):
                assert cues == 0 or 0 <= (first or 0) <= (last or 0)
            case Beats(beats, downbeats):
                assert all(beat >= 0 for beat in beats + downbeats)
            case Segment(_, start, end, _):
                assert start >= 0
                assert end >= 0
            case Problem():
                assert each.detail.encode()
                assert each.detail.isprintable()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_broken_samples(path: Path) -> None:
    """Five hundred of each, the same every time."""
    dice, body = random.Random(path.name), path.read_bytes()
    for _ in range(500):
        broken = mutated(body, dice)
        for role in ("captions", dice.choice(sorted(READABLE))):
            check(role, broken)


@given(st.sampled_from(sorted(READABLE)), st.binary(max_size=2000))
def test_any_bytes(role: str, body: bytes) -> None:
    """Strangers choose these bytes, which must never crash or stall an invocation."""
    check(role, body)


@given(st.sampled_from(sorted(READABLE)), st.text(max_size=500))
def test_any_text(role: str, text: str) -> None:
    """Readable text gets further into the parsers than random bytes do."""
    check(role, text.encode("utf-8", "replace"))


HEAD = b"1\n00:00:01,000 --> 00:00:02,000\n"
VTT_HEAD = b"WEBVTT\n\n00:01.000 --> 00:02.000\n"
HOSTILE = {
    "digits": b"12:34:56," * 120_000,
    "arrows": b"-->\n" * 250_000,
    "open tags": HEAD + b"<a" * 400_000,
    "open tags of WebVTT": VTT_HEAD + b"<a" * 400_000,
    "blank lines": HEAD + b"\n" * 1_000_000 + b"x",
    "numbered lines": HEAD + b"\n1 " * 300_000 + b"x",
    "braces": HEAD + b"{" * 1_000_000,
    "blanks": HEAD + b" " * 1_000_000 + b"x",
    "far stamps": b"00:00:01,000" + b" " * 500_000 + b"-->" + b" " * 500_000,
    "names": b"BeatList" * 100_000,
    "open lists": b"BeatList: [" * 100_000,
    "queries": b"http://a?" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("role", sorted(READABLE))
def test_a_megabyte_made_to_take_long(role: str, name: str) -> None:
    """A file that stalls a parser would hold up all other jobs of the invocation."""
    check(role, HOSTILE[name])
