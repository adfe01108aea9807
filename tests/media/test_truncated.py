"""Files that are cut off are told by their own headers, and whole ones are never accused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from mps_manifest.adapters.mediainfo import MediaInfoParser
from mps_manifest.formats.pictures.picture_ends import missing_bytes
from tests.media.make import RECIPES, make, needs_ffmpeg, piped, reading
from tests.media.opening import read_body

pytestmark = needs_ffmpeg

SIZED = [
    *("first.mp4", "last.mp4", "fragments.mp4", "prores.mov", "five-one.m4a", "uneven.mp4"),
    "many-fragments.mp4",
    *("vp9.webm", "h264.mkv", "s16.wav", "old.avi", "small.avi", "sound.aiff"),
]
UNSIZED = ("stream.ts", "constant.mp3", "still.jpg", "sound.flac", "vorbis.ogg")
PIPED = {"wav": "s16.wav", "webm": "vp8.webm", "matroska": "h264.mkv", "avi": "old.avi"}
PIPED |= {"flv": "flash.flv", "mp3": "constant.mp3", "flac": "sound.flac", "mpegts": "stream.ts"}

TAGS = {
    "id3": b"TAG" + b"Title".ljust(125, b"\0"),
    "ape": b"APETAGEX" + bytes.fromhex("d007 0000 5200 0000 0100 0000 0000 00a0") + bytes(58),
    "form": b"\r\n--boundary--\r\n",
}

Told = Callable[[bytes], str]


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    parser = MediaInfoParser()

    def tell(body: bytes) -> str:
        return read_body(parser, body).reading.truncated

    yield tell
    parser.close()


@pytest.mark.parametrize("name", SIZED)
def test_a_cut_is_told_wherever_it_is(told: Told, name: str, tmp_path: Path) -> None:
    """A file that was cut off must not be reported as a complete one."""
    body = make(name, tmp_path).read_bytes()
    assert told(body) == ""
    for part in (0.3, 0.5, 0.9, 0.99):
        assert told(body[: int(len(body) * part)]), part


@pytest.mark.parametrize("name", ["first.mp4", "last.mp4", "prores.mov", "five-one.m4a"])
def test_a_cut_between_two_boxes_is_told(told: Told, name: str, tmp_path: Path) -> None:
    """No box declares more bytes then, but the index or the media is not there."""
    body = make(name, tmp_path).read_bytes()
    last = max(body.rindex(kind) - 4 for kind in (b"moov", b"mdat"))
    for end in (last, last + 3, last + 7):
        assert told(body[:end]), end


@pytest.mark.parametrize("room", [b"\xec\x84" + bytes(4), b"\xbf\x84" + bytes(4)])
def test_a_cut_is_told_behind_empty_room(told: Told, room: bytes, tmp_path: Path) -> None:
    """A multiplexer leaves room before the segment of Matroska, too."""
    body = make("h264.mkv", tmp_path).read_bytes()
    at = body.index(b"\x18\x53\x80\x67")
    body = body[:at] + room + body[at:]
    assert told(body + TAGS["id3"]) == ""
    for part in (0.3, 0.6, 0.9):
        assert told(body[: int(len(body) * part)]), part


def test_a_cut_is_told_behind_a_thousand_boxes(told: Told, tmp_path: Path) -> None:
    """Nobody follows all of them, so nobody may say that they are there."""
    body = make("first.mp4", tmp_path).read_bytes()
    at = body.index(b"mdat") - 4
    body = body[:at] + b"\0\0\0\x08free" * 1100 + body[at:]
    assert told(body) == ""
    for part in (0.3, 0.6, 0.9):
        assert told(body[: int(len(body) * part)]), part


@pytest.mark.parametrize("name", UNSIZED)
def test_a_format_without_sizes_is_never_accused(told: Told, name: str, tmp_path: Path) -> None:
    """Where the header names no size, a guess would accuse sound files."""
    body = make(name, tmp_path).read_bytes()
    for part in (0.3, 0.5, 0.9):
        assert told(body[: int(len(body) * part)]) == ""


@pytest.mark.parametrize("name", [*SIZED, *UNSIZED])
def test_bytes_behind_the_end_are_no_lack_of_bytes(told: Told, name: str, tmp_path: Path) -> None:
    """Bytes after the end must not look like damage, since nothing is missing."""
    assert told(make(name, tmp_path).read_bytes() + bytes(100)) == ""


@pytest.mark.parametrize("name", SIZED)
@pytest.mark.parametrize("more", [*TAGS.values(), b"AAAA", b"\xff" * 20], ids=[*TAGS, "4", "20"])
def test_what_others_put_behind_the_end_is_no_part_of_the_file(
    told: Told, name: str, more: bytes, tmp_path: Path
) -> None:
    """Tags of songs and what uploads leave behind are read by nobody as a box of gigabytes."""
    assert told(make(name, tmp_path).read_bytes() + more) == ""


@pytest.mark.parametrize("name", ["first.mp4", "five-one.m4a", "h264.mkv", "small.avi"])
def test_tags_behind_the_end_change_no_fact(
    name: str, real: MediaInfoParser, tmp_path: Path
) -> None:
    """A song with a tag of ID3 at its end is the same song."""
    body = make(name, tmp_path).read_bytes()
    plain, tagged = read_body(real, body), read_body(real, body + TAGS["id3"])
    assert tagged.media._replace(bit_rate=None) == plain.media._replace(bit_rate=None)
    assert tagged.notes == plain.notes == set()


@pytest.mark.parametrize("name", ["still.png", "palette.png", "deep.png", "lossless.webp"])
def test_a_picture_that_is_cut_off_is_told(name: str, tmp_path: Path) -> None:
    """Encoders divide its data in their own ways."""
    body = make(name, tmp_path).read_bytes()
    kind = f"image/{name[-4:].strip('.')}"
    for whole in (body, body + TAGS["form"], body + body[:50]):
        assert missing_bytes(kind, len(whole), reading(whole)) == ""
    for part in (0.1, 0.3, 0.5, 0.9):
        short = body[: int(len(body) * part)]
        assert missing_bytes(kind, len(short), reading(short)), part


@pytest.mark.parametrize("kind", PIPED)
def test_what_was_written_to_a_pipe_is_whole(told: Told, kind: str) -> None:
    """It says it has the longest size there is, since nobody could write the right one later."""
    assert told(piped(f"{RECIPES[PIPED[kind]]} -f {kind}")) == ""


@pytest.mark.parametrize("name", ["old.avi", "sound.aiff", "s16.wav"])
@pytest.mark.parametrize("size", [0, 2_000_000_000, 0x7FFFFFFF, 0xFFFFFFFF])
def test_placeholders_are_no_lack_of_bytes(
    told: Told, name: str, size: int, tmp_path: Path
) -> None:
    """Whoever streams a file does not know its size when its header is due."""
    body = make(name, tmp_path).read_bytes()
    order: Literal["big", "little"] = "big" if name.endswith("aiff") else "little"
    assert told(body[:4] + size.to_bytes(4, order) + body[8:]) == ""


def test_a_missing_byte_of_padding_is_no_loss(told: Told) -> None:
    """Some writers omit the padding of an odd chunk, and then no sound is missing."""
    samples = bytes(8001)
    form = b"WAVEfmt " + bytes.fromhex("10000000 0100 0100 401f0000 401f0000 0100 0800")
    body = form + b"data" + len(samples).to_bytes(4, "little") + samples
    assert told(b"RIFF" + (len(body) + 1).to_bytes(4, "little") + body) == ""
    assert told(b"RIFF" + (len(body) + 100).to_bytes(4, "little") + body)
