"""Pictures that were cut off are told by their own sizes, and whole ones are never accused."""

from __future__ import annotations

import zlib

import pytest

from mps_manifest.formats.pictures.picture_ends import missing_bytes
from tests.unit.test_mp4_boxes import File, box
from tests.unit.test_picture_headers import gif, jpeg, lossy, webp


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png(*lengths: int, before: bytes = b"") -> bytes:
    """Make a picture whose chunks of data have these lengths."""
    header = chunk(b"IHDR", (320).to_bytes(4, "big") + (180).to_bytes(4, "big") + b"\x08\2\0\0\0")
    data = b"".join(chunk(b"IDAT", b"\x5a" * length) for length in lengths)
    return b"\x89PNG\r\n\x1a\n" + header + before + data + chunk(b"IEND", b"")


AVIF = box(b"ftyp", b"avif" + bytes(8)) + box(b"meta", bytes(300)) + box(b"mdat", bytes(5000))
WEBP = webp(b"VP8 ", b"\x10\2\0\x9d\1\x2a" + (320).to_bytes(2, "little") * 2 + bytes(5000))
WHOLE = {
    "one chunk": ("png", png(5000)),
    "many chunks": ("png", png(*[700] * 30, 123)),
    "equal chunks": ("png", png(*[700] * 5)),
    "profile": ("png", png(4096, 4096, 9, before=chunk(b"iCCP", bytes(90_000)))),
    "lossy": ("webp", WEBP),
    "boxes": ("avif", AVIF),
    "index last": ("heic", AVIF[:20] + box(b"mdat", bytes(5000)) + box(b"meta", bytes(300))),
}
BEHIND = [b"", b"\n", bytes(100), b"\xff" * 50, b"\r\n--boundary--\r\n", b"TAG" + bytes(125)]


def told(kind: str, body: bytes) -> str:
    return missing_bytes(f"image/{kind}", len(body), File(body).read)


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize(("kind", "body"), WHOLE.values(), ids=WHOLE)
def test_a_whole_picture_is_whole_whatever_follows(kind: str, body: bytes, behind: bytes) -> None:
    """Cameras and uploads leave more behind the end, which no browser looks at."""
    assert told(kind, body + behind) == ""


@pytest.mark.parametrize("length", [14, 44, 105, 250, 700])
def test_zeros_up_to_any_size_are_no_data_that_is_missing(length: int) -> None:
    """Disks and uploads fill blocks with zeros, as which the length of a chunk begins."""
    body = png(length)
    for size in range(len(body), len(body) + 2 * length):
        assert told("png", body.ljust(size, b"\0")) == "", size


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9, 0.98])
@pytest.mark.parametrize(("kind", "body"), WHOLE.values(), ids=WHOLE)
def test_a_picture_that_is_cut_off_is_told(kind: str, body: bytes, part: float) -> None:
    """Its lower half would be missing on the page of a film."""
    short = body[: int(len(body) * part)]
    assert told(kind, short).endswith(f" bytes, the file has {len(short)}")


@pytest.mark.parametrize("begun", [3, 4, 5, 7, 8, 9, 100])
def test_a_chunk_of_data_that_has_begun_is_missed(begun: int) -> None:
    """The one before it, of the same length, tells its first bytes from padding."""
    body = png(*[700] * 5)
    start = [at for at in range(len(body)) if body.startswith(b"IDAT", at)][3] - 4
    told_size = start + 712
    assert told("png", body[: start + begun]).startswith(f"the container declares {told_size} ")


def test_sizes_are_those_that_the_picture_declares() -> None:
    """Who looks for the rest wants to know how much it is."""
    body = png(5000)
    assert told("png", body[:3000]) == (
        f"the container declares {len(body) - 12} bytes, the file has 3000"
    )
    assert told("webp", WEBP[:3000]) == (
        f"the container declares {len(WEBP)} bytes, the file has 3000"
    )


def test_a_few_bytes_too_few_of_webp_prove_nothing() -> None:
    """Some writers count the header, or the padding that they leave out."""
    assert told("webp", WEBP[:-1]) == told("webp", WEBP[:-8]) == ""
    assert told("webp", lossy(320, 180)) == ""


@pytest.mark.parametrize(
    "body",
    [
        png(5000)[:-12],
        png(5000)[:-5],
        png(),
        png(5000)[:33] + b"\xff" * 200,
        png(5000)[:8] + chunk(b"tEXt", b"") * 200,
    ],
    ids=["no end", "half an end", "no data", "no chunk", "too many chunks"],
)
def test_where_no_data_is_missing_nothing_is_told(body: bytes) -> None:
    """A picture without its end looks as it should."""
    assert told("png", body) == ""


def test_formats_without_sizes_are_never_accused() -> None:
    """Only whoever decodes them knows."""
    assert told("jpeg", jpeg(320, 180)[:100]) == told("gif", gif(320, 180)[:20]) == ""


def test_two_reads_are_enough() -> None:
    """The chunks between are not looked at."""
    body = png(*[4096] * 1000, 77)
    whole, short = File(body), File(body[:-1_000_000])
    assert missing_bytes("image/png", len(body), whole.read) == ""
    assert len(whole.asked) == 1
    assert missing_bytes("image/png", len(short.body), short.read)
    assert len([at for at in short.asked if at > 100]) == 2
