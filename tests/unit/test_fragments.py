"""MP4 files in fragments last from their first fragment to their last one."""

from __future__ import annotations

import pytest

from mps_manifest.formats.containers.fragments import declared_size, fragments_duration
from mps_manifest.formats.media.parts import Parts
from tests.cost.hostile import box, fragmented
from tests.media.make import reading

SECOND = 1000
MOST = 30


def four(number: int) -> bytes:
    return number.to_bytes(4, "big")


def moof(
    start: int | None, durations: list[int] | None = None, count: int = 25, track: int = 1
) -> bytes:
    """Make a fragment with its media; samples without durations last 40 ms."""
    time = b"" if start is None else box(b"tfdt", four(0) + four(start))
    if durations is None:
        run = four(0) + four(count)
    else:
        run = four(0x301) + four(len(durations)) + four(99)
        run += b"".join(four(duration) + four(7) for duration in durations)
    head = box(b"tfhd", four(0x20000) + four(track))
    traf = box(b"traf", head + time + box(b"trun", run))
    return box(b"moof", box(b"mfhd", bytes(8)) + traf) + box(b"mdat", bytes(500))


def sidx(total: int, size: int, version: int = 0) -> bytes:
    times = bytes(8) if version == 0 else bytes(16)
    entry = four(size) + four(total) + bytes(4)
    content = bytes([version, 0, 0, 0]) + four(1) + four(SECOND) + times + bytes(2) + b"\0\1"
    return box(b"sidx", content + entry)


def mfra(offset: int) -> bytes:
    entry = four(5) + four(offset) + b"\1\1\1"
    tfra = box(b"tfra", four(0) + four(1) + four(0) + four(1) + entry)
    size = 8 + len(tfra) + 16
    return box(b"mfra", tfra + box(b"mfro", four(0) + four(size)))


def told(body: bytes) -> int | None:
    return fragments_duration(Parts(len(body), reading(body)))


def test_fragments_are_followed_to_the_end() -> None:
    """Of each, only its start is read."""
    body = fragmented(b"".join(moof(number * SECOND) for number in range(MOST)))
    assert told(body) == MOST * 1000


def test_a_recording_that_begins_late_has_its_own_length() -> None:
    """A live stream counts since it began."""
    late = 5_000_000
    assert told(fragmented(b"".join(moof(late + number * SECOND) for number in range(9)))) == 9000


def with_header(body: bytes, duration: int, samples: int | None) -> bytes:
    """Put the duration, and a table of the times of so many samples, into a file's header."""
    at = body.index(b"mvhd") + 20
    body = body[:at] + four(duration) + body[at + 4 :]
    if samples is None:
        return body
    runs = four(1) + four(samples) + four(40) if samples else four(0)
    table = box(b"minf", box(b"stbl", box(b"stts", four(0) + runs)))
    end = body.index(b"mvex") - 4
    changed = bytearray(body[:end] + table + body[end:])
    for kind in (b"moov", b"trak", b"mdia"):
        at = body.index(kind) - 4
        larger = int.from_bytes(body[at : at + 4], "big") + len(table)
        changed[at : at + 4] = four(larger)
    return bytes(changed)


@pytest.mark.parametrize("samples", [None, 0])
def test_a_duration_in_the_header_is_no_media_before_the_fragments(samples: int | None) -> None:
    """A part of a live stream has the header of all of it, and begins where it begins."""
    late = fragmented(b"".join(moof(8000 + number * SECOND) for number in range(9)))
    assert told(with_header(late, 4000, samples)) == 9000
    assert told(with_header(late, 0xFFFFFFFF, samples)) == 9000


def test_media_before_the_fragments_counts() -> None:
    """A recording may begin with samples in its header, which the fragments go on from."""
    late = fragmented(b"".join(moof(8000 + number * SECOND) for number in range(9)))
    assert told(with_header(late, 8000, 200)) == 17_000
    assert told(with_header(late, 0, 200)) == 17_000


def test_samples_tell_their_durations() -> None:
    """They need not be equal."""
    assert told(fragmented(moof(None, [40, 50, 60]) + moof(150, [10] * 5))) == 200


def test_a_fragment_without_a_time_cannot_be_the_last() -> None:
    """Without those before it, nobody knows when it begins."""
    assert told(fragmented(moof(None) + moof(None, count=3))) is None


@pytest.mark.parametrize("version", [0, 1])
def test_an_index_of_all_is_believed(version: int) -> None:
    """It tells how long the fragments last, without a look at them."""
    fragments = b"".join(moof(number * SECOND) for number in range(200))
    assert told(fragmented(sidx(200 * SECOND, len(fragments), version) + fragments)) == 200_000
    assert told(fragmented(sidx(5, len(fragments) - 9, version) + moof(0) * 3)) == 1000


def test_the_list_at_the_end_leads_to_the_last_one() -> None:
    """Hours have thousands of fragments."""
    before = fragmented(b"".join(moof(number * SECOND) for number in range(1000)))
    body = before + moof(1000 * SECOND)
    assert told(body + mfra(len(before))) == 1_001_000
    assert told(body) is None, "there are too many to be followed"


def test_the_header_may_tell_it() -> None:
    """Some writers come back to it."""
    plain = fragmented(moof(0))
    at = plain.index(b"trex") - 4
    told_by_header = box(b"mehd", four(0) + four(7777))
    sizes = plain.index(b"moov") - 4, plain.index(b"mvex") - 4
    body = bytearray(plain[:at] + told_by_header + plain[at:])
    for size in sizes:
        larger = int.from_bytes(body[size : size + 4], "big") + len(told_by_header)
        body[size : size + 4] = four(larger)
    assert told(bytes(body)) == 7777


@pytest.mark.parametrize("cut", [1, 100, 499])
def test_a_file_that_is_cut_off_has_no_duration(cut: int) -> None:
    """Its last box declares more than there is."""
    body = fragmented(moof(0) + moof(SECOND))
    short = body[:-cut]
    assert told(short) is None
    assert declared_size(Parts(len(short), reading(short))) == len(body)
    assert declared_size(Parts(len(body), reading(body))) == len(body)


def test_what_is_not_in_fragments_is_left_to_others() -> None:
    """Other files have their duration in their header."""
    for body in (b"", box(b"ftyp", b"isom"), box(b"moov", box(b"mvhd", bytes(100))), b"\xff" * 99):
        assert told(body) is None
        assert declared_size(Parts(len(body), reading(body))) <= len(body)
    assert told(fragmented(b"")) is None
    assert told(fragmented(moof(0, track=9))) is None
