"""AVI files last as long as the longest of their streams, by the streams' own headers."""

from __future__ import annotations

import pytest

from mps_manifest.files.range_reader import RangeReader
from mps_manifest.formats.containers.avi import avi_duration
from mps_manifest.formats.media.parts import Parts
from tests.media.make import reading

MOVI = 300_000
HUGE = 1_073_741_824


def four(number: int) -> bytes:
    return number.to_bytes(4, "little")


def chunk(kind: bytes, data: bytes) -> bytes:
    return kind + four(len(data)) + data + bytes(len(data) % 2)


def listed(kind: bytes, *chunks: bytes) -> bytes:
    return chunk(b"LIST", kind + b"".join(chunks))


def stream(
    kind: bytes, length: int, scale: int = 1, rate: int = 25, *, each: int = 0, start: int = 0
) -> bytes:
    header = kind + bytes(16) + b"".join(map(four, (scale, rate, start, length, 0, 0, each)))
    return listed(b"strl", chunk(b"strh", header + bytes(8)), chunk(b"strf", bytes(41)))


def avi(*streams: bytes, before: bytes = b"", more: bytes = b"") -> bytes:
    header = listed(b"hdrl", chunk(b"avih", bytes(56)), *streams, more)
    body = b"AVI " + before + header + listed(b"movi", bytes(MOVI))
    return b"RIFF" + four(len(body)) + body


def told(body: bytes) -> int | None:
    return avi_duration(Parts(len(body), reading(body)))


PICTURES = stream(b"vids", 51)
LAYER_THREE = stream(b"auds", 767, 32, 1225)
SAMPLES = stream(b"auds", 132_300, 1, 44_100, each=2)


@pytest.mark.parametrize(
    ("streams", "expected"),
    [
        ([PICTURES], 2040),
        ([PICTURES, LAYER_THREE], 20_036),
        ([LAYER_THREE, PICTURES], 20_036),
        ([LAYER_THREE], 20_036),
        ([SAMPLES], 3000),
        ([stream(b"vids", 250), SAMPLES], 10_000),
        ([stream(b"iavs", 250)], 10_000),
        ([PICTURES, stream(b"txts", HUGE)], 2040),
        ([PICTURES, stream(b"auds", 0)], 2040),
    ],
)
def test_the_longest_stream_counts(streams: list[bytes], expected: int) -> None:
    """Sound goes on where the pictures have ended, and files have sound alone."""
    assert told(avi(*streams)) == expected
    assert told(avi(*streams, before=chunk(b"JUNK", bytes(33)))) == expected


@pytest.mark.parametrize(
    "streams",
    [
        [],
        [stream(b"vids", 0)],
        [stream(b"vids", HUGE)],
        [PICTURES, stream(b"auds", HUGE, 32, 1225)],
        [PICTURES, stream(b"auds", MOVI, 1, 44_100, each=4)],
        [stream(b"vids", 51, scale=0)],
        [stream(b"vids", 51, rate=0), SAMPLES],
        [PICTURES, stream(b"auds", 100, start=75)],
        [listed(b"strl")],
        [listed(b"strl", chunk(b"strh", b"vids"))],
        [stream(b"auds", 0)],
    ],
)
def test_what_no_header_tells_is_left_out(streams: list[bytes]) -> None:
    """Into a pipe lengths are written that the file cannot have."""
    assert told(avi(*streams)) is None


def test_all_pictures_of_a_long_recording_count() -> None:
    """Some writers count those of the first gigabyte where all should be counted."""
    whole = listed(b"odml", chunk(b"dmlh", four(9000) + bytes(200)))
    assert told(avi(PICTURES, SAMPLES, more=whole)) == 360_000
    assert told(avi(stream(b"vids", 250), more=listed(b"odml", chunk(b"dmlh", four(0))))) == 10_000


def test_damaged_headers_tell_nothing() -> None:
    """A list that is longer than the one around it is not read."""
    body = avi(PICTURES, SAMPLES)
    assert told(body[:100]) is None
    assert told(b"") is None
    assert told(body[:12] + bytes(99)) is None
    at = body.index(b"strl") - 4
    assert told(body[:at] + four(2**31) + body[at + 4 :]) is None


def nested(kind: bytes, room: int) -> bytes:
    """Make 50 lists of 498 chunks each."""
    return listed(kind, *[chunk(b"JUNK", bytes(room))] * 498) * 50


@pytest.mark.parametrize("kind", [b"strl", b"odml"])
@pytest.mark.parametrize(("room", "most"), [(56, 10), (1000, 60), (4096, 205)])
def test_lists_within_lists_cost_few_reads(kind: bytes, room: int, most: int) -> None:
    """Each may be as long as the whole, so all of them have one limit, and no duration then."""
    body, asked = avi(PICTURES, SAMPLES, more=nested(kind, room)), list[int]()

    def fetch(start: int, length: int) -> bytes:
        asked.append(start)
        return body[start : start + length]

    reader = RangeReader(fetch, len(body), cap=len(body))
    assert avi_duration(Parts(len(body), reader.glance)) is None
    assert 0 < len(asked) <= most


def test_many_streams_are_read_with_one_request() -> None:
    """Their headers are close together."""
    body, asked = avi(*[PICTURES] * 25, SAMPLES, LAYER_THREE), list[int]()

    def fetch(start: int, length: int) -> bytes:
        asked.append(length)
        return body[start : start + length]

    reader = RangeReader(fetch, len(body))
    assert avi_duration(Parts(len(body), reader.glance)) == 20_036
    assert asked == [4096]


def test_a_stream_that_may_not_be_read_leaves_the_duration_open() -> None:
    """It may be the longest one."""
    body = avi(PICTURES, chunk(b"JUNK", bytes(9000)), LAYER_THREE)
    assert told(body) == 20_036
    for cap in (5000, 8191):
        reader = RangeReader(lambda start, length: body[start : start + length], len(body), cap)
        assert avi_duration(Parts(len(body), reader.glance)) is None
        assert reader.capped
