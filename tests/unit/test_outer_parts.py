"""Where a file ends by the sizes of its outermost parts, whatever others put behind it."""

from __future__ import annotations

import pytest

from mps_manifest.formats.containers.matroska import segments_end
from mps_manifest.formats.containers.outer_parts import is_all_there, missing_box
from mps_manifest.formats.media.parts import Parts
from tests.cost.hostile import box
from tests.media.make import reading


def four(number: int) -> bytes:
    return number.to_bytes(4, "little")


def riff(kind: bytes, length: int) -> bytes:
    return b"RIFF" + four(4 + length) + kind + bytes(length)


def parts(body: bytes) -> Parts:
    return Parts(len(body), reading(body))


EBML = b"\x1a\x45\xdf\xa3\x84" + b"\x42\x86\x81\x01"
SEGMENT = EBML + b"\x18\x53\x80\x67\x40\x64" + bytes(100)
LIVE = EBML + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + bytes(100)
VOID, CHECKSUM = b"\xec\x84" + bytes(4), b"\xbf\x84" + bytes(4)
ROOMY = EBML + VOID + CHECKSUM + VOID + SEGMENT[len(EBML) :]
MP4 = box(b"ftyp", b"isom") + box(b"moov", bytes(200)) + box(b"mdat", bytes(300))
LONG = MP4[:-308] + b"\0\0\0\1mdat" + (316).to_bytes(8, "big") + bytes(300)
MANY = box(b"moov", bytes(20)) + (box(b"moof", bytes(20)) + box(b"mdat", bytes(20))) * 200
AVI = riff(b"AVI ", 300)
OPEN_DML = AVI + riff(b"AVIX", 200)
AIFF = b"FORM" + (204).to_bytes(4, "big") + b"AIFF" + bytes(200)
WHOLE = [
    ("video/mp4", MP4),
    ("audio/mp4", LONG),
    ("video/quicktime", box(b"wide", b"") + box(b"mdat", bytes(300)) + box(b"moov", bytes(200))),
    ("video/mp4", MANY),
    ("video/x-matroska", SEGMENT),
    ("video/webm", SEGMENT + SEGMENT),
    ("video/webm", SEGMENT + VOID + SEGMENT),
    ("video/x-matroska", ROOMY),
    ("video/x-msvideo", AVI),
    ("video/x-msvideo", OPEN_DML),
    ("audio/aiff", AIFF),
]


@pytest.mark.parametrize(("found", "body"), WHOLE)
def test_a_whole_file_is_all_there_whatever_follows(found: str, body: bytes) -> None:
    """What does not begin as the format's parts do belongs to somebody else."""
    for behind in (b"", b"\n", b"AAAA", b"TAG" + bytes(125), b"\xff" * 99, bytes(64), b"--x--\r\n"):
        assert is_all_there(found, parts(body + behind)), behind


@pytest.mark.parametrize(("found", "body"), WHOLE)
@pytest.mark.parametrize("cut", [1, 10, 20])
def test_a_part_that_is_cut_off_is_missed(found: str, body: bytes, cut: int) -> None:
    """Its own size says that there was more, also in the second part of a long recording."""
    assert not is_all_there(found, parts(body[:-cut]))


def test_a_box_that_began_is_missed_however_large() -> None:
    """A header of sixteen bytes with nothing behind it is a box of gigabytes all the same."""
    begun = b"\0\0\0\1mdat" + (5 * 10**9).to_bytes(8, "big")
    assert not is_all_there("video/mp4", parts(MP4 + begun))


def test_a_file_whose_index_is_lost_is_not_all_there() -> None:
    """It was cut off where the media ends, or within the few bytes that begin the index."""
    body = box(b"ftyp", b"isom") + box(b"mdat", bytes(300))
    for rest in (b"", b"\0\0\1", b"\0\0\1\0mo"):
        assert not is_all_there("video/mp4", parts(body + rest))


@pytest.mark.parametrize("many", [b"\0\0\0\x08free", box(b"moof", bytes(20)), box(b"mdat", b"")])
@pytest.mark.parametrize("count", [999, 1000, 1001, 1100])
def test_boxes_too_many_to_be_followed_prove_nothing(many: bytes, count: int) -> None:
    """The one that is cut off may be any of the others."""
    body = box(b"moov", bytes(200)) + many * count + box(b"mdat", bytes(9000))[:5000]
    assert not is_all_there("video/mp4", parts(body))


def test_chunks_too_many_to_be_followed_prove_nothing() -> None:
    """Behind a hundred gigabytes another one may be cut off."""
    assert is_all_there("video/x-msvideo", parts(AVI * 99))
    assert not is_all_there("video/x-msvideo", parts(AVI * 100 + AVI[:90]))


