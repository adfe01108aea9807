"""What pictures say beside their size: orientation, alpha, frames, duration."""

from __future__ import annotations

import random
from typing import Any

import pytest

from mps_manifest.formats.findings import Media
from mps_manifest.formats.pictures.picture_facts import ANIMATION_LIMIT
from tests.media.test_fuzzed_media import damaged
from tests.pictures import read_picture
from tests.unit.test_heif import ALPHA, auxc, irot, ispe, picture
from tests.unit.test_mp4_boxes import File
from tests.unit.test_picture_headers import (
    big,
    bmp,
    extended,
    gif,
    jpeg,
    little,
    lossless,
    lossy,
    png,
    segment,
    webp,
)
from tests.unit.test_tiff import SIZE, tiff

MOST_READS = 3000


def exif(orientation: int) -> bytes:
    return tiff((274, 3, 1, orientation), order="big")


def facts(kind: str, body: bytes) -> dict[str, Any]:
    """Return what is said beside the size, which is 320 by 180."""
    media = read_picture(f"image/{kind}", len(body), File(body, most=64 * 1024).read)
    assert media is not None
    assert (media.width_px, media.height_px) == (320, 180)
    empty = Media(width_px=320, height_px=180)._asdict()
    return {key: value for key, value in media._asdict().items() if value != empty[key]}


TURNED = {"orientation": 6, "display_width_px": 180, "display_height_px": 320}

# --- JPEG ------------------------------------------------------------------------------------


def test_a_photo_is_turned_by_its_exif() -> None:
    """Every phone writes it, and a page that reserves the coded size jumps."""
    assert facts("jpeg", jpeg(320, 180)) == {}
    body = jpeg(320, 180, before=segment(0xE1, b"Exif\0\0" + exif(6)))
    assert facts("jpeg", body) == TURNED
    assert facts("jpeg", jpeg(320, 180, before=segment(0xE1, b"Exif\0\0" + exif(3)))) == {
        "orientation": 3
    }
    reduced = tiff((254, 4, 1, 1), (274, 3, 1, 6), order="big")
    assert facts("jpeg", jpeg(320, 180, before=segment(0xE1, b"Exif\0\0" + reduced))) == TURNED


@pytest.mark.parametrize(
    "before",
    [
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + exif(6)),
        segment(0xE1, b"Exif\0\0" + exif(6)[:20]) + segment(0xFE, bytes(100)),
        segment(0xE1, b"Exif\0\0"),
        segment(0xFE, b"Exif\0\0" + exif(6)),
    ],
    ids=["XMP", "cut", "empty", "comment"],
)
def test_what_is_no_sound_exif_turns_nothing(before: bytes) -> None:
    """A directory that runs on beyond its segment is other data."""
    assert facts("jpeg", jpeg(320, 180, before=before)) == {}


# --- PNG -------------------------------------------------------------------------------------


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    return big(len(content), each=4) + kind + content + bytes(4)


def chunks(*parts: bytes, colour: int = 2) -> bytes:
    start = png(320, 180)[:33]
    return start[:25] + bytes([colour]) + start[26:] + b"".join(parts)


def control(number: int, over: int, under: int) -> bytes:
    return chunk(b"fcTL", big(number, 320, 180, 0, 0, each=4) + big(over, under) + b"\0\0")


END = chunk(b"IDAT", bytes(50)) + chunk(b"IEND")


@pytest.mark.parametrize("colour", [4, 6])
def test_colour_types_with_alpha(colour: int) -> None:
    """A matte with alpha goes over another picture, one without does not."""
    assert facts("png", chunks(END, colour=colour)) == {"alpha": True}


def test_a_png_says_it_in_chunks_before_the_picture() -> None:
    """Transparency of a palette has a chunk of its own, and so has EXIF."""
    assert facts("png", chunks(END)) == {}
    assert facts("png", chunks(chunk(b"tRNS", b"\0"), END)) == {"alpha": True}
    assert facts("png", chunks(chunk(b"eXIf", exif(6)), END)) == TURNED
    assert facts("png", chunks(chunk(b"IDAT"), chunk(b"tRNS", b"\0"))) == {}


