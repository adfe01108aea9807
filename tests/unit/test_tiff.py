"""Directories of TIFF files and EXIF: every form of them, and nothing where they are not sound."""

from __future__ import annotations

from typing import Literal

import pytest

from mps_manifest.formats.pictures.tiff import (
    EXTRA_SAMPLES,
    HEIGHT,
    ORIENTATION,
    WIDTH,
    first_directory,
    orientation_of,
)
from tests.pictures import read_picture
from tests.unit.test_mp4_boxes import File

Order = Literal["big", "little"]
SHORT, LONG, LONG8, RATIONAL = 3, 4, 16, 5
LENGTHS = {SHORT: 2, LONG: 4, LONG8: 8, RATIONAL: 4}
Entry = tuple[int, int, int, int]


def tiff(
    *entries: Entry,
    order: Order = "little",
    large: bool = False,
    at: int = 0,
    count: int | None = None,
) -> bytes:
    """Make a file of one directory; an entry is tag, type, count and first value."""
    value, first = (8, 16) if large else (4, 8)
    at = at or first
    start = b"II" if order == "little" else b"MM"
    if large:
        start += (43).to_bytes(2, order) + (8).to_bytes(2, order) + bytes(2)
    else:
        start += (42).to_bytes(2, order)
    start += at.to_bytes(value, order)
    directory = (len(entries) if count is None else count).to_bytes(8 if large else 2, order)
    for tag, kind, number, content in entries:
        directory += tag.to_bytes(2, order) + kind.to_bytes(2, order)
        directory += number.to_bytes(value, order)
        directory += content.to_bytes(LENGTHS[kind], order).ljust(value, b"\0")
    return start.ljust(at, b"\0") + directory + bytes(value)


def tags(body: bytes) -> dict[int, int]:
    return first_directory(File(body).read)


SIZE = (WIDTH, SHORT, 1, 320), (HEIGHT, LONG, 1, 180)


@pytest.mark.parametrize("order", ["big", "little"])
@pytest.mark.parametrize("large", [False, True], ids=["TIFF", "BigTIFF"])
@pytest.mark.parametrize("at", [0, 100, 70_000])
def test_tags_of_every_form(order: Order, *, large: bool, at: int) -> None:
    """Scanners and cameras write all of these, and put the directory where they like."""
    body = tiff(*SIZE, (ORIENTATION, SHORT, 1, 6), order=order, large=large, at=at)
    assert tags(body) == {WIDTH: 320, HEIGHT: 180, ORIENTATION: 6}


def test_a_large_number_needs_a_bigtiff() -> None:
    """Values of eight bytes fit into the entries of BigTIFF only."""
    assert tags(tiff((WIDTH, LONG8, 1, 2**40), large=True)) == {WIDTH: 2**40}
    assert tags(tiff((WIDTH, LONG8, 1, 320))) == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"II*\0",
        b"II*\0\0\0\0\0" + bytes(50),
        b"XX" + tiff(*SIZE)[2:],
        tiff(*SIZE)[:30],
        tiff(*SIZE, count=0),
        tiff(*SIZE, count=60_000),
        tiff(*SIZE, at=10**6)[:500],
        b"MM\0\x2b\0\x04" + tiff(*SIZE, order="big", large=True)[6:],
        tiff((254, LONG, 1, 1), *SIZE, (330, LONG, 1, 5000)),
        tiff((254, LONG, 1, 1), *SIZE, (330, LONG, 3, 5000)),
    ],
    ids="empty cut nowhere order short none many outside pointers raw raws".split(),  # noqa: SIM905
)
def test_where_a_directory_is_not_sound_there_are_no_tags(body: bytes) -> None:
    """A raw photo begins with a picture of reduced size: its size would be a wrong fact."""
    assert tags(body) == {}


def test_a_picture_of_reduced_size_that_is_the_only_one_counts() -> None:
    """Some writers call each of their pictures a smaller version of another file's."""
    only = tiff((254, LONG, 1, 1), *SIZE)
    assert tags(only) == {WIDTH: 320, HEIGHT: 180}
    smaller = (254, LONG, 1, 1), (WIDTH, SHORT, 1, 32), (HEIGHT, SHORT, 1, 18)
    for other in (only, tiff(*SIZE)):
        first = tiff(*smaller)
        following = (len(first)).to_bytes(4, "little")
        second = other[8:]
        expected = {WIDTH: 32, HEIGHT: 18} if other is only else {WIDTH: 320, HEIGHT: 180}
        assert tags(first[:-4] + following + second) == expected


def test_exif_is_the_first_directory_alone() -> None:
    """The second one is that of the thumbnail."""
    first = tiff((254, LONG, 1, 1), (ORIENTATION, SHORT, 1, 6))
    second = tiff((ORIENTATION, SHORT, 1, 3))[8:]
    body = first[:-4] + len(first).to_bytes(4, "little") + second
    assert first_directory(File(body).read, most=1) == {ORIENTATION: 6}
    assert tags(body) == {ORIENTATION: 3}


@pytest.mark.parametrize(
    "entry", [(WIDTH, RATIONAL, 1, 5), (WIDTH, SHORT, 3, 5), (WIDTH, LONG, 0, 5)]
)
def test_an_entry_of_another_kind_is_no_number(entry: Entry) -> None:
    """Its four bytes are an offset, which would pass for a size."""
    assert tags(tiff(entry, SIZE[1])) == {HEIGHT: 180}


@pytest.mark.parametrize(("value", "expected"), [(0, None), (1, None), (2, 2), (8, 8), (9, None)])
def test_orientations_are_two_to_eight(value: int, expected: int | None) -> None:
    """1 is upright, and others are not defined."""
    assert orientation_of({ORIENTATION: value}) == expected
    assert orientation_of({}) is None


@pytest.mark.parametrize(("samples", "expected"), [(0, None), (1, True), (2, True), (3, None)])
def test_a_picture_of_a_tiff_file(samples: int, expected: bool | None) -> None:  # noqa: FBT001
    """Of further samples, only those that the file calls alpha are."""
    body = tiff(*SIZE, (ORIENTATION, SHORT, 1, 6), (EXTRA_SAMPLES, SHORT, 1, samples))
    media = read_picture("image/tiff", len(body), File(body).read)
    assert media is not None
    assert (media.width_px, media.height_px, media.orientation) == (320, 180, 6)
    assert (media.display_width_px, media.display_height_px) == (180, 320)
    assert media.alpha is expected
