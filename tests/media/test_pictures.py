"""The size of a picture is what ffprobe says, and damaged ones cost no more than their headers."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest

from mps_manifest.formats.pictures.picture_headers import PICTURES, picture_size
from mps_manifest.formats.sniffing import ENOUGH, content_type
from tests.media import make
from tests.media.make import FFPROBE, IMAGES, RECIPES, ffmpeg, needs_ffmpeg, reading, samples
from tests.media.probe import expected
from tests.media.test_fuzzed_media import damaged
from tests.pictures import read_picture

pytestmark = needs_ffmpeg

SAMPLES = [path for path in samples() if path.suffix in IMAGES]
MADE = [*make.PICTURES, *(name for name in RECIPES if Path(name).suffix in IMAGES)]
MOST_READS = 400
COUNTING = [FFPROBE or "ffprobe", "-v", "error", "-of", "json", "-count_frames", "-show_streams"]
COUNTING += ["-show_entries", "frame=pkt_duration_time"]


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


@pytest.mark.parametrize("name", ["moving.gif", "moving.png", "still.gif", "still.png"])
def test_frames_are_those_that_ffprobe_decodes(name: str, tmp_path: Path) -> None:
    """A page that shows a moving picture must know how long it takes."""
    path = make.make(name, tmp_path)
    body = path.read_bytes()
    media = read_picture(content_type(body[:ENOUGH]) or "", len(body), reading(body))
    told = json.loads(subprocess.check_output([*COUNTING, str(path)], timeout=60))  # noqa: S603
    [stream] = told["streams"]
    frames = int(stream["nb_read_frames"])
    assert media is not None
    assert media.frames == (frames if frames > 1 else None)
    seconds = sum(float(each["pkt_duration_time"]) for each in told["frames"])
    assert media.duration_ms == (pytest.approx(1000 * seconds, abs=1) if frames > 1 else None)


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