def animated(*delays: tuple[int, int], frames: int | None = None) -> bytes:
    parts = [chunk(b"acTL", big(frames or len(delays), 0, each=4))]
    for number, delay in enumerate(delays):
        parts += [control(number, *delay), chunk(b"fdAT" if number else b"IDAT", bytes(50))]
    return chunks(*parts, chunk(b"IEND"))


def test_frames_of_a_png() -> None:
    """Delays are fractions, of which a denominator of zero stands for a hundred."""
    assert facts("png", animated((1, 10), (25, 0), (1, 3))) == {"frames": 3, "duration_ms": 683}
    assert facts("png", animated((1, 10))) == {}
    assert facts("png", animated((0, 1), (0, 1))) == {"frames": 2}


def test_a_png_with_fewer_frames_than_it_says_has_no_duration() -> None:
    """The sum of some frames is not the duration."""
    assert facts("png", animated((1, 10), (1, 10), frames=3)) == {"frames": 3}


def test_a_large_png_is_not_read_for_its_duration() -> None:
    """The number of frames is in its header, the delays are spread over the file."""
    assert facts("png", animated((1, 10), (1, 10)) + bytes(ANIMATION_LIMIT)) == {"frames": 2}


# --- GIF -------------------------------------------------------------------------------------


def graphic(delay: int, *, clear: bool = False) -> bytes:
    return b"\x21\xf9\4" + bytes([clear]) + little(delay) + b"\0\0"


def image(palette: int = 0) -> bytes:
    flags = 0x80 | palette if palette else 0
    colours = bytes(3 << palette + 1) if palette else b""
    size = little(0, 0, 320, 180) + bytes([flags])
    return b"\x2c" + size + colours + b"\2" + (b"\xff" + bytes(255)) * 3 + b"\0"


HEAD = gif(320, 180)[:10] + b"\xf0\0\0" + bytes(6)
LOOP = b"\x21\xff\x0bNETSCAPE2.0\3\1\0\0\0"


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        (image() + b"\x3b", {}),
        (graphic(7) + image() + b"\x3b", {}),
        (graphic(7, clear=True) + image() + b"\x3b", {"alpha": True}),
        (LOOP + (graphic(7) + image(3)) * 3 + b"\x3b", {"frames": 3, "duration_ms": 210}),
        ((graphic(7) + image()) * 3, {"frames": 3, "duration_ms": 210}),
        ((graphic(7) + image()) * 3 + b"\x3bjunk", {"frames": 3, "duration_ms": 210}),
        ((graphic(0) + image()) * 2 + b"\x3b", {"frames": 2}),
        (graphic(5) + image() * 2 + b"\x3b", {"frames": 2, "duration_ms": 50}),
        (
            graphic(7) + image() + graphic(7, clear=True) + image() + b"\x3b",
            {"frames": 2, "duration_ms": 140},
        ),
        ((graphic(7) + image()) * 3 + b"\0\0", {}),
        ((graphic(7) + image()) * 3 + image()[:-1], {}),
        ((graphic(7) + image()) * 3 + image()[:100], {}),
        (b"", {}),
    ],
)
def test_blocks_of_a_gif(blocks: bytes, expected: dict[str, Any]) -> None:
    """Of a file that is cut off nobody knows how many frames it had."""
    assert facts("gif", HEAD + blocks) == expected


def test_a_large_gif_is_read_up_to_its_first_picture() -> None:
    """To count its frames, all of it would have to be read."""
    body = HEAD + graphic(7, clear=True) + image() * 3 + bytes(ANIMATION_LIMIT)
    file = File(body, most=64 * 1024)
    media = read_picture("image/gif", len(body), file.read)
    assert media == Media(width_px=320, height_px=180, alpha=True)
    assert max(file.asked) < 10_000


def test_blocks_of_one_byte_are_not_walked_for_ever() -> None:
    """Two megabytes of them would take a second."""
    body = HEAD + image()[:11] + b"\2" + b"\1\0" * 500_000 + b"\0\x3b"
    assert facts("gif", body) == {}


