"""Damaged files: facts, none, or a reason, soon; whatever else happens stays in the child."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from mps_manifest.adapters.mediainfo import MediaInfoParser
from mps_manifest.errors import Unreadable
from mps_manifest.formats.findings import Media
from mps_manifest.formats.media.sanity import sane
from tests.media.make import FFMPEG, RECIPES, make, samples
from tests.media.opening import read_body

_MADE = [
    name
    for name in RECIPES
    if name.endswith((".mkv", ".ts", ".mp3", ".flac", ".ogg", ".flv", ".m4a", ".mov", ".mp4"))
]


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Read the sample files, and others of more kinds where ffmpeg can make them."""
    folder: Path = tmp_path_factory.mktemp("made")
    made = [make(name, folder) for name in _MADE] if FFMPEG else []
    return [path.read_bytes() for path in (*samples(), *made)]


@pytest.fixture(scope="module")
def parser() -> Iterator[MediaInfoParser]:
    running = MediaInfoParser()
    yield running
    running.close()


def damaged(body: bytes, chance: random.Random) -> bytes:
    """Do one or two of what happens to files: bits flip, ends are lost, blocks are overwritten."""
    data = bytearray(body)
    way = chance.choice(["flip", "headers", "cut", "overwrite", "repeat", "noise", "cut+flip"])
    if "cut" in way:
        del data[chance.randrange(len(data)) :]
    if "flip" in way and data:
        for _ in range(chance.choice([1, 10, 1000])):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    if way == "headers":  # where sizes and counts are
        for _ in range(20):
            data[chance.randrange(min(len(data), 4000))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF])
    if way == "overwrite":
        start = chance.randrange(len(data))
        data[start : start + 200] = chance.randbytes(200)
    if way == "repeat":
        start = chance.randrange(len(data))
        data[start:start] = data[start : start + 500] * chance.randrange(1, 20)
    if way == "noise":
        data[chance.randrange(16) :] = chance.randbytes(len(data))
    return bytes(data)


def check(parser: MediaInfoParser, data: bytes) -> str:
    """Read a file; the parser has a second of CPU time for it, and ten of the clock."""
    try:
        media = read_body(parser, data).reading.media
    except Unreadable as fault:
        return str(fault)
    if media is not None:
        check_sane(media)
    return "facts" if media else "none"


def check_sane(media: Media) -> None:
    counts = (media.width_px, media.height_px, media.sample_rate, media.channels)
    for count in (*counts, media.duration_ms):
        assert count is None or (count == int(count) and count >= 0)
    assert media == sane(media)
    assert media.frame_rate is None or media.frame_rate > 0
    sizes = (media.display_width_px, media.display_height_px, media.bit_rate)
    assert all(size is None or 0 < size <= 2**53 for size in sizes)
    for codec in (media.video_codec, media.audio_codec, media.codecs):
        assert codec is None or codec.isascii()


def run(parser: MediaInfoParser, bodies: list[bytes], seeds: range) -> None:
    outcomes = []
    for seed in seeds:
        chance = random.Random(seed)
        outcomes.append(check(parser, damaged(chance.choice(bodies), chance)))
    assert "facts" in outcomes
    assert check(parser, bodies[0]) == "facts", "the parser lives on"


def test_damaged_files_end_well(parser: MediaInfoParser, bodies: list[bytes]) -> None:
    """Damaged input must not hang or kill the function, nor produce absurd values."""
    run(parser, bodies, range(60))


@pytest.mark.slow
def test_many_more_damaged_files_end_well(parser: MediaInfoParser, bodies: list[bytes]) -> None:
    """More seeds find rarer crashes than the short run has time for."""
    run(parser, bodies, range(60, 560))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 8, 11, 12, 100])
def test_tiny_files_end_well(parser: MediaInfoParser, bodies: list[bytes], size: int) -> None:
    """Parsers read beyond the end most easily in a file that ends within its header."""
    for body in bodies:
        check(parser, body[:size])
