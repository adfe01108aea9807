"""The size of a picture by its header, in every form a header has; none where it is not sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.formats.pictures.picture_headers import PICTURES, picture_size
from tests.unit.test_mp4_boxes import File


def big(*numbers: int, each: int = 2) -> bytes:
    return b"".join(number.to_bytes(each, "big") for number in numbers)


def little(*numbers: int, each: int = 2) -> bytes:
    return b"".join(number.to_bytes(each, "little", signed=number < 0) for number in numbers)


def png(width: int, height: int) -> bytes:
    start = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"
    return start + big(width, height, each=4) + b"\x08\2\0\0\0" + bytes(4) + bytes(20)


def segment(mark: int, inspection: bytes) -> bytes:
    return bytes([0xFF, mark]) + big(len(inspection) + 2) + inspection


def frame(mark: int, width: int, height: int, components: int = 3) -> bytes:
    parts = b"\x08" + big(height, width) + bytes([components])
    return segment(mark, parts + bytes(3 * components))


SCAN = segment(0xDA, bytes(10)) + bytes(50)


def jpeg(width: int, height: int, mark: int = 0xC0, before: bytes = b"") -> bytes:
    start = b"\xff\xd8" + segment(0xE0, b"JFIF\0" + bytes(9))
    return start + before + segment(0xDB, bytes(65)) + frame(mark, width, height) + SCAN


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + little(width, height) + bytes(20)


def bmp(width: int, height: int, header: int = 40, planes: int = 1) -> bytes:
    each = 2 if header == 12 else 4
    head = little(header, each=4) + little(width, height, each=each) + little(planes, 24)
    body = bytes(8) + head.ljust(header, b"\0") + bytes(100)
    return b"BM" + little(len(body) + 6, each=4) + body


def webp(kind: bytes, chunk: bytes) -> bytes:
    body = b"WEBP" + kind + little(len(chunk), each=4) + chunk
    return b"RIFF" + little(len(body), each=4) + body


def lossy(width: int, height: int) -> bytes:
    return webp(b"VP8 ", b"\x10\2\0\x9d\1\x2a" + little(width, height) + bytes(30))


def lossless(width: int, height: int) -> bytes:
    return webp(b"VP8L", b"\x2f" + little(width - 1 | height - 1 << 14, each=4) + bytes(30))


def extended(width: int, height: int) -> bytes:
    return webp(b"VP8X", b"\x10\0\0\0" + little(width - 1, height - 1, each=3) + bytes(30))


def told(kind: str, body: bytes) -> tuple[int, int] | None:
    return picture_size(f"image/{kind}", len(body), File(body).read)


@pytest.mark.parametrize(
    ("kind", "body", "size"),
    [
        ("png", png(320, 180), (320, 180)),
        ("gif", gif(320, 180), (320, 180)),
        ("bmp", bmp(320, 180), (320, 180)),
        ("bmp", bmp(320, -180), (320, 180)),
        ("bmp", bmp(320, 180, 12), (320, 180)),
        ("bmp", bmp(320, 180, 124), (320, 180)),
        ("bmp", bmp(320, 180)[:-1], (320, 180)),
        ("bmp", bmp(320, 180) + bytes(10), (320, 180)),
        ("bmp", b"BM" + bytes(4) + bmp(320, 180)[6:], (320, 180)),
        ("webp", lossy(320, 180), (320, 180)),
        ("webp", lossy(320 | 1 << 14, 180 | 2 << 14), (320, 180)),
        ("webp", lossless(320, 16384), (320, 16384)),
        ("webp", extended(70_000, 1), (70_000, 1)),
        ("jpeg", jpeg(320, 180), (320, 180)),
        ("jpeg", jpeg(320, 180, 0xC2), (320, 180)),
        ("jpeg", jpeg(320, 180, 0xCF), (320, 180)),
    ],
)
def test_sizes_of_every_form(kind: str, body: bytes, size: tuple[int, int]) -> None:
    """Each form of a header occurs, and a wrong reading would give a wrong size."""
    assert told(kind, body) == size


@pytest.mark.parametrize(
    "before",
    [
        segment(0xE1, b"Exif\0\0" + frame(0xC0, 9, 9)),
        segment(0xE2, bytes(65_000)) * 3,
        segment(0xC4, bytes(100)),
        b"\xff\xff\xff",
        b"\xff\x01\xff\xd0",
        segment(0xFE, b""),
    ],
    ids=["thumbnail", "profile", "tables", "fill bytes", "bare marks", "comment"],
)
def test_what_stands_before_a_frame_is_jumped_over(before: bytes) -> None:
    """A thumbnail would give a wrong size, and large profiles need not be read."""
    body = jpeg(320, 180, before=before)
    file = File(body)
    assert picture_size("image/jpeg", len(body), file.read) == (320, 180)
    assert file.asked == sorted(file.asked)
    assert len(file.asked) < 12


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("png", png(0, 180)),
        ("png", png(320, 180)[:32]),
        ("png", b"\x89PNG\r\n\x1a\n\0\0\0\4CgBI" + bytes(40)),
        ("gif", gif(320, 0)),
        ("gif", b"GIF89a\x40\1"),
        ("bmp", bmp(320, 180)[:25]),
        ("bmp", bmp(320, 180, 41)),
        ("bmp", bmp(320, 180, planes=0)),
        ("bmp", bmp(-320, 180)),
        ("webp", webp(b"ICCP", bytes(40))),
        ("webp", webp(b"VP8 ", bytes(40))),
        ("webp", webp(b"VP8L", bytes(40))),
        ("webp", extended(320, 180)[:29]),
        ("webp", lossy(320, 0)),
        ("jpeg", jpeg(320, 0)),
        ("jpeg", b"\xff\xd8" + SCAN),
        ("jpeg", b"\xff\xd8" + frame(0xC4, 320, 180) + SCAN),
        ("jpeg", b"\xff\xd8" + frame(0xC0, 320, 180)),
        ("jpeg", b"\xff\xd8" + frame(0xC0, 320, 180) + b"\xff\xd9"),
        ("jpeg", b"\xff\xd8" + frame(0xC0, 320, 180, 0) + SCAN),
        ("jpeg", b"\xff\xd8\xff\xc0\0\x0b" + frame(0xC0, 320, 180)[4:] + SCAN),
        ("jpeg", b"\xff\xd8\xff\xe0\0\1" + frame(0xC0, 320, 180) + SCAN),
        ("jpeg", b"\xff\xd8\0" + frame(0xC0, 320, 180) + SCAN),
        ("jpeg", b"\xff\xd8" + segment(0xFE, b"") * 300 + frame(0xC0, 320, 180) + SCAN),
        ("tiff", b"II*\0" + bytes(50)),
        ("", png(320, 180)),
    ],
)
def test_where_a_header_is_not_sound_there_is_no_size(kind: str, body: bytes) -> None:
    """A wrong size is worse than none, so a doubtful header gives no answer."""
    assert told(kind, body) is None


def test_short_reads_are_read_on() -> None:
    """A source may give less than it was asked for, which is not the end of the file."""
    body = jpeg(320, 180)
    assert picture_size("image/jpeg", len(body), File(body, most=1).read) == (320, 180)


WHOLE = st.sampled_from(
    [png(3, 2), gif(3, 2), bmp(3, 2), lossy(3, 2), lossless(3, 2), extended(3, 2), jpeg(3, 2)]
)
CHANGES = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=5)


@given(
    kind=st.sampled_from(sorted(PICTURES)),
    body=st.one_of(st.binary(max_size=300), WHOLE),
    changes=CHANGES,
    cut=st.integers(0, 400),
)
def test_damaged_pictures_raise_nothing(
    kind: str, body: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    """A damaged picture must neither stop the inspection nor cost many reads."""
    data = bytearray(body[:cut])
    for at, value in changes:
        if at < len(data):
            data[at] = value
    file = File(bytes(data))
    size = picture_size(kind, len(data), file.read)
    assert size is None or min(size) > 0
    assert len(file.asked) <= 400
    assert file.asked == sorted(file.asked)