# --- WebP ------------------------------------------------------------------------------------


def riff(flags: int, *parts: tuple[bytes, bytes]) -> bytes:
    body = b"WEBPVP8X" + little(10, each=4) + bytes([flags, 0, 0, 0]) + little(319, 179, each=3)
    for kind, content in parts:
        body += kind + little(len(content), each=4) + content + bytes(len(content) % 2)
    return b"RIFF" + little(len(body), each=4) + body


def moving(delay: int) -> tuple[bytes, bytes]:
    return b"ANMF", bytes(12) + little(delay, each=3) + b"\0" + b"VP8 " + bytes(31)


PICTURE = (b"VP8 ", bytes(31))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (lossy(320, 180), {}),
        (lossless(320, 180), {}),
        (
            webp(b"VP8L", b"\x2f" + little(319 | 179 << 14 | 1 << 28, each=4) + bytes(30)),
            {"alpha": True},
        ),
        (extended(320, 180), {"alpha": True}),
        (riff(0, PICTURE), {}),
        (riff(8, PICTURE, (b"EXIF", exif(6))), TURNED),
        (riff(8, PICTURE, (b"EXIF", b"Exif\0\0" + exif(6))), TURNED),
        (riff(0, PICTURE, (b"EXIF", exif(6))), {}),
        (riff(2, (b"ANIM", bytes(6)), moving(100), moving(70)), {"frames": 2, "duration_ms": 170}),
        (riff(2, (b"ANIM", bytes(6)), moving(100)), {}),
        (
            riff(0x1A, (b"ANIM", bytes(6)), moving(0), moving(0), (b"EXIF", exif(6))),
            {"frames": 2, "alpha": True, **TURNED},
        ),
        (riff(2, moving(9), moving(9)) + bytes(ANIMATION_LIMIT), {}),
    ],
)
def test_chunks_of_a_webp(body: bytes, expected: dict[str, Any]) -> None:
    """Flags say what there is, and the chunks have it."""
    assert facts("webp", body) == expected


# --- all ---------------------------------------------------------------------------------------


def test_a_bitmap_has_its_size_only() -> None:
    """What its fourth value of a pixel is, nobody agrees on."""
    assert facts("bmp", bmp(320, 180)) == {}


def test_what_has_no_size_has_no_facts() -> None:
    """Facts of a picture that cannot be read are worth nothing."""
    assert read_picture("image/png", 8, File(b"\x89PNG\r\n\x1a\n").read) is None
    assert read_picture("image/psd", 8, File(b"8BPS\0\1\0\0").read) is None


WHOLE = {
    "jpeg": jpeg(320, 180, before=segment(0xE1, b"Exif\0\0" + exif(6))),
    "png": animated((1, 10), (25, 0), (1, 3)),
    "gif": HEAD + LOOP + (graphic(7, clear=True) + image(3)) * 5 + b"\x3b",
    "webp": riff(0x1A, (b"ANIM", bytes(6)), moving(9), moving(9), (b"EXIF", exif(6))),
    "tiff": tiff(*SIZE, (274, 3, 1, 6), (338, 3, 1, 2)),
    "heic": picture([ispe(320, 180), irot(1)], [auxc(ALPHA)], ids=4, wide=True),
    "avif": picture([ispe(320, 180), irot(3)], [auxc(ALPHA)]),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_damaged_pictures_end_well(kind: str) -> None:
    """A stranger's bytes must neither raise, nor be read outside, nor be read for ever."""
    for seed in range(500):
        chance = random.Random(seed)
        data = damaged(WHOLE[kind], chance)
        file = File(data, most=64 * 1024)
        media = read_picture(f"image/{kind}", len(data), file.read)
        assert len(file.asked) < MOST_READS
        if media is not None:
            assert media.orientation is None or 2 <= media.orientation <= 8
            assert media.frames is None or media.frames > 1
            assert media.duration_ms is None or media.duration_ms > 0
            assert (media.display_width_px is None) is (media.display_height_px is None)
