"""An MP4's index without its tables: sound, as long as before, and with the same averages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.files.range_reader import RangeReader
from mps_manifest.formats.containers.mp4_boxes import Box, Boxes
from mps_manifest.formats.containers.sample_tables import Substitute, sample_tables
from tests.unit.test_mp4_boxes import PIECES, File, box, long_box

FRAMES = 20_000
PATH = (b"mdia", b"minf", b"stbl")


def four(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def table(kind: bytes, *before: int, entries: int, each: int = 1) -> bytes:
    return box(kind, four(0, *before, entries, *range(1, entries * each + 1)))


def sizes(frames: int = FRAMES) -> bytes:
    return table(b"stsz", 0, entries=frames)


def times(frames: int = FRAMES) -> bytes:
    return table(b"stts", entries=frames, each=2)


def track(
    *tables: bytes, handler: bytes = b"vide", codec: bytes = b"avc1", duration: int = 54_321
) -> bytes:
    description = box(b"stsd", four(0, 1) + box(codec, bytes(80)))
    head = box(b"mdhd", four(0, 0, 0, 600, duration, 0)) + box(b"hdlr", four(0, 0) + handler)
    table_box = box(b"stbl", description + b"".join(tables))
    return box(b"trak", box(b"mdia", head + box(b"minf", table_box)))


def mp4(*inspection: bytes) -> bytes:
    return box(b"ftyp", b"isom") + box(b"moov", b"".join(inspection)) + box(b"mdat", bytes(100))


def left(body: bytes) -> tuple[bytes, list[Substitute]]:
    """Return what a parser sees of a file, and what was put in."""
    found = sample_tables(len(body), File(body).read)
    seen = bytearray(body)
    for each in found:
        whole = each.head.ljust(each.end - each.start, b"\0")
        assert len(whole) == each.end - each.start
        seen[each.start : each.end] = whole
    return bytes(seen), found


def kinds(body: bytes) -> dict[bytes, Box]:
    """Return the boxes of the first track by their kinds."""
    boxes = Boxes(File(body).read)
    (moov,) = (each for each in boxes.between(0, len(body)) if each.kind == b"moov")
    trak = next(each for each in boxes.between(moov.inside, moov.end) if each.kind == b"trak")
    return {each.kind: each for each in boxes.leaves(trak, PATH)}


TABLES = (
    times(1),
    sizes(),
    table(b"stsc", entries=9000, each=3),
    table(b"stco", entries=FRAMES),
    table(b"stss", entries=FRAMES),
    table(b"ctts", entries=FRAMES, each=2),
    box(b"sdtp", bytes(FRAMES)),
)


def test_a_video_that_is_described_needs_no_table_but_that_of_times() -> None:
    """Tables take megabytes, and the description holds all facts of such a video."""
    seen, found = left(mp4(track(*TABLES)))
    assert len(found) == len(TABLES) - 1
    assert set(kinds(seen)) == {b"mdhd", b"hdlr", b"stsd", b"stts", b"free"}


def test_of_other_tracks_the_first_samples_can_be_found() -> None:
    """Channels of AC-3 in an MP4, say, are told by its frames only."""
    seen, _ = left(mp4(track(*TABLES, handler=b"soun", codec=b"ac-3")))
    found = kinds(seen)
    assert (found[b"stsz"].size, found[b"stsz"].number(16)) == (20 + 8 * 4, 8)
    assert [found[b"stsz"].number(at) for at in (20, 24, 48)] == [1, 2, 8]
    assert (found[b"stco"].size, found[b"stco"].number(12), found[b"stco"].number(16)) == (20, 1, 1)
    assert (found[b"stsc"].size, found[b"stsc"].number(12)) == (28, 1)
    assert b"stss" not in found


def test_of_an_unknown_video_one_frame_is_left() -> None:
    """An unknown codec shows in its frames only, so the parser must find one."""
    seen, _ = left(mp4(track(*TABLES, codec=b"m2v1")))
    assert kinds(seen)[b"stsz"].number(16) == 1


def test_large_offsets_are_kept_as_they_are() -> None:
    """Files over 4 GiB need 64-bit offsets, or the parser would read at a wrong place."""
    offsets = box(b"co64", four(0, FRAMES) + (2**40).to_bytes(8, "big") * FRAMES)
    seen, _ = left(mp4(track(offsets, codec=b"ac-3")))
    assert kinds(seen)[b"co64"].number(12) == 1
    assert kinds(seen)[b"co64"].number(16, 8) == 2**40


def test_samples_of_one_size_have_no_table() -> None:
    """There is nothing to leave out, and a change would only falsify the count."""
    same = box(b"stsz", four(0, 4, FRAMES))
    seen, _ = left(mp4(track(same, codec=b"ac-3")))
    assert kinds(seen)[b"stsz"].number(16) == FRAMES


@pytest.mark.parametrize(("frames", "duration"), [(FRAMES, 54_321), (FRAMES, 60_000), (5000, 17)])
def test_a_long_table_of_times_becomes_one_with_the_same_sum(frames: int, duration: int) -> None:
    """Duration and average frame rate must stay right without the original table."""
    seen, _ = left(mp4(track(times(frames), sizes(frames), duration=duration)))
    found = kinds(seen)[b"stts"]
    runs = [(found.number(at), found.number(at + 4)) for at in range(16, found.size, 8)]
    assert found.number(12) == len(runs) <= 2
    assert sum(count for count, _ in runs) == frames
    assert sum(count * each for count, each in runs) == duration


@pytest.mark.parametrize(
    ("tables", "duration"),
    [
        ((times(),), 54_321),
        ((times(), sizes(0)), 54_321),
        ((times(), sizes()), 0),
        ((times(), sizes()), 2**32 - 1),
        ((times(1000), sizes()), 54_321),
    ],
    ids=["no sizes", "no samples", "no duration", "unknown duration", "short"],
)
def test_a_table_of_times_is_read_where_nothing_else_tells(
    tables: tuple[bytes, ...], duration: int
) -> None:
    """Leaving it out pays only if it is long and its sum is known from elsewhere."""
    body = mp4(track(*tables, duration=duration))
    assert kinds(left(body)[0])[b"stts"].size == len(tables[0])


def test_a_media_header_with_long_times_is_read() -> None:
    """The other version of the header has its duration at another place."""
    head = box(b"mdhd", b"\1\0\0\0" + bytes(16) + four(600) + (40_000).to_bytes(8, "big"))
    tables = box(b"minf", box(b"stbl", times() + sizes()))
    seen, _ = left(mp4(box(b"trak", box(b"mdia", head + tables))))
    assert kinds(seen)[b"stts"].number(12) == 1
    assert kinds(seen)[b"stts"].number(16) == FRAMES
    assert kinds(seen)[b"stts"].number(20) == 2


def test_pictures_among_the_tags_are_left_out_and_small_tags_are_not() -> None:
    """Pictures take many bytes and hold no facts, while small tags cost next to nothing."""
    large, small = box(b"udta", bytes(100_000)), box(b"udta", bytes(1000))
    assert len(left(mp4(large, track()))[1]) == 1
    assert not left(mp4(small, track()))[1]


def test_a_table_with_a_long_size_is_skipped_whole() -> None:
    """A header cut short would make the parser lose its way in the index."""
    seen, _ = left(mp4(track(long_box(b"stss", bytes(1000)))))
    assert kinds(seen)[b"free"].size == 1016


def test_fragments_and_files_without_an_index_are_left_alone() -> None:
    """There are no such tables in them, so a substitute could only do damage."""
    assert not left(box(b"ftyp") + box(b"moof") + box(b"moov", track(*TABLES)))[1]
    assert not left(box(b"ftyp") + box(b"mdat", bytes(100)))[1]
    assert not left(b"")[1]


def test_an_index_that_is_cut_off_is_left_alone() -> None:
    """So that it is told as it always was."""
    assert not left(mp4(track(*TABLES))[:50_000])[1]


def test_a_small_index_is_read_at_once_and_a_large_one_in_few_parts() -> None:
    """Requests and bytes must stay few, however long the video is."""
    for many, most in ((5000, 2), (300_000, 7)):
        body = box(b"ftyp") + box(b"mdat", bytes(500_000))
        body += box(b"moov", track(times(1), sizes(many), table(b"stco", entries=many)))
        asked: list[int] = []

        def fetch(start: int, length: int, body: bytes = body, asked: list[int] = asked) -> bytes:
            asked.append(length)
            return body[start : start + length]

        reader = RangeReader(fetch, len(body))
        reader.leave_out(sample_tables(len(body), reader.glance))
        assert len(asked) <= most
        assert sum(asked) < 250_000


CODECS = st.sampled_from([b"avc1", b"mp4a", b"\0\0\0\0"])
FEW = st.integers(0, 12)


@st.composite
def tracks(draw: st.DrawFn) -> bytes:
    """Make a track of odd tables."""
    parts = [
        table(kind, *before, entries=draw(FEW), each=draw(st.integers(0, 3)))
        for kind, before in ((b"stsz", (draw(st.integers(0, 2)),)), (b"stco", ()), (b"stsc", ()))
    ]
    odd = draw(st.lists(PIECES, max_size=3))
    return track(*draw(st.permutations([*parts, *odd])), codec=draw(CODECS))


@pytest.mark.slow
@given(inspection=st.lists(st.one_of(tracks(), PIECES), max_size=4))
def test_whatever_the_tables_are_the_parts_are_apart_and_boxes_stay_whole(
    inspection: list[bytes],
) -> None:
    """Parts that overlap or tear a box would give the parser a broken file."""
    body = mp4(*inspection)
    seen, found = left(body)
    assert len(seen) == len(body)
    end = 0
    for each in sorted(found, key=lambda one: one.start):
        assert end <= each.start < each.end <= len(body)
        assert len(each.head) <= each.end - each.start
        end = each.end
        boxes = list(Boxes(File(seen).read).between(each.start, each.end))
        assert boxes[-1].end == each.end


@given(body=st.binary(max_size=200), cut=st.integers(0, 400))
def test_hostile_bytes_raise_nothing(body: bytes, cut: int) -> None:
    """A damaged index must not stop the inspection of its file."""
    left(body)
    left((mp4(track(sizes(3))) + body)[:cut])
    left(mp4(track(box(b"stsz", body), box(b"stts", body), box(b"mdhd", body))))
