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
        (b"\x00\x00\x00\x18ftypavis", "image/avif"),
        (b"\x00\x00\x00\x1cftypmif1\0\0\0\0mif1miafavif", "image/avif"),
        (b"\x00\x00\x00\x18ftypmif1\0\0\0\0mif1heic", "image/heic"),
        (b"\x00\x00\x00\x18ftypmif1\0\0\0\0miafheix", "image/heic"),
        (b"\x00\x00\x00\x18ftypmif1\0\0\0\0miafmif1", "image/heif"),
        (b"\x00\x00\x00\x14ftypmif1\0\0\0\0mif1avif", "image/heif"),
        (b"\x00\x00\x00\x18ftypmsf1\0\0\0\0msf1hevc", "image/heic-sequence"),
        (b"\x00\x00\x00\x18ftypmsf1\0\0\0\0msf1avis", "image/avif"),
        (b"\x00\x00\x00\x14ftypmsf1\0\0\0\0msf1", "image/heif-sequence"),
        (b"\x00\x00\x00\x18ftyphevc", "image/heic-sequence"),
        (b"\x00\x00\x00\x18ftyp3gp5", "video/3gpp"),
        (b"\x00\x00\x00\x18ftyp3g2a", "video/3gpp2"),
        (b"\x00\x00\x00\x18ftypM4V ", "video/mp4"),
        (b"\x00\x00\x00\x18ftypM4B ", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypf4v ", "video/x-f4v"),
        (b"\x00\x00\x00\x18ftypcrx ", "image/x-canon-cr3"),
        (b"\x00\x00\x00\x18stypmsdh", "video/iso.segment"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
        (b"\xff\x0a\xfa\x7f", "image/jxl"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ", "image/jp2"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n\0\0\0\x14ftypjpx ", "image/jpx"),
        (b"II+\x00\x08\x00\x00\x00", "image/tiff"),
        (b"MM\x00+\x00\x08\x00\x00", "image/tiff"),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", "image/x-canon-cr2"),
        (b"8BPS\x00\x01", "image/vnd.adobe.photoshop"),
        (
            b"\0\0\1\0\2\0\x10\x10\0\0\1\0\x20\0\x68\4\0\0\x26\0\0\0",
            "image/vnd.microsoft.icon",
        ),
        (b"\0\0\1\0\2\0\x10\x10\0\0\1\0\x20\0\x68\4\0\0\x20\0\0\0", None),
        (b"FORM\0\0\0\0AIFFCOMM", "audio/aiff"),
        (b"FORM\0\0\0\0AIFCFVER", "audio/aiff"),
        (b"FORM\0\0\0\0\x01ILBM", None),
        (b"#!AMR\n\x3c", "audio/amr"),
        (b"#!AMR-WB\n\x04", "audio/amr-wb"),
        (b"caff\x00\x01\x00\x00desc", "audio/x-caf"),
        (b".snd\x00\x00\x00\x18", "audio/basic"),
        (b"MThd\x00\x00\x00\x06\x00\x01", "audio/midi"),
        (b"\x7f\xfe\x80\x01\xfc\x3c", "audio/vnd.dts"),
        (b"\0\0\0\0\xf8\x72\x6f\xba", "audio/vnd.dolby.mlp"),
        (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9\x00\xaa\x00b\xcel", "video/x-ms-asf"),
        (b"\x06\x0e+4\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02\x04\x00", "application/mxf"),
        (b"OggS\x00\x02" + bytes(22) + b"\x80theora", "video/ogg"),
        ((bytes(4) + b"\x47" + bytes(187)) * 4, "video/mp2t"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"<?xml version='1.0'?><!-- a --><svg />", "image/svg+xml"),
        (b"<?xml version='1.0'?><tt xmlns='http://www.w3.org/ns/ttml'>", "application/ttml+xml"),
        (b"#EXTM3U\n#EXTINF:1,\n", "application/vnd.apple.mpegurl"),
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


def skipped(kind: bytes, size: int) -> bytes:
    return size.to_bytes(4, "big") + kind + bytes(size - 8)


MOOV = b"\0\0\1\0moov\0\0\0\x6cmvhd"
FTYP = b"\0\0\0\x18ftypisom\0\0\0\0isommp42"


@pytest.mark.parametrize("kind", [b"free", b"skip", b"pnot"])
@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        (MOOV, "video/quicktime"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video/quicktime"),
        (skipped(b"PICT", 200) + MOOV, "video/quicktime"),
        (skipped(b"free", 8) * 9 + MOOV, "video/quicktime"),
        (skipped(b"free", 60_000)[:5000], "video/quicktime"),
        (FTYP, "video/mp4"),
        (FTYP.replace(b"isom", b"M4A "), "audio/mp4"),
        (b"", None),
        (b"\0\0\0", None),
        (b"\0\0\1\0abcd" + bytes(300), None),
        (skipped(b"free", 8)[:4] + b"\0\0\0\0" + bytes(300), None),
        (b"\0\0\0\4free" + MOOV, None),
    ],
)
def test_empty_room_before_the_first_box_is_skipped(
    kind: bytes, behind: bytes, expected: str | None
) -> None:
    """QuickTime files have had it before brands existed, and so have files that were repaired."""
    assert content_type((skipped(kind, 40) + behind)[:ENOUGH]) == expected


@pytest.mark.parametrize("text", ["The free world\n", "To skip it\n", "Not free\n" * 900])
def test_words_of_a_text_are_no_boxes(text: str) -> None:
    """They can be anywhere in it."""
    assert content_type(text.encode()[:ENOUGH]) == "text/plain"


def test_mpeg_audio_without_a_tag_is_told_by_frames_that_follow_each_other() -> None:
    """One frame's mark occurs by chance in any data, and several in a row do not."""
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    assert content_type(frame * 5) == "audio/mpeg"
    assert content_type(frame[:300]) is None
    assert content_type(frame + b"\x00" * 500) is None


@pytest.mark.parametrize(
    ("header", "length"),
    [
        (b"\xff\xfd\x80\x04", 417),  # MPEG-1, layer II: 144 * 128,000 / 44,100
        (b"\xff\xff\x44\x04", 128),  # MPEG-1, layer I: 4 * (12 * 128,000 / 48,000)
        (b"\xff\xf3\x84\x04", 192),  # MPEG-2, layer III: 72 * 64,000 / 24,000
        (b"\xff\xf5\x84\x04", 384),  # MPEG-2, layer II: 144 * 64,000 / 24,000
        (b"\xff\xe3\x88\x04", 576),  # MPEG-2.5, layer III: 72 * 64,000 / 8,000
    ],
)
def test_frames_of_every_layer(header: bytes, length: int) -> None:
    """Broadcasters use layer II, phones of old MPEG-2."""
    assert content_type((header + bytes(length - 4)) * 3) == "audio/mpeg"
    assert content_type((header + bytes(length - 3)) * 3) is None


AC3 = bytes.fromhex("0b77 0000 1440 e100")  # 48 kHz, 192 kbit/s
EAC3 = bytes.fromhex("0b77 00bf 3486 e100")


def test_dolbys_frames_follow_each_other() -> None:
    """Two bytes of a mark are in any noise."""
    assert content_type((AC3 + bytes(760)) * 3) == "audio/ac3"
    assert content_type((EAC3 + bytes(376)) * 3) == "audio/eac3"
    assert content_type((AC3 + bytes(761)) * 3) is None
    assert content_type(AC3 + bytes(760)) is None


def test_noise_is_taken_for_nothing() -> None:
    """A type that is seen in noise would accuse sound files of being something else."""
    dice = random.Random(7)
    found = [content_type(dice.randbytes(ENOUGH)) for _ in range(2000)]
    assert {kind for kind in found if kind} == set()
