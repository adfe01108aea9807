"""Parts of a file: right bytes, few requests, never more than the cap."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.errors import Changed
from mps_manifest.files.range_reader import RangeReader
from mps_manifest.formats.containers.sample_tables import Substitute

KIB = 1024
SIZE = 10 * KIB * KIB
BODY = array("I", range(SIZE // 4)).tobytes()


class Source:
    """Where bytes come from; keeps what was asked for."""

    def __init__(self, body: bytes = BODY) -> None:
        self.body = body
        self.asked: list[tuple[int, int]] = []

    def fetch(self, start: int, length: int) -> bytes:
        assert length > 0
        assert 0 <= start <= start + length <= len(self.body)
        self.asked.append((start, length))
        return self.body[start : start + length]


def whole(reader: RangeReader, start: int, length: int) -> bytes:
    """Read on as a parser does, until there is nothing more."""
    found = b""
    while len(found) < length and (part := reader.read(start + len(found), length - len(found))):
        found += part
    return found


def test_a_small_file_takes_one_request() -> None:
    """A request takes longer than a few more bytes, so a small file is fetched at once."""
    source = Source(b"x" * 5000)
    reader = RangeReader(source.fetch, 5000)
    assert whole(reader, 0, 64 * KIB) == source.body
    assert whole(reader, 4000, 64 * KIB) == source.body[4000:]
    assert source.asked == [(0, 5000)]
    assert not reader.capped


def test_reading_straight_on_takes_longer_steps() -> None:
    """A parser that reads straight on will want more, and fewer requests are faster."""
    source = Source()
    reader = RangeReader(source.fetch, SIZE)
    for step in range(5):
        assert whole(reader, step * 64 * KIB, 64 * KIB) == BODY[step * 64 * KIB :][: 64 * KIB]
    assert source.asked == [(0, 64 * KIB), (64 * KIB, 128 * KIB), (192 * KIB, 128 * KIB)]


def test_jumping_fetches_not_a_byte_more_than_was_asked_for() -> None:
    """Reading ahead is wasted on a parser that goes on somewhere else."""
    source = Source()
    reader = RangeReader(source.fetch, SIZE)
    for start in (0, 185_000, 576_000, 967_000):
        assert reader.read(start, 64 * KIB) == BODY[start : start + 64 * KIB]
    assert [length for _, length in source.asked] == [64 * KIB] * 4


def test_what_is_known_is_given_without_a_request_for_the_rest() -> None:
    """Parsers often skip the rest, so fetching it would be wasted."""
    source = Source()
    reader = RangeReader(source.fetch, SIZE)
    reader.read(0, 64 * KIB)
    assert reader.read(60 * KIB, 64 * KIB) == BODY[60 * KIB : 64 * KIB]
    assert len(source.asked) == 1


def test_no_byte_is_fetched_twice() -> None:
    """A second fetch of the same bytes would cost time and money for nothing."""
    source = Source()
    reader = RangeReader(source.fetch, SIZE)
    reader.read(200 * KIB, 64 * KIB)
    reader.read(150 * KIB, 64 * KIB)
    assert source.asked[1] == (150 * KIB, 50 * KIB)
    assert reader.fetched == sum(length for _, length in source.asked)


def test_the_end_of_a_file_is_read_backwards_with_one_request() -> None:
    """MP3 tags: the last 128 bytes are looked at, then what is before them."""
    source = Source()
    reader = RangeReader(source.fetch, SIZE)
    assert whole(reader, SIZE - 128, 64 * KIB) == BODY[-128:]
    assert whole(reader, SIZE - 16_000, 1000) == BODY[-16_000:-15_000]
    assert len(source.asked) == 1
    assert reader.fetched <= 64 * KIB


def test_nothing_is_read_beyond_the_end() -> None:
    """There are no bytes to get, so a request would only cost time."""
    source = Source()
    reader = RangeReader(source.fetch, SIZE)
    assert reader.read(SIZE, 10) == reader.read(SIZE + 5, 10) == reader.read(-1, 10) == b""
    assert reader.read(5, 0) == b""
    assert source.asked == []


def test_beyond_the_cap_a_file_seems_to_end() -> None:
    """A file with huge headers must not make the function download all of it."""
    source = Source()
    reader = RangeReader(source.fetch, SIZE, cap=300 * KIB)
    at = 0
    while part := reader.read(at, 64 * KIB):
        at += len(part)
    assert 200 * KIB < at <= 300 * KIB
    assert reader.capped
    assert reader.fetched == sum(length for _, length in source.asked) <= 300 * KIB
    assert reader.read(0, 10) == BODY[:10]
    assert reader.read(SIZE - 64 * KIB, 64 * KIB) == b""


def test_reading_ahead_alone_does_not_make_it_capped() -> None:
    """Facts are complete as long as nothing was held back that was asked for."""
    source = Source()
    reader = RangeReader(source.fetch, SIZE, cap=70 * KIB)
    reader.read(0, 64 * KIB)
    assert reader.read(64 * KIB, 2 * KIB) == BODY[64 * KIB : 66 * KIB]
    assert not reader.capped


def test_a_source_that_gives_too_little_ends_the_file() -> None:
    """A parser that waits for bytes which never come would hang."""
    reader = RangeReader(lambda start, length: b"", SIZE)  # noqa: ARG005
    assert whole(reader, 0, 100) == b""


def test_an_error_of_the_source_is_raised_on() -> None:
    """A parser must not take an object that changed for one that ends here."""

    def fetch(_start: int, _length: int) -> bytes:
        raise Changed("another object by now")

    with pytest.raises(Changed):
        RangeReader(fetch, SIZE).read(0, 10)


def test_a_glance_fetches_what_it_was_asked_for() -> None:
    """Looking at single boxes takes few bytes, and more would use up the cap."""
    source = Source()
    reader = RangeReader(source.fetch, SIZE)
    assert reader.glance(0, 10) == BODY[:10]
    assert reader.glance(10, 20) == BODY[10:30]
    assert source.asked == [(0, 10), (10, 20)]


def test_a_substitute_is_given_and_what_it_stands_for_is_not_fetched() -> None:
    """The tables of a long video take megabytes and hold no facts of the media."""
    source = Source()
    reader = RangeReader(source.fetch, SIZE)
    reader.leave_out([Substitute(1000, 500_000, b"free")])
    assert whole(reader, 990, 30) == BODY[990:1000] + b"free" + bytes(16)
    assert whole(reader, 499_990, 20) == bytes(10) + BODY[500_000:500_010]
    assert source.asked == [(990, 10), (500_000, 64 * KIB)]


def test_a_substitute_covers_what_is_known_already() -> None:
    """A parser must see one consistent file, whatever was fetched before."""
    source = Source()
    reader = RangeReader(source.fetch, SIZE)
    reader.read(0, 64 * KIB)
    reader.leave_out([Substitute(1000, 2000, b"free")])
    assert whole(reader, 998, 1010) == BODY[998:1000] + b"free" + bytes(996) + BODY[2000:2008]
    assert len(source.asked) == 1


def test_reading_ahead_ends_where_a_substitute_begins() -> None:
    """Bytes that are left out must not be fetched by accident."""
    source = Source()
    reader = RangeReader(source.fetch, SIZE)
    reader.leave_out([Substitute(5000, 9000, b"")])
    assert reader.read(0, 64 * KIB) == BODY[:5000]
    assert source.asked == [(0, 5000)]


READS = st.lists(
    st.tuples(st.integers(-5, 300_100), st.integers(0, 130_000)), min_size=1, max_size=12
)


SPANS = st.lists(st.integers(0, 300_000), unique=True, max_size=6).map(sorted)


@given(reads=READS, size=st.integers(1, 300_000), spans=SPANS)
def test_any_reads_give_the_right_bytes_once(
    reads: list[tuple[int, int]], size: int, spans: list[int]
) -> None:
    """With parts left out, too."""
    body = BODY[:size]
    source = Source(body)
    reader = RangeReader(source.fetch, size)
    for start, end in zip(spans[::2], spans[1::2], strict=False):
        if end <= size:
            reader.leave_out([Substitute(start, end, b"f")])
            body = body[:start] + b"f".ljust(end - start, b"\0") + body[end:]
    for start, length in reads:
        wanted = body[start : start + length] if start >= 0 else b""
        assert whole(reader, start, length) == wanted
    known: set[int] = set()
    for start, length in source.asked:
        span = set(range(start, start + length, 997)) | {start, start + length - 1}
        assert not known & {start, start + length - 1}
        known |= span
    assert reader.fetched <= size
