"""Sound in frames without a header of its own: counted, or of one size all over the file."""

from __future__ import annotations

import random

import pytest

from mps_manifest.formats.media.lengths import length_of
from mps_manifest.formats.media.parts import Length, Parts
from mps_manifest.formats.sound.adts import adts_length
from mps_manifest.formats.sound.amr import amr_length
from mps_manifest.formats.sound.dolby import dolby_length
from mps_manifest.formats.sound.mpeg_audio import mpeg_audio_length

# 128 kbit/s at 48 kHz, so that all frames have 384 bytes and last 24 ms
HEADER, LENGTH = b"\xff\xfb\x94\xc0", 384
QUIET = b"\xff\xfb\x14\xc0" + bytes(92)  # 32 kbit/s
FRAME = HEADER + bytes(LENGTH - 4)
LONG = 6000
ID3V1 = b"TAG" + bytes(125)
APE = b"APETAGEX" + (2000).to_bytes(4, "little") + (2000).to_bytes(4, "little") + bytes(16)


class Source:
    """A file in memory that counts what is read of it."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.read_bytes = 0

    def read(self, start: int, length: int) -> bytes:
        part = self.body[max(start, 0) : start + length]
        self.read_bytes += len(part)
        return part

    @property
    def parts(self) -> Parts:
        return Parts(len(self.body), self.read)


def mp3(body: bytes) -> int | None:
    return mpeg_audio_length(Source(body).parts).duration_ms


def xing(frames: int, total: int | None = None, name: bytes = b"Xing") -> bytes:
    """Make a first frame with an encoder's header."""
    flags = 1 if total is None else 3
    told = flags.to_bytes(4, "big") + frames.to_bytes(4, "big")
    told += b"" if total is None else total.to_bytes(4, "big")
    return (HEADER + bytes(17) + name + told).ljust(LENGTH, b"\0")


def vbri(frames: int, total: int) -> bytes:
    told = bytes(6) + total.to_bytes(4, "big") + frames.to_bytes(4, "big")
    return (HEADER + bytes(32) + b"VBRI" + told).ljust(LENGTH, b"\0")


# --- MPEG audio ----------------------------------------------------------------------------------


def test_a_short_file_is_counted() -> None:
    """Three seconds below 16 KiB had a duration of a tenth of a second."""
    assert mp3(FRAME * 100) == 2400
    assert mp3(QUIET * 50 + FRAME * 50) == 2400


def test_a_long_file_of_constant_rate_is_measured_at_a_few_places() -> None:
    """Reading all of it would take as much as a download."""
    source = Source(FRAME * LONG)
    assert mpeg_audio_length(source.parts) == Length(LONG * 24)
    assert source.read_bytes < 50_000


@pytest.mark.parametrize("quiet", [0.02, 0.5, 0.98])
def test_a_long_file_of_varying_rate_has_no_duration(quiet: float) -> None:
    """A quiet beginning made 80 seconds of 30."""
    first = int(LONG * quiet)
    assert mp3(QUIET * first + FRAME * (LONG - first)) is None
    assert mp3(FRAME * first + QUIET + FRAME * (LONG - first)) is None


def test_frames_of_another_rate_anywhere_move_all_that_follow() -> None:
    """Where they are is left to chance, and a place that is looked at need not be among them."""
    dice = random.Random(5)
    for _ in range(20):
        at = dice.randrange(8, LONG - 40)
        fewer = dice.choice([1, 2, 3, 5, 17, 27])  # four of them are as long as another frame
        assert mp3(FRAME * at + QUIET * fewer + FRAME * (LONG - at)) is None


@pytest.mark.parametrize("first", [xing(500), xing(500, 501 * LENGTH), vbri(500, 501 * LENGTH)])
def test_an_encoder_s_count_of_frames_is_believed(first: bytes) -> None:
    """It is the exact duration of a file of varying rate."""
    assert mp3(first + QUIET * 200 + FRAME * 450) == 12_000


