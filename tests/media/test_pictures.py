"""The size of a picture is what ffprobe says, and damaged ones cost no more than their headers."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mps_manifest.formats.picture_headers import PICTURES, picture_size
from mps_manifest.formats.sniffing import ENOUGH, content_type
from tests.media import make
from tests.media.make import IMAGES, RECIPES, ffmpeg, needs_ffmpeg, reading, samples
from tests.media.probe import expected
from tests.media.test_fuzzed_media import damaged

pytestmark = needs_ffmpeg

SAMPLES = [path for path in samples() if path.suffix in IMAGES]
MADE = [*make.PICTURES, *(name for name in RECIPES if Path(name).suffix in IMAGES)]
MOST_READS = 400


def check(path: Path) -> None:
    body = path.read_bytes()
    media, _ = expected(path)
    found = content_type(body[:ENOUGH])
    assert found in PICTURES
    assert picture_size(found, len(body), reading(body)) == (media.width_px, media.height_px)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_sizes_of_the_sample_pictures(path: Path) -> None:
    """The samples are what everybody sees first, so an independent tool must agree on them."""
    check(path)


@pytest.mark.parametrize("name", MADE)
def test_sizes_of_many_kinds(name: str, tmp_path: Path) -> None:
    """Each format stores its size in its own way, and rare variants are easily misread."""
    check(make.make(name, tmp_path))


def test_the_canvas_counts_where_pictures_move(tmp_path: Path) -> None:
    """No reference: ffprobe cannot read such files."""
    path = ffmpeg(f"{RECIPES['moving.gif']} -c:v libwebp_anim", tmp_path / "moving.webp")
    body = path.read_bytes()
    assert picture_size("image/webp", len(body), reading(body)) == (320, 180)


def test_damaged_pictures_have_a_size_or_none_after_a_few_reads(tmp_path: Path) -> None:
    """A damaged header must cause neither absurd sizes nor endless reads, each of which is paid."""
    bodies = [make.make(name, tmp_path).read_bytes() for name in MADE]
    for seed in range(500):
        chance = random.Random(seed)
        data = damaged(chance.choice(bodies), chance)
        asked: list[int] = []

        def read(start: int, length: int, data: bytes = data, asked: list[int] = asked) -> bytes:
            asked.append(start)
            return data[start : start + length]

        for kind in PICTURES:
            size = picture_size(kind, len(data), read)
            assert size is None or min(size) > 0
        assert len(asked) < MOST_READS
        assert all(start >= 0 for start in asked)
