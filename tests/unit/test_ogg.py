"""Ogg files last from the first position of a stream to its last one."""

from __future__ import annotations

import pytest

from mps_manifest.formats.media.parts import Parts
from mps_manifest.formats.sound.ogg import ogg_length
from tests.media.make import reading
from tests.unit.test_framed_sound import Source as Counted

RATE = 48_000
OPUS = b"OpusHead\1\2" + (312).to_bytes(2, "little") + bytes(7)
TWENTY = b"\x08" + bytes(99)  # a packet of 20 ms
VORBIS = b"\1vorbis" + bytes(4) + b"\2" + (44_100).to_bytes(4, "little") + bytes(12) + b"\xb8\1"
FLAC = (
    b"\x7fFLAC\1\0\0\1fLaC\0\0\0\x22\x10\0\x10\0"
    + bytes(6)
    + (44_100 << 4).to_bytes(3, "big")
    + bytes(21)
)
# 25 pictures a second, six bits for those since a key picture
THEORA = (b"\x80theora" + bytes(15) + (25).to_bytes(4, "big") + (1).to_bytes(4, "big")).ljust(
    40, b"\0"
) + (6 << 5).to_bytes(2, "big")


def page(position: int, *packets: bytes, flags: int = 0, stream: int = 7) -> bytes:
    lacing = b"".join(b"\xff" * (len(p) // 255) + bytes([len(p) % 255]) for p in packets)
    numbers = position.to_bytes(8, "little") + stream.to_bytes(4, "little") + bytes(8)
    head = b"OggS\0" + bytes([flags]) + numbers + bytes([len(lacing)])
    return head + lacing + b"".join(packets)


def opus(seconds: int, start: int = 0, stream: int = 7) -> bytes:
    """Make a stream whose pages last a second each."""
    pages = [page(0, OPUS, flags=2, stream=stream), page(0, b"OpusTags", stream=stream)]
    # the first page has 312 samples more, which are not played
    pages.append(page(start + RATE + 312, *[TWENTY] * 50, b"\0" + bytes(9), stream=stream))
    pages.extend(
        page(start + number * RATE + 312, *[TWENTY] * 50, stream=stream)
        for number in range(2, seconds + 1)
    )
    return b"".join(pages)


def told(body: bytes) -> int | None:
    return ogg_length(Parts(len(body), reading(body))).duration_ms


@pytest.mark.parametrize("seconds", [2, 40, 400])
def test_opus_lasts_until_its_last_position(seconds: int) -> None:
    """Of a long file only some places are read."""
    assert told(opus(seconds)) == seconds * 1000


@pytest.mark.parametrize("start", [0.5, 100, 100_000])
def test_a_recording_that_begins_late_has_its_own_length(start: float) -> None:
    """Its positions count since the transmitter was switched on."""
    found = told(opus(40, int(start * RATE)))
    assert found == pytest.approx(40_000, abs=4)
    assert told(opus(400, int(start * RATE))) == pytest.approx(400_000, abs=4)


@pytest.mark.parametrize("seconds", [3, 120])
def test_streams_one_after_the_other_have_no_duration(seconds: int) -> None:
    """The positions of the last one are not those of the file."""
    assert told(opus(seconds) + opus(seconds, stream=8)) is None
    assert told(opus(seconds) * 2) is None
    assert told(opus(seconds) * 3) is None


def test_another_stream_in_the_middle_of_a_long_file_is_noticed() -> None:
    """Its positions are not in order with those before it."""
    body = opus(300)
    half = body.index(b"OggS", len(body) // 2)
    assert told(body[:half] + opus(100) + body[half:]) is None


@pytest.mark.parametrize("size", [1, 60, 70, 400, 5000])
@pytest.mark.parametrize("seconds", [1, 2, 30, 200])
def test_a_cover_before_the_sound_is_skipped(size: int, seconds: int) -> None:
    """It fills pages of one size, and is no part of the sound."""
    body, full = opus(seconds), 255 * 255
    number, rest = divmod(size * 1024, full)
    head = b"OggS\0\1" + b"\xff" * 8 + (7).to_bytes(4, "little") + bytes(8)
    cover = (head + b"\xff" * 256 + bytes(full)) * number + page(0, bytes(rest))
    tags = body.index(b"OggS", 1)
    sound = body.index(b"OggS", tags + 1)
    source = Counted(body[:tags] + cover + body[sound:])
    found = ogg_length(Parts(len(source.body), source.read))
    assert found.duration_ms == seconds * 1000
    assert source.read_bytes < 450_000


def test_other_codecs() -> None:
    """Each counts in its own unit."""
    vorbis = page(0, VORBIS, flags=2) + page(0, b"\3vorbis") + page(1024, *[bytes(60)] * 3)
    assert told(vorbis + page(88_200, *[bytes(60)] * 99)) == 2000
    flac = page(0, FLAC, flags=2) + page(0, b"\4") + page(4096, bytes(99)) + page(88_200, bytes(99))
    assert told(flac) == 2000
    late = page(0, FLAC, flags=2) + page(44_100 + 4096, bytes(99)) + page(3 * 44_100, bytes(99))
    assert told(late) == 2000
    theora = page(0, THEORA, flags=2) + page(1 << 6, bytes(500)) + page(1 << 6 | 49, bytes(99))
    assert told(theora) == 2000


def test_vorbis_that_begins_late_has_no_duration() -> None:
    """Nobody knows how much its first page has without decoding it."""
    first = page(0, VORBIS, flags=2) + page(0, b"\3vorbis") + page(1_000_000, *[bytes(60)] * 3)
    assert told(first + page(2_000_000, *[bytes(60)] * 99)) is None


def test_the_longest_of_several_streams_counts() -> None:
    """Pictures and sound seldom end together."""
    one = page(0, OPUS, flags=2) + page(0, THEORA, flags=2, stream=8)
    both = one + page(RATE, *[TWENTY] * 50) + page(1 << 6, bytes(50), stream=8)
    assert told(both + page(1 << 6 | 49, bytes(9), stream=8)) == 2000


def test_a_stream_that_nobody_knows_has_no_duration() -> None:
    """A unit would be a guess."""
    assert told(page(0, b"Speex   ", flags=2) + page(16_000, bytes(99))) is None
    assert told(page(0, OPUS, flags=2)) is None
    assert told(page(0, OPUS[:12], flags=2) + page(RATE, TWENTY)) is None
    assert told(b"OggS") is None
    assert told(b"") is None


def test_a_page_that_was_cut_off_does_not_count() -> None:
    """The file lasts until the last page that is whole."""
    body = opus(20)
    assert told(body[:-1]) == 19_000