@pytest.mark.parametrize("name", [b"Xing", b"Info"])
def test_a_header_of_another_number_of_bytes_is_not_believed(name: bytes) -> None:
    """Of two files that were joined, only the first one is counted in it."""
    first = xing(100, 101 * LENGTH, name)
    assert mp3(first + FRAME * 100) == 2400
    assert mp3(first + FRAME * 300) == 7200
    assert mp3(first + FRAME * 40) == 960
    assert mp3(first + QUIET * 4000 + FRAME * 40) is None


FRAMES = 4000


@pytest.mark.parametrize("name", [b"Xing", b"Info"])
@pytest.mark.parametrize("percent", [-6, -3, -1, 1, 3, 6])
def test_a_long_file_that_was_cut_or_joined_lasts_as_long_as_its_frames(
    name: bytes, percent: int
) -> None:
    """A few per cent of an hour are minutes."""
    first = xing(FRAMES, (FRAMES + 1) * LENGTH, name)
    there = FRAMES + FRAMES * percent // 100
    assert mp3(first + FRAME * there) == there * 24


@pytest.mark.parametrize("percent", [-6, -1, 1, 6])
@pytest.mark.parametrize("first", [FRAME, xing(9), b"ID3\4\0\0\0\0\0\0" + FRAME])
def test_of_a_varying_rate_nothing_is_known_then(percent: int, first: bytes) -> None:
    """The header speaks of other frames, and those that are there were not counted."""
    varying = QUIET * 2000 + FRAME * 3000
    whole = xing(5000, len(varying) + LENGTH) + varying
    assert mp3(whole) == 5000 * 24
    more = len(whole) * percent // 100
    other = whole[:more] if more < 0 else whole + (first + FRAME * 900)[:more]
    assert mp3(other) is None


@pytest.mark.parametrize("first", [0, LENGTH])
@pytest.mark.parametrize(
    "behind", [b"", bytes(20_000), b"<xml>" * 3000, FRAME * 3, b"\xff\xff" + bytes(9000)]
)
def test_what_follows_and_is_no_sound_changes_nothing(first: int, behind: bytes) -> None:
    """Some encoders do not count the frame with their header, some files have more at the end."""
    varying = QUIET * 2000 + FRAME * 3000
    body = xing(5000, len(varying) + first) + varying
    assert mp3(body + behind) == 5000 * 24
    assert mp3(body[:-LENGTH]) == 5000 * 24


def test_tags_after_the_sound_are_no_sound() -> None:
    """A cover in an APE tag would be minutes of music."""
    tags = bytes(1968) + APE + ID3V1
    assert mp3(FRAME * 100 + tags) == 2400
    assert mp3(FRAME * LONG + tags) == LONG * 24
    lyrics = b"LYRICSBEGIN" + b"x" * 600 + b"000611LYRICS200"
    assert mp3(FRAME * 100 + lyrics + ID3V1) == 2400
    id3v2 = bytes(500) + b"3DI\4\0\x10\0\0\3\x6a"
    assert mp3(FRAME * 100 + id3v2) == 2400


def test_a_frame_that_was_cut_off_does_not_count() -> None:
    """What cannot be played has no duration."""
    assert mp3(FRAME * 100 + FRAME[:100]) == 2400


def test_other_bytes_between_frames_leave_the_duration_out() -> None:
    """Whatever it is, nobody knows how long it lasts."""
    assert mp3(FRAME * 50 + b"\1" * 1000 + FRAME * 50) is None


