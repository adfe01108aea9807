"""Transport and program streams last from the first time mark to the end of the last picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mps_manifest.formats.containers.flash_video import flash_video_length
from mps_manifest.formats.containers.program_stream import program_stream_length
from mps_manifest.formats.containers.transport_stream import transport_stream_length
from mps_manifest.formats.media.parts import Parts
from tests.media.make import reading

TICKS = 90_000
PICTURE = TICKS // 25
SOUND = b"\xff\xfd\x84\xc0".ljust(384, b"\0")  # MPEG audio of 24 ms
FRAME = TICKS * 24 // 1000
WRAP = 2**33
VIDEO_ID, SOUND_ID = 0x100, 0x101

Make = Callable[..., bytes]


def stamp(ticks: int) -> bytes:
    high, middle, low = ticks >> 30 & 7, ticks >> 15 & 0x7FFF, ticks & 0x7FFF
    return (
        bytes([0x21 | high << 1])
        + (middle << 1 | 1).to_bytes(2, "big")
        + (low << 1 | 1).to_bytes(2, "big")
    )


def pes(kind: int, ticks: int, data: bytes) -> bytes:
    body = b"\x80\x80\5" + stamp(ticks % WRAP) + data
    return b"\0\0\1" + bytes([kind]) + len(body).to_bytes(2, "big") + body


def carried(identity: int, packet: bytes) -> bytes:
    """Cut a packet into those of a transport stream."""
    made = b""
    for at in range(0, len(packet), 184):
        part = packet[at : at + 184]
        begins = 0x4000 if at == 0 else 0
        head = b"G" + (begins | identity).to_bytes(2, "big")
        room = 184 - len(part)
        if room:
            stuffing = bytes([room - 1]) + (b"\0" + b"\xff" * (room - 2) if room > 1 else b"")
            made += head + b"\x30" + stuffing + part
        else:
            made += head + b"\x10" + part
    return made


def times(seconds: float, start: int) -> list[tuple[int, bool]]:
    """List the marks of pictures and sound in the order of a file."""
    pictures = [(start + number * PICTURE, True) for number in range(round(seconds * 25))]
    sounds = [(start + number * FRAME, False) for number in range(int(seconds * 1000) // 24)]
    return sorted(pictures + sounds)


def ts(seconds: float, start: int = TICKS, size: int = 700) -> bytes:
    made = [
        carried(VIDEO_ID, pes(0xE0, ticks, bytes(size)))
        if is_picture
        else carried(SOUND_ID, pes(0xC0, ticks, SOUND))
        for ticks, is_picture in times(seconds, start)
    ]
    return b"".join(made)


def ps(seconds: float, start: int = TICKS, size: int = 700) -> bytes:
    pack = b"\0\0\1\xba\x44" + bytes(8) + b"\xf8"
    made = [
        pack + (pes(0xE0, ticks, bytes(size)) if is_picture else pes(0xC0, ticks, SOUND))
        for ticks, is_picture in times(seconds, start)
    ]
    return b"".join(made) + b"\0\0\1\xb9"


def told(body: bytes) -> int | None:
    measure = transport_stream_length if body.startswith(b"G") else program_stream_length
    return measure(Parts(len(body), reading(body))).duration_ms


each_kind = pytest.mark.parametrize("make", [ts, ps])


@each_kind
@pytest.mark.parametrize("seconds", [3, 60])
@pytest.mark.parametrize("start", [0, TICKS, 5000 * TICKS, WRAP - TICKS, WRAP - 20 * TICKS])
def test_it_lasts_from_the_first_mark_on(make: Make, seconds: int, start: int) -> None:
    """The clock may begin late, and begins again after a day."""
    assert told(make(seconds, start)) == pytest.approx(seconds * 1000, abs=1)


@each_kind
def test_sound_alone_lasts_to_the_end_of_its_last_packet(make: Make) -> None:
    """A packet has many frames and a single mark."""
    one = [pes(0xC0, TICKS + number * 10 * FRAME, SOUND * 10) for number in range(20)]
    if make is ts:
        body = b"".join(carried(SOUND_ID, packet) for packet in one)
    else:
        body = b"".join(b"\0\0\1\xba\x44" + bytes(8) + b"\xf8" + packet for packet in one)
    assert told(body) == 20 * 10 * 24


@each_kind
@pytest.mark.parametrize("seconds", [4, 40])
def test_a_clock_that_begins_again_has_no_duration(make: Make, seconds: int) -> None:
    """Files that were joined would be as long as one of them."""
    assert told(make(seconds) * 2) is None
    assert told(make(seconds) * 3) is None
    assert told(make(seconds, 1000 * TICKS) + make(seconds)) is None


@each_kind
@pytest.mark.parametrize("seconds", [4, 40])
def test_a_clock_that_jumps_has_no_duration(make: Make, seconds: int) -> None:
    """A recording that was interrupted for hours does not last hours."""
    assert told(make(seconds) + make(seconds, 5000 * TICKS)) is None


@each_kind
def test_parts_without_marks_leave_the_duration_out(make: Make) -> None:
    """Nobody knows when it ends."""
    body = make(60)
    unit = 188 if make is ts else 1
    assert told(body[: len(body) // 2 // unit * unit] + b"\1" * 5_000_000) is None
    assert told(b"G" + b"\1" * 500_000) is None
    assert told(b"") is None


@each_kind
def test_bytes_between_packets_are_skipped(make: Make) -> None:
    """A disturbed recording goes on after the disturbance."""
    body = make(3)
    half = len(body) // 2 // 188 * 188
    assert told(body[:half] + b"\1" * 1000 + body[half:]) == pytest.approx(3000, abs=1)


def test_programs_of_several_clocks_have_no_duration() -> None:
    """The distance of their clocks is no duration."""
    other = [
        carried(0x200, pes(0xE0, 90_000 * TICKS + number * PICTURE, bytes(99)))
        for number in range(75)
    ]
    assert told(ts(3) + b"".join(other)) is None


def test_subtitles_do_not_count() -> None:
    """Between two of them may be minutes."""
    texts = [carried(0x300, pes(0xBD, TICKS * second, b"\x20\0" + bytes(40))) for second in (1, 99)]
    assert told(texts[0] + ts(3) + texts[1]) == 3000


def test_mpeg_one_has_marks_of_its_own() -> None:
    """Its packets begin with stuffing and the size of a buffer."""
    made = b""
    for number in range(50):
        body = b"\xff\xff\x40\x20" + stamp(TICKS + number * PICTURE) + bytes(300)
        made += b"\0\0\1\xba\x21" + bytes(7) + b"\0\0\1\xe0" + len(body).to_bytes(2, "big") + body
    assert told(made) == 2000


# --- FLV -----------------------------------------------------------------------------------------


def flv_tag(kind: int, ms: int, data: bytes) -> bytes:
    time = (ms & 0xFFFFFF).to_bytes(3, "big") + bytes([ms >> 24])
    tag = bytes([kind]) + len(data).to_bytes(3, "big") + time + bytes(3) + data
    return tag + len(tag).to_bytes(4, "big")


def flv(seconds: float | bytes | None, *tags: bytes) -> bytes:
    head = b"FLV\1\5\0\0\0\x09\0\0\0\0"
    number = seconds if isinstance(seconds, bytes) else _double(seconds or 0)
    told = b"\2\0\x0aonMetaData\x08\0\0\0\1\0\x08duration\0" + number + b"\0\0\x09"
    return head + (b"" if seconds is None else flv_tag(18, 0, told)) + b"".join(tags)


def _double(number: float) -> bytes:
    import struct  # noqa: PLC0415 - only here

    return struct.pack(">d", number)


def flv_told(body: bytes) -> int | None:
    return flash_video_length(Parts(len(body), reading(body))).duration_ms


FIRST = flv_tag(9, 0, bytes(40))
LAST = flv_tag(9, 20_000_000, bytes(400))


def test_flv_tells_its_duration() -> None:
    """Its first tag has it."""
    assert flv_told(flv(12.345, LAST)) == 12_345


@pytest.mark.parametrize(
    "number",
    [None, 0.0, -5.0, 1e300, b"\x7f\xf8" + bytes(6), b"\x7f\xf0" + bytes(6)],
    ids=["absent", "zero", "negative", "huge", "not a number", "infinite"],
)
def test_flv_without_a_duration_lasts_to_its_last_tag(number: float | bytes | None) -> None:
    """A live recording did not know it yet."""
    assert flv_told(flv(number, FIRST, LAST)) == 20_000_000


FOR_DECODERS = {
    "H.264": flv_tag(9, 0, b"\x17\0" + bytes(30)),
    "HEVC": flv_tag(9, 0, b"\x1c\0" + bytes(30)),
    "enhanced AV1": flv_tag(9, 0, b"\x90av01" + bytes(30)),
    "AAC": flv_tag(8, 0, b"\xaf\0\x12\x10"),
    "enhanced Opus": flv_tag(8, 0, b"\x90Opus" + bytes(9)),
}


@pytest.mark.parametrize("before", FOR_DECODERS.values(), ids=FOR_DECODERS)
@pytest.mark.parametrize("kind", [8, 9])
def test_flv_of_a_live_stream_lasts_since_it_was_joined(before: bytes, kind: int) -> None:
    """What decoders need is repeated to those who come late, with the time of nothing."""
    begun = flv_tag(kind, 19_990_000, b"\x27\1" if kind == 9 else b"\xaf\1")
    assert flv_told(flv(None, before, begun, LAST)) == 10_000
    assert flv_told(flv(None, before, before, begun, LAST)) == 10_000


@pytest.mark.parametrize("first", [b"", b"\xff" * 40, flv_tag(9, 20_000_001, bytes(9))])
def test_flv_whose_beginning_is_not_known_has_no_duration(first: bytes) -> None:
    """The time of its last tag may count from anywhere."""
    assert flv_told(flv(None, first, *[FOR_DECODERS["AAC"]] * 20, LAST)) is None
    assert flv_told(flv(12.345, first, LAST)) == 12_345


@pytest.mark.parametrize("cut", [1, 4, 100, 410])
def test_flv_that_is_cut_off_has_no_duration(cut: int) -> None:
    """Its last bytes lead to no tag."""
    assert flv_told(flv(None, flv_tag(9, 5, bytes(30)), LAST)[:-cut]) is None
    assert flv_told(b"FLV\1") is None
