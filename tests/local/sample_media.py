"""What is in the media of the sample jobs, as ffmpeg and Pillow tell it."""

from __future__ import annotations

import math
import subprocess
from array import array
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

from local.sample_jobs import SampleJob
from tests.media.make import FFMPEG
from tests.media.probe import probe

RATE = 8000
# Of pictures: the mean difference of a channel, of 255, that encoding alone makes.
SAME, SAME_IN_FEW_COLOURS = 4.0, 8.0
DIFFERENT = 12.0

Box = tuple[float, float, float, float]


def played(job: SampleJob) -> Path:
    """Return the file whose times a job tells: what it was given or, from a text, made of it."""
    files = (*job.inputs, *job.objects)
    return next(item.media for item in files if item.content_type[:6] in ("audio/", "video/"))


@lru_cache(maxsize=64)
def length_ms(path: Path) -> float:
    return 1000 * float(probe(path)["format"]["duration"])


def decoded(path: Path, *options: str) -> bytes:
    """Return what ffmpeg makes of a file."""
    reader = ["-c:v", "libvpx-vp9"] if path.suffix == ".webm" else []  # the only one with alpha
    command = [FFMPEG or "ffmpeg", "-v", "error", "-nostdin", *reader, *options, "-"]
    whole = [str(path) if part == "FILE" else part for part in command]
    return subprocess.run(whole, check=True, timeout=60, stdout=subprocess.PIPE).stdout  # noqa: S603


@lru_cache(maxsize=64)
def picture(path: Path, at_ms: float = 0.0, mode: str = "RGB") -> Image.Image:
    """Return the frame of a video at a time, or a picture."""
    if path.suffix in {".jpg", ".png"}:
        return Image.open(path).convert(mode)
    stream = probe(path)["streams"][0]
    form = {"RGB": "rgb24", "RGBA": "rgba"}[mode]
    seek = ["-ss", f"{at_ms / 1000:.3f}"] if at_ms else []
    raw = decoded(path, *seek, *f"-i FILE -frames:v 1 -f rawvideo -pix_fmt {form}".split())
    return Image.frombytes(mode, (stream["width"], stream["height"]), raw)


def difference(one: Image.Image, other: Image.Image, box: Box = (0, 0, 1, 1)) -> float:
    """Return how much two pictures differ within a part: left, top, width, height, from 0 to 1."""
    left, top, width, height = box
    sides = (left, top, left + width, top + height)
    scales = (one.width, one.height, one.width, one.height)
    edges = [round(side * scale) for side, scale in zip(sides, scales, strict=True)]
    part = (edges[0], edges[1], edges[2], edges[3])
    apart = ImageChops.difference(one.crop(part), other.resize(one.size).crop(part))
    return sum(ImageStat.Stat(apart).mean) / len(apart.getbands())


@lru_cache(maxsize=16)
def heard(path: Path) -> array[int]:
    """Return the sound of a file as samples of one channel."""
    return array("h", decoded(path, *f"-i FILE -vn -ac 1 -ar {RATE} -f s16le".split()))


def loudness(sound: array[int], start: float = 0.0, end: float = math.inf) -> float:
    """Return the root of the mean square between two times in seconds; the loudest is 1."""
    part = sound[round(start * RATE) : min(len(sound), round(min(end, 1e6) * RATE))]
    return math.sqrt(sum(value * value for value in part) / len(part)) / 32768