@pytest.mark.parametrize(
    ("header", "length", "samples", "rate"),
    [
        ("ffff94c0", 1536 // 4, 384, 48000),  # layer I, 288 kbit/s
        ("fffd84c0", 384, 1152, 48000),  # layer II, 128 kbit/s
        ("fff384c0", 192, 576, 24000),  # MPEG-2, layer III, 64 kbit/s
        ("ffe388c0", 576, 576, 8000),  # MPEG-2.5, layer III, 64 kbit/s
    ],
)
def test_other_layers_and_versions(header: str, length: int, samples: int, rate: int) -> None:
    """Each has its own table of rates."""
    frame = bytes.fromhex(header)
    length = {"ffff94c0": 288}.get(header, length)
    assert mp3(frame.ljust(length, b"\0") * 50) == 50 * samples * 1000 // rate


def test_noise_has_no_duration() -> None:
    """Eleven bits alone are found everywhere."""
    assert mp3(random.Random(1).randbytes(400_000)) is None
    assert mp3(b"") is None


# --- AAC -----------------------------------------------------------------------------------------


def adts(length: int, blocks: int = 1) -> bytes:
    """Make a frame at 48 kHz."""
    header = 0xFFF << 44 | 1 << 40 | 1 << 38 | 3 << 34 | 2 << 30 | length << 13 | blocks - 1
    return header.to_bytes(7, "big").ljust(length, b"\0")


def test_aac_is_counted_where_it_is_short() -> None:
    """Its rate varies, so nothing else tells how long it lasts."""
    body = b"".join(adts(100 + number % 50) for number in range(375))
    assert adts_length(Source(body).parts).duration_ms == 8000
    assert adts_length(Source(adts(200, 4) * 75).parts).duration_ms == 6400
    assert adts_length(Source(body * 20).parts).duration_ms is None


# --- AC-3 ----------------------------------------------------------------------------------------

AC3 = b"\x0bw\0\0\x1e\x40".ljust(1792, b"\0")  # 448 kbit/s at 48 kHz, 32 ms


def eac3(length: int, kind: int = 0, blocks: int = 3) -> bytes:
    words = length // 2 - 1
    header = bytes([0x0B, 0x77, kind << 6 | words >> 8, words & 255, blocks << 4, 16 << 3])
    return header.ljust(length, b"\0")


def dolby(body: bytes) -> int | None:
    return dolby_length(Source(body).parts).duration_ms


def test_ac3_has_a_constant_rate() -> None:
    """A long one is measured at a few places."""
    assert dolby(AC3 * 50) == 1600
    assert dolby(AC3 * 1000) == 32_000
    assert dolby(AC3 * 900 + bytes(10) + AC3 * 100) is None


def test_frames_of_eac3_that_depend_on_others_add_no_time() -> None:
    """Further channels are sent in frames of their own."""
    assert dolby((eac3(800) + eac3(400, kind=1)) * 100) == 3200
    assert dolby(eac3(800, blocks=0) * 60) == 320
    assert dolby(eac3(1000) * 1000) == 32_000


# --- AMR -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "frame"),
    [(b"#!AMR\n", b"\x3c" + bytes(31)), (b"#!AMR-WB\n", b"\x44" + bytes(60))],
)
def test_amr_is_counted_or_has_one_mode(head: bytes, frame: bytes) -> None:
    """With pauses its rate varies."""

    def told(body: bytes) -> int | None:
        return amr_length(Source(head + body).parts).duration_ms

    pause = b"\x7c"
    assert told(frame * 50) == 1000
    assert told(frame * 50 + pause * 50) == 2000
    assert told(frame * 20_000) == 400_000
    assert told(frame * 10_000 + pause + frame * 10_000) is None
    assert told(pause * 100_000) is None


def test_sound_of_phones_and_films_is_measured_by_its_type() -> None:
    """The sniffer tells AC-3 from E-AC-3, and AMR by its first bytes."""
    assert length_of("audio/ac3", Source(AC3 * 50).parts) == Length(1600)
    amr = Source(b"#!AMR\n" + b"\x7c" * 50).parts
    assert length_of("audio/amr", amr) == Length(1000)


def test_a_file_of_unknown_type_is_measured_by_its_first_bytes() -> None:
    """A single frame of MPEG sound is too little for a sniffer."""
    layer_two = bytes.fromhex("fffd84c0").ljust(384, b"\0")
    assert length_of(None, Source(layer_two * 50).parts) == Length(1200)
    assert length_of(None, Source(b"RIFX" + bytes(100)).parts) is None
    assert length_of("video/mp4", Source(AC3 * 50).parts) is None
