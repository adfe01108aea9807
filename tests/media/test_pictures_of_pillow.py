"""Facts of pictures that Pillow writes are those that it reads from them."""

from __future__ import annotations

import io
from typing import Any

import pytest

from mps_manifest.formats.findings import Media
from mps_manifest.formats.pictures.picture_ends import missing_bytes
from mps_manifest.formats.sniffing import ENOUGH, content_type
from tests.media.make import reading
from tests.pictures import read_picture

Image: Any = pytest.importorskip("PIL.Image", reason="Pillow is not installed yet: `make setup`")

SIZE = 62, 42
TYPES = {"AVIF": "image/avif", "JPEG": "image/jpeg", "PNG": "image/png", "TIFF": "image/tiff"}
TYPES |= {"WEBP": "image/webp", "GIF": "image/gif"}
CLEAR = 255, 0, 0, 0
TRANSPOSED = {5, 6, 7, 8}


def saved(picture: Any, form: str, **options: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, form, **options)
    return target.getvalue()


def facts(body: bytes, form: str) -> Media:
    kind = content_type(body[:ENOUGH])
    assert kind == TYPES[form]
    media = read_picture(kind, len(body), reading(body))
    assert media is not None
    return media


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["AVIF", "JPEG", "PNG", "TIFF", "WEBP"])
def test_orientations(form: str, orientation: int) -> None:
    """Each format keeps it in its own place; AVIF as turns and mirrorings."""
    exif = Image.Exif()
    exif[274] = orientation
    media = facts(saved(Image.new("RGB", SIZE), form, exif=exif), form)
    assert (media.width_px, media.height_px) == SIZE
    assert media.orientation == (orientation if orientation > 1 else None)
    shown = (media.display_width_px, media.display_height_px)
    assert shown == (SIZE[::-1] if orientation in TRANSPOSED else (None, None))


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("form", ["AVIF", "GIF", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "RGB", "L"])
def test_alpha(form: str, mode: str, *, lossless: bool) -> None:
    """What goes over another picture must not be taken for what covers it."""
    if form == "GIF" and mode == "LA":
        pytest.skip("Pillow writes it without its alpha")
    picture = Image.new("RGBA", SIZE, CLEAR).convert(mode)
    options = {"lossless": lossless} if form == "WEBP" else {}
    body = saved(picture, form, **options)
    assert facts(body, form).alpha is (True if mode in {"RGBA", "LA"} else None)


@pytest.mark.parametrize("form", ["AVIF", "GIF", "PNG", "WEBP"])
def test_frames_and_durations(form: str) -> None:
    """The sum of what the frames declare."""
    frames = [Image.new("RGB", SIZE, colour) for colour in ("red", "green", "blue")]
    delays = {"save_all": True, "append_images": frames[1:], "duration": [100, 250, 70]}
    media = facts(saved(frames[0], form, loop=0, **delays), form)
    assert (media.frames, media.duration_ms) == (3, 420)
    assert (media.width_px, media.height_px) == SIZE
    still = facts(saved(frames[0], form), form)
    assert (still.frames, still.duration_ms) == (None, None)


@pytest.mark.parametrize("form", ["AVIF", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(64, 48), (500, 400)])
def test_what_is_cut_off(form: str, size: tuple[int, int]) -> None:
    """It is told wherever the cut is, and never of a whole picture."""
    body = saved(Image.effect_noise(size, 50).convert("RGB"), form)
    for behind in (b"", b"\n", bytes(100), b"--boundary--\r\n"):
        assert missing_bytes(TYPES[form], len(body + behind), reading(body + behind)) == ""
    for part in (0.3, 0.5, 0.8):
        short = body[: int(len(body) * part)]
        assert missing_bytes(TYPES[form], len(short), reading(short)), part


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "jpeg", "tiff_deflate", "packbits"])
@pytest.mark.parametrize("large", [False, True], ids=["TIFF", "BigTIFF"])
@pytest.mark.parametrize("size", [SIZE, (1, 1), (5000, 3)])
def test_tiff(compression: str | None, size: tuple[int, int], *, large: bool) -> None:
    """Where its directory is depends on who compresses it."""
    body = saved(Image.new("RGB", size), "TIFF", compression=compression, big_tiff=large)
    media = facts(body, "TIFF")
    assert media == Media(width_px=size[0], height_px=size[1])


def test_the_first_of_several_pages_counts() -> None:
    """Readers show that one."""
    pages = [Image.new("L", SIZE), Image.new("L", (9, 9))]
    body = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert facts(body, "TIFF") == Media(width_px=62, height_px=42)


@pytest.mark.parametrize("size", [SIZE, (1, 1), (7, 300)])
@pytest.mark.parametrize("form", ["AVIF", "JPEG", "PNG", "WEBP", "GIF"])
def test_sizes(form: str, size: tuple[int, int]) -> None:
    """Odd ones too, of which codecs make even ones."""
    media = facts(saved(Image.new("RGB", size), form), form)
    assert (media.width_px, media.height_px) == size
    assert media.display_width_px is None
