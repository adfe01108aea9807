"""WAV files: how long they play, whatever their headers say of sizes that nobody knew yet."""

from __future__ import annotations

import pytest

from mps_manifest.formats.containers.declared_sizes import is_placeholder, lacking
from mps_manifest.formats.media.parts import Length, Parts
from mps_manifest.formats.sound.fronts import short_front
from mps_manifest.formats.sound.wave import is_unsized, short_header, wave_length
from tests.media.make import reading

RATE = 24_000
SOUND = bytes(3 * RATE * 2)
PCM = (1, 1, RATE, RATE * 2, 2, 16)
UNKNOWN = 0xFFFFFFFF


def form(*described: int) -> bytes:
    """Make a description: tag, channels, rate, bytes per second, bytes of a block, bits."""
    sizes = (2, 2, 4, 4, 2, 2)
    both = zip(described, sizes, strict=True)
    return b"".join(number.to_bytes(size, "little") for number, size in both)


def chunk(kind: bytes, data: bytes, size: int | None = None) -> bytes:
    declared = len(data) if size is None else size
    return kind + declared.to_bytes(4, "little") + data + bytes(len(data) & 1)


def riff(*chunks: bytes, size: int | None = None, magic: bytes = b"RIFF") -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return magic + (len(body) if size is None else size).to_bytes(4, "little") + body


def wav(data: int | None = None, whole: int | None = None, sound: bytes = SOUND) -> bytes:
    return riff(chunk(b"fmt ", form(*PCM)), chunk(b"data", sound, data), size=whole)


def told(body: bytes) -> Length:
    return wave_length(Parts(len(body), reading(body)))


def test_a_whole_file() -> None:
    """The bytes of sound tell how long it is."""
    assert told(wav()) == Length(3000)


PLACEHOLDERS = [
    *(0, 0x7FFFFFFF, 0x80000000, UNKNOWN, 0x7FFF0000, 0x7FFFFFFF - 36, UNKNOWN - 44),
    *(1_000_000_000, 2_000_000_000, 2_000_000_036, 4_000_000_000, 0x7F000000, 0x40000000),
]


@pytest.mark.parametrize("size", PLACEHOLDERS)
def test_a_placeholder_is_no_lack_of_bytes(size: int) -> None:
    """Whoever writes to a pipe, or streams speech, does not know the size when it is due."""
    assert is_placeholder(size)
    assert told(wav(size, size)) == Length(3000)
    assert told(wav(size, min(size + 36, UNKNOWN))) == Length(3000)
    assert told(wav(size)) == Length(3000)


@pytest.mark.parametrize("size", [1, 100, 44_100, 999_999_999, 1_234_567_890, 3_000_123_456])
def test_an_odd_size_is_no_placeholder(size: int) -> None:
    """A file of gigabytes that is cut off must be told."""
    assert not is_placeholder(size)


@pytest.mark.parametrize("more", [1, 2, 3, 4, 5, 6, 7])
def test_a_few_bytes_after_the_end_are_no_damage(more: int) -> None:
    """There is no chunk in so few bytes."""
    assert told(wav() + b"\n" * more) == Length(3000)
    assert told(wav() + bytes(more)) == Length(3000)


def test_a_file_that_is_cut_off_is_told() -> None:
    """Its duration is that of the bytes that are there."""
    body = wav()
    cut = told(body[:-RATE])
    assert cut.truncated == f"the container declares {len(body)} bytes, the file has 120044"
    assert (cut.duration_ms, cut.doubtful) == (2500, "")


def test_a_few_bytes_too_few_are_a_doubt() -> None:
    """Some writers count the header twice; but a file may have lost its last bytes."""
    found = told(wav(len(SOUND) + 44))
    assert (found.duration_ms, found.truncated) == (3000, "")
    assert found.doubtful == "the container declares 144088 bytes, the file has 144044"
    assert lacking(1000, 1001) == ("", "")


def test_a_size_of_many_times_the_real_one_is_a_doubt() -> None:
    """Somebody's placeholder that nobody has seen yet, or a download that has just begun."""
    found = told(wav(1_234_567_890))
    assert (found.duration_ms, found.truncated) == (3000, "")
    assert found.doubtful
    assert not told(wav(2_000_000)).doubtful
    assert told(wav(2_000_000)).truncated


def test_chunks_after_the_sound_that_are_missing_are_told() -> None:
    """The file declares them, and its sound is whole."""
    found = told(wav(whole=len(SOUND) + 5000))
    assert (found.duration_ms, bool(found.truncated)) == (3000, True)


def test_other_chunks_do_not_count() -> None:
    """Notes and covers are no sound."""
    notes = chunk(b"LIST", b"x" * 5001)
    body = riff(notes, chunk(b"fmt ", form(*PCM)), notes, chunk(b"data", SOUND), notes)
    assert told(body) == Length(3000)


