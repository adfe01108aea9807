"""Types by the first bytes."""

import random
from pathlib import Path

import pytest

from mps_manifest.files.media_types import declared_type, same_type
from mps_manifest.formats.sniffing import ENOUGH, content_type

MEDIA = Path(__file__).parents[2] / "local" / "samples" / "media"
FILES = sorted(MEDIA.iterdir())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_sample_file_is_what_its_ending_says(path: Path) -> None:
    """Files of all common formats must be recognized by their content alone."""
    found = content_type(path.read_bytes()[:ENOUGH])
    said = declared_type(path.name, None).mediatype
    assert found is not None
    assert said is not None
    assert same_type(found, said)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (b"\x00\x00\x00\x18ftypqt  ", "video/quicktime"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypavif", "image/avif"),
        (b"\x00\x00\x00\x08wide\x00\x00\x00\x00mdat", "video/quicktime"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video/webm"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska", "video/x-matroska"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video/x-msvideo"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00\x01\x02\x03\x04", None),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xf1\x50\x80\x02\x1f\xfc", "audio/aac"),
        (b"fLaC\x00\x00", "audio/flac"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"FLV\x01\x05", "video/x-flv"),
        ((b"\x47" + bytes(187)) * 4, "video/mp2t"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"BM\x36\x00\x0c\x00\x00\x00\x00\x00", "image/bmp"),
        (b"BMW is a car maker", "text/plain"),
        (b"PK\x03\x04", "application/zip"),
        (b"<!DOCTYPE html><html>", "text/html"),
        (b"<?xml version='1.0'?><Error/>", "application/xml"),
        (b"<Error><Code>NoSuchKey</Code>", "application/xml"),
        (b'{"BeatList": []}', "text/plain"),
        ("副歌".encode("gb18030"), "text/plain"),
        ("\ufeff1\n00:00".encode("utf-16-le"), "text/plain"),
        ("欢迎".encode()[:5], "text/plain"),
        (b"   \n", None),
        (b"\x00\x01\x02\x03", None),
        (b"", None),
    ],
)
def test_formats_by_their_marks(head: bytes, expected: str | None) -> None:
    """A wrong type would contradict true claims and let false ones pass."""
    assert content_type(head) == expected


def test_mpeg_audio_without_a_tag_is_told_by_frames_that_follow_each_other() -> None:
    """One frame's mark occurs by chance in any data, and several in a row do not."""
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    assert content_type(frame * 5) == "audio/mpeg"
    assert content_type(frame[:300]) is None
    assert content_type(frame + b"\x00" * 500) is None


def test_noise_is_taken_for_nothing() -> None:
    """A type that is seen in noise would accuse sound files of being something else."""
    dice = random.Random(7)
    found = [content_type(dice.randbytes(ENOUGH)) for _ in range(2000)]
    assert {kind for kind in found if kind} == set()
