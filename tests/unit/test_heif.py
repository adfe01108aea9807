"""HEIC and AVIF pictures by their boxes, in every version of them."""

from __future__ import annotations

import pytest

from mps_manifest.formats.findings import Media
from mps_manifest.formats.pictures.heif import Still, read_still
from tests.pictures import read_picture
from tests.unit import test_track_descriptions as descriptions
from tests.unit.test_mp4_boxes import File, box

HEVC_ALPHA = b"urn:mpeg:hevc:2015:auxid:1"
ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"


def full(kind: bytes, content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, bytes([version]) + flags.to_bytes(3, "big") + content)


def four(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def ispe(width: int, height: int) -> bytes:
    return full(b"ispe", four(width, height))


def irot(angle: int) -> bytes:
    return box(b"irot", bytes([angle]))


def imir(axis: int) -> bytes:
    return box(b"imir", bytes([axis]))


def colr(transfer: int) -> bytes:
    return box(b"colr", b"nclx" + b"".join(n.to_bytes(2, "big") for n in (9, transfer, 9)) + b"\0")


def auxc(name: bytes) -> bytes:
    return full(b"auxC", name + b"\0")


def clap(wide: int, high: int, over: int = 1) -> bytes:
    return box(b"clap", four(wide * over, over, high * over, over, 0, 1, 0, 1))


def picture(
    own: list[bytes],
    alpha: list[bytes] | None = None,
    *,
    ids: int = 2,
    wide: bool = False,
    refers_to: int = 1,
) -> bytes:
    """Make a file whose primary picture, number 1, has these properties; number 2 is its alpha.

    The length of IDs, and whether indexes of properties are wide, are as newer files have them.
    """
    properties = [*own, *(alpha or [])]
    numbers = list(range(1, len(properties) + 1))
    items = {1: numbers[: len(own)], 2: numbers[len(own) :]}
    each, essential = (2, 0x8000) if wide else (1, 0x80)
    ipma = four(len(items))
    for item, indexes in items.items():
        ipma += item.to_bytes(ids, "big") + bytes([len(indexes)])
        ipma += b"".join((index | essential).to_bytes(each, "big") for index in indexes)
    version = 0 if ids == 2 else 1
    reference = b"".join(
        n.to_bytes(length, "big") for n, length in ((2, ids), (1, 2), (refers_to, ids))
    )
    meta = full(b"hdlr", bytes(4) + b"pict" + bytes(13))
    meta += full(b"pitm", (1).to_bytes(ids, "big"), version)
    meta += full(b"iref", box(b"auxl", reference), version) if alpha else b""
    meta += box(
        b"iprp", box(b"ipco", b"".join(properties)) + full(b"ipma", ipma, version, int(wide))
    )
    start = box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
    return start + full(b"meta", meta) + box(b"mdat", bytes(100))


def still(body: bytes) -> Still | None:
    return read_still(len(body), File(body).read)


@pytest.mark.parametrize("ids", [2, 4])
@pytest.mark.parametrize("wide", [False, True])
def test_the_properties_of_the_primary_picture_count(ids: int, *, wide: bool) -> None:
    """A file has many pictures: tiles, a thumbnail, alpha; only one of them is shown."""
    body = picture([ispe(320, 180), irot(0)], [ispe(64, 36), auxc(ALPHA)], ids=ids, wide=wide)
    assert still(body) == Still((320, 180), (320, 180), alpha=True)


@pytest.mark.parametrize(
    ("turns", "orientation"),
    [
        ([], 1),
        ([imir(1)], 2),
        ([irot(2)], 3),
        ([imir(0)], 4),
        ([irot(1), imir(0)], 5),
        ([irot(3), imir(1)], 5),
        ([irot(3)], 6),
        ([irot(3), imir(0)], 7),
        ([imir(0), irot(1)], 7),
        ([irot(1)], 8),
        ([irot(1), irot(1)], 3),
        ([imir(1), imir(1)], 1),
    ],
)
def test_turns_and_mirrorings_are_an_orientation(turns: list[bytes], orientation: int) -> None:
    """Readers know the numbers of EXIF, and the order of turns and mirrorings matters."""
    found = still(picture([ispe(320, 180), *turns]))
    assert found is not None
    assert found.orientation == orientation


@pytest.mark.parametrize("name", [ALPHA, HEVC_ALPHA])
def test_an_auxiliary_picture_of_alpha_makes_a_picture_clear(name: bytes) -> None:
    """Depth maps are auxiliary pictures, too, and alpha of another picture is none of this one."""
    assert still(picture([ispe(9, 9)], [auxc(name)])) == Still((9, 9), (9, 9), alpha=True)
    assert still(picture([ispe(9, 9)], [auxc(b"urn:mpeg:depth")])) == Still((9, 9), (9, 9))
    assert still(picture([ispe(9, 9)], [auxc(name)], refers_to=7)) == Still((9, 9), (9, 9))


@pytest.mark.parametrize(("number", "expected"), [(16, "pq"), (18, "hlg"), (13, None)])
def test_transfers_of_high_dynamic_range(number: int, expected: str | None) -> None:
    """A page must know before it shows such a picture."""
    found = still(picture([ispe(9, 9), colr(number)]))
    assert found is not None
    assert found.transfer == expected


def test_a_clean_aperture_is_what_is_shown() -> None:
    """Coded sizes are multiples of eight; one that is larger than the picture is no aperture."""
    cut = picture([ispe(328, 184), clap(320, 180, 3), irot(1)])
    assert still(cut) == Still((328, 184), (320, 180), 8)
    media = read_picture("image/heic", len(cut), File(cut).read)
    assert media is not None
    assert (media.width_px, media.height_px) == (328, 184)
    assert (media.display_width_px, media.display_height_px) == (180, 320)
    assert still(picture([ispe(8, 8), clap(9, 8)])) == Still((8, 8), (8, 8))
    assert still(picture([ispe(8, 8), clap(4, 4, 0)])) == Still((8, 8), (8, 8))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        box(b"ftyp", b"heic"),
        box(b"ftyp", b"heic") + full(b"meta", b""),
        picture([]),
        picture([ispe(0, 180)]),
        picture([irot(1)]),
        picture([ispe(320, 180)])[:-150],
        box(b"ftyp", b"heic") + full(b"meta", bytes(600 * 1024)),
    ],
)
def test_where_boxes_are_not_sound_there_is_no_picture(body: bytes) -> None:
    """A wrong size is worse than none."""
    assert still(body) is None


def test_associations_without_end_are_read_to_the_end_of_the_file() -> None:
    """Counts are a stranger's: they must cost no more than the bytes that are there."""
    body = bytearray(picture([ispe(320, 180)]))
    at = body.index(b"ipma") + 8
    body[at : at + 4] = b"\xff" * 4
    assert still(bytes(body)) == Still((320, 180), (320, 180))


def test_a_sequence_without_a_primary_picture_has_its_track() -> None:
    """Bursts of a camera need none."""
    start = box(b"ftyp", b"msf1" + bytes(4) + b"msf1hevc")
    body = start + descriptions.mp4(descriptions.track(b"pict", descriptions.visual(b"hvc1")))[12:]
    media = read_picture("image/heic-sequence", len(body), File(body).read)
    assert media == Media(2500, 320, 180, frames=12)