def test_large_files_have_their_sizes_elsewhere() -> None:
    """RF64 says so in its name."""
    sizes = (len(SOUND) + 72).to_bytes(8, "little") + len(SOUND).to_bytes(8, "little") + bytes(12)
    parts = (chunk(b"ds64", sizes), chunk(b"fmt ", form(*PCM)), chunk(b"data", SOUND, UNKNOWN))
    body = riff(*parts, chunk(b"LIST", b"after"), size=UNKNOWN, magic=b"RF64")
    assert told(body) == Length(3000)
    assert told(body[:-50_000]).truncated


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
@pytest.mark.parametrize("large", [bytes(28), b"\xff" * 24 + bytes(4), None])
@pytest.mark.parametrize("before", [0, 40_000])
def test_large_files_from_a_pipe_are_read_as_small_ones(
    magic: bytes, large: bytes | None, before: int
) -> None:
    """Nobody came back to write their sizes, without which MediaInfo finds no sound."""
    sizes = () if large is None else (chunk(b"ds64", large),)
    notes = (chunk(b"LIST", bytes(before)),) if before else ()
    sound = chunk(b"data", SOUND, UNKNOWN)
    body = riff(*sizes, chunk(b"fmt ", form(*PCM)), *notes, sound, size=UNKNOWN, magic=magic)
    assert told(body) == Length(3000)
    assert is_unsized(Parts(len(body), reading(body)))
    front, start = short_front("audio/wav", Parts(len(body), reading(body)))
    assert front + body[start:] == wav()


def test_files_with_sizes_keep_their_headers() -> None:
    """They are read as they are, and so are small ones from a pipe, which MediaInfo knows."""
    sizes = (len(SOUND) + 72).to_bytes(8, "little") + len(SOUND).to_bytes(8, "little") + bytes(12)
    parts = (chunk(b"ds64", sizes), chunk(b"fmt ", form(*PCM)), chunk(b"data", SOUND, UNKNOWN))
    for body in (
        riff(*parts, size=UNKNOWN, magic=b"RF64"),
        wav(),
        wav(0, 0),
        wav(UNKNOWN),
        b"RF64",
    ):
        assert not is_unsized(Parts(len(body), reading(body)))
        assert short_front("audio/wav", Parts(len(body), reading(body))) == (b"", 0)


def test_a_size_of_more_than_four_bytes_is_that_of_the_file() -> None:
    """The header of five gigabytes says that there is less than one."""
    seconds = 110_000
    size = 44 + seconds * RATE * 2
    head = wav((size - 44) % 2**32, (size - 8) % 2**32)[:44]
    assert wave_length(Parts(size, reading(head))) == Length(seconds * 1000)


@pytest.mark.parametrize(
    ("described", "fact", "expected"),
    [
        (form(3, 2, 48000, 384_000, 8, 32), None, 375),
        (form(6, 1, 8000, 8000, 1, 8), None, 18_000),
        (form(0xFFFE, 1, 24000, 48000, 2, 16) + bytes(8) + b"\1" + bytes(15), None, 3000),
        (form(0x11, 1, 8000, 4055, 256, 4), None, 35_512),
        (form(0x11, 1, 8000, 4055, 256, 4), 284_000, 35_500),
        (form(0x55, 1, 44100, 16000, 1, 0), 400_000, 9070),
        (form(0x55, 1, 44100, 16000, 1, 0), None, None),
        (form(1, 1, 24000, 24000, 1, 16), None, 3000),
        (form(1, 2, 24000, 48000, 2, 16), None, 1500),
        (form(1, 1, 24000, 48000, 2, 12), None, 3000),
        (form(1, 1, 24000, 0, 0, 24), None, 2000),
        (form(1, 1, 24000, 96000, 4, 24), None, 1500),
        (form(3, 1, 24000, 24000, 1, 32), None, 1500),
        (form(0xFFFE, 2, 24000, 48000, 2, 16) + bytes(8) + b"\1" + bytes(15), None, 1500),
        (form(6, 1, 24000, 24000, 1, 16), None, 6000),
        (form(1, 1, 24000, 48000, 2, 65535), None, 3000),
        (form(1, 0, 0, 0, 0, 0), None, None),
        (form(1, 1, 8000, 0, 0, 0), None, None),
    ],
)
def test_each_kind_of_sound_in_its_way(
    described: bytes, fact: int | None, expected: int | None
) -> None:
    """Of compressed sound with a varying rate, bytes tell nothing."""
    facts = [] if fact is None else [chunk(b"fact", fact.to_bytes(4, "little"))]
    assert (
        told(riff(chunk(b"fmt ", described), *facts, chunk(b"data", SOUND))).duration_ms == expected
    )


def test_what_is_no_wav_has_no_length() -> None:
    """A damaged header must not become a duration."""
    for body in (b"", b"RIFF", riff(), riff(chunk(b"data", SOUND)), b"RIFX" + wav()[4:]):
        assert told(body) == Length()
    assert told(wav(sound=b"")).duration_ms is None


def test_a_short_header_is_that_of_the_same_sound() -> None:
    """A cover of megabytes before the sound is not read."""
    body = riff(chunk(b"id3 ", bytes(5_000_001)), chunk(b"fmt ", form(*PCM)), chunk(b"data", SOUND))
    front, start = short_header(Parts(len(body), reading(body)))
    assert front + body[start:] == wav()
    assert short_header(Parts(10, reading(b"RIFF"))) == (b"", 0)