def test_padding_of_an_odd_chunk_is_no_part_of_it() -> None:
    """Some writers leave it out."""
    assert is_all_there("video/x-msvideo", parts(riff(b"AVI ", 301)))
    assert is_all_there("video/x-msvideo", parts(riff(b"AVI ", 301) + b"\0" + riff(b"AVIX", 9)))
    assert not is_all_there("video/x-msvideo", parts(riff(b"AVI ", 301) + b"\0" + AVI[:90]))


def test_a_live_recording_promises_nothing() -> None:
    """Its segment has the size that says there is none yet."""
    assert segments_end(parts(LIVE)) == 0
    assert segments_end(parts(LIVE[:60])) == 0


@pytest.mark.parametrize("found", ["audio/aiff", "video/webm", "video/x-msvideo"])
@pytest.mark.parametrize("body", [b"", b"\0" * 99, EBML, EBML + VOID, ROOMY[:25], LIVE, MP4])
def test_a_file_without_such_parts_proves_nothing(found: str, body: bytes) -> None:
    """Nothing that was followed to its end is no proof that all is there."""
    assert not is_all_there(found, parts(body))
    assert not is_all_there(found, parts(body + b"TAG"))


def test_elements_without_end_prove_nothing() -> None:
    """So many are not followed, and behind them a segment may be cut off."""
    assert segments_end(parts(SEGMENT + VOID * 40 + SEGMENT[:60])) == 0


@pytest.mark.parametrize("found", [None, "audio/mpeg", "audio/wav", "video/mp2t"])
def test_of_other_types_nothing_is_said(found: str | None) -> None:
    """The parts of these have no sizes, or a reader of their own."""
    assert not is_all_there(found, parts(MP4))


def index(*flags: int, kind: bytes = b"url ") -> bytes:
    """Return an index of tracks whose samples are in the same file where a flag is 1."""
    references = [
        box(b"dref", bytes(4) + b"\0\0\0\1" + box(kind, bytes(3) + bytes([flag]))) for flag in flags
    ]
    tracks = [box(b"trak", box(b"mdia", box(b"minf", box(b"dinf", each)))) for each in references]
    return box(b"moov", box(b"mvhd", bytes(100)) + b"".join(tracks))


@pytest.mark.parametrize("rest", [b"", b"\0", b"\0\0\1\0moo"])
@pytest.mark.parametrize("front", [box(b"ftyp", b"isom"), box(b"wide", b""), b""])
def test_a_recording_that_ends_between_two_boxes_lacks_its_index(front: bytes, rest: bytes) -> None:
    """A camera that loses its battery has written all of the media, and nobody can play it."""
    recorded = front + box(b"mdat", bytes(300)) + rest
    assert "(moov)" in missing_box(parts(recorded), has_samples=False)


@pytest.mark.parametrize(
    "body",
    [
        MP4,
        b"",
        b"no boxes",
        box(b"styp", b"msdh") + box(b"moof", bytes(20)) + box(b"mdat", bytes(20)),
        box(b"styp", b"msdh") + box(b"sidx", bytes(20)),
        box(b"ftyp", b"isom") + box(b"meta", bytes(20)) + box(b"mdat", bytes(20)),
        box(b"ftyp", b"isom") + box(b"mdat", bytes(300)) + b"--boundary--",
        box(b"ftyp", b"isom") + box(b"free", b"") * 1100,
    ],
)
def test_what_has_an_index_of_its_kind_or_may_have_one_lacks_none(body: bytes) -> None:
    """Segments, pictures and what does not end with a box are no recordings that broke off."""
    assert missing_box(parts(body), has_samples=False) == ""


@pytest.mark.parametrize("behind", [b"", box(b"free", bytes(20)), b"\0\0\1"])
@pytest.mark.parametrize("kind", [b"url ", b"alis"])
def test_an_index_alone_lacks_its_media(kind: bytes, behind: bytes) -> None:
    """It comes first in files for the web, and says which samples there are."""
    body = box(b"ftyp", b"isom") + index(1, 1, kind=kind) + behind
    assert "(mdat)" in missing_box(parts(body), has_samples=True)
    assert missing_box(parts(body + box(b"mdat", b"")), has_samples=True) == ""


@pytest.mark.parametrize("moov", [index(1, 0), index(0, kind=b"alis"), index()])
def test_an_index_of_other_files_lacks_nothing(moov: bytes) -> None:
    """Editors write movies that refer to recordings elsewhere."""
    assert missing_box(parts(box(b"ftyp", b"qt  ") + moov), has_samples=True) == ""
