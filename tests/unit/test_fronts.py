"""Tags and covers at the beginning of sound are skipped, and nothing else."""

from __future__ import annotations

import pytest

from mps_manifest.files.media_reading import open_media
from mps_manifest.files.range_reader import RangeReader
from mps_manifest.formats.media.parts import Parts
from mps_manifest.formats.sound.fronts import short_front
from mps_manifest.formats.sound.tags import end_of_sound, end_of_tags
from tests.media.make import reading

MP3 = (b"\xff\xfb\x94\xc0".ljust(384, b"\0")) * 20
AAC = bytes.fromhex("fff14c40100000").ljust(128, b"\0") * 20
INFO = b"\0\0\0\x22" + bytes(range(34))


def parts(body: bytes) -> Parts:
    return Parts(len(body), reading(body))


def id3(size: int, flags: int = 0) -> bytes:
    """Make a tag of so many bytes without its header and footer."""
    digits = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    footer = b"3DI\4\0" + bytes([flags]) + digits if flags & 0x10 else b""
    return b"ID3\4\0" + bytes([flags]) + digits + b"\1" * size + footer


def flac(*blocks: tuple[int, int]) -> bytes:
    """Make a file with blocks of some kinds and sizes after the first one."""
    made = b"fLaC" + INFO
    for number, (kind, size) in enumerate(blocks, 1):
        last = 0x80 if number == len(blocks) else 0
        made += bytes([kind | last]) + size.to_bytes(3, "big") + bytes(size)
    return made + b"\xff\xf8" * 500


@pytest.mark.parametrize(
    "tags",
    [
        id3(0),
        id3(100),
        id3(5_000_000),
        id3(300, 0x10),
        id3(100) + id3(200) + id3(70_000, 0x10),
        id3(100) + bytes(900),
    ],
    ids=len,
)
@pytest.mark.parametrize(
    ("sound", "kind"),
    [(MP3, "audio/mpeg"), (flac((4, 10)), "audio/flac"), (AAC, "audio/aac")],
    ids=["mp3", "flac", "aac"],
)
def test_tags_are_skipped(tags: bytes, sound: bytes, kind: str) -> None:
    """The type is the sound's, which is read as if there were no tags."""
    fetched = []

    def fetch(start: int, length: int) -> bytes:
        fetched.append(length)
        return (tags + sound)[start : start + length]

    reader = RangeReader(fetch, len(tags + sound))
    assert open_media(reader) == kind
    assert reader.size == len(sound)
    assert Parts(reader.size, reader.read).part(0, 1000) == sound[:1000]
    assert sum(fetched) < 150_000


@pytest.mark.parametrize(
    "head",
    [b"ID3\4\0\0\xff\0\0\1", b"ID3\xff\0\0\0\0\0\1", b"ID3\4\0\0\x7f\x7f\x7f\x7f", b"ID3\4"],
)
def test_what_is_no_tag_is_not_skipped(head: bytes) -> None:
    """A size that is no size, or larger than the file, would hide all of it."""
    assert end_of_tags(parts(head + MP3)) == 0


def test_a_file_that_is_cut_off_within_its_tag_is_still_one_of_sound() -> None:
    """Nothing is left of the sound, but the tag says what it was to be."""
    body = id3(5000)[:1000]
    assert open_media(RangeReader(reading(body), len(body))) == "audio/mpeg"
    body = id3(50)
    assert open_media(RangeReader(reading(body), len(body))) is None


def test_the_end_of_sound_without_tags_is_the_end() -> None:
    """A tag that is larger than the file is none."""
    assert end_of_sound(parts(MP3)) == len(MP3)
    assert end_of_sound(parts(b"")) == 0
    ape = b"APETAGEX" + bytes(4) + b"\xff\xff\xff\x7f" + bytes(16)
    assert end_of_sound(parts(ape)) == 0


def test_large_blocks_of_flac_are_left_out() -> None:
    """The first block has all that there is to know."""
    body = flac((4, 100), (6, 5_000_000), (1, 8000))
    front, start = short_front("audio/flac", parts(body))
    assert front == b"fLaC\x80" + INFO[1:]
    assert body[start:] == b"\xff\xf8" * 500


@pytest.mark.parametrize(
    "body",
    [
        flac((4, 100)),
        flac((4, 100), (6, 5_000_000))[:3_000_000],
        b"fLaC\1" + INFO[1:] + bytes(500_000),
        b"fLaC" + INFO + b"\1\0\0\0" * 50_000,
        b"fLaC",
    ],
    ids=["short", "cut off", "no first block", "too many blocks", "nothing"],
)
def test_other_files_of_flac_are_read_as_they_are(body: bytes) -> None:
    """What is not sound there is left to the parser."""
    assert short_front("audio/flac", parts(body)) == (b"", 0)
    assert short_front("audio/mpeg", parts(body)) == (b"", 0)


def test_a_front_and_its_substitutes_are_one_file() -> None:
    """All positions are those of the file as it is read."""
    body = bytes(range(256)) * 10
    reader = RangeReader(reading(body), len(body))
    reader.begin_at(100)
    reader.begin_at(50, b"front")
    assert reader.size == len(body) - 145
    assert reader.read(0, 3) == b"fro"
    assert reader.read(3, 100) == b"nt"
    assert reader.read(5, 10) == body[150:160]
    assert reader.read(reader.size - 1, 10) == body[-1:]
    assert reader.read(reader.size, 10) == reader.read(-1, 10) == b""
