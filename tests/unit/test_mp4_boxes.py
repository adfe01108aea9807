"""Boxes of strangers: found where they are sound, and never an end that does not come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.errors import Changed
from mps_manifest.formats.containers.mp4_boxes import Box, Boxes

STEP = 16 * 1024


def box(kind: bytes, inspection: bytes = b"") -> bytes:
    return (8 + len(inspection)).to_bytes(4, "big") + kind + inspection


def long_box(kind: bytes, inspection: bytes = b"") -> bytes:
    return b"\0\0\0\1" + kind + (16 + len(inspection)).to_bytes(8, "big") + inspection


class File:
    """A file in memory, and what was asked of it."""

    def __init__(self, body: bytes, most: int = STEP) -> None:
        self.body = body
        self.most = most
        self.asked: list[int] = []

    def read(self, start: int, length: int) -> bytes:
        assert start >= 0
        assert length > 0
        self.asked.append(start)
        return self.body[start : start + min(length, self.most)]

    def found(self) -> list[Box]:
        return list(Boxes(self.read).between(0, len(self.body)))


def test_boxes_are_named_one_after_another() -> None:
    """All later reads depend on where each box begins and ends."""
    body = box(b"ftyp", b"isom") + long_box(b"mdat", bytes(50)) + box(b"free")
    found = File(body).found()
    assert [each.kind for each in found] == [b"ftyp", b"mdat", b"free"]
    assert [(each.start, each.inside, each.end) for each in found] == [
        (0, 8, 12),
        (12, 28, 78),
        (78, 86, 86),
    ]
    assert found[0].data == body[:12]
    assert found[0].number(8) == int.from_bytes(b"isom", "big")


def test_what_is_in_a_box_is_jumped_over() -> None:
    """Reading the media data itself would cost megabytes for every file."""
    file = File(box(b"mdat", bytes(10**6)) + box(b"moov"))
    assert [each.kind for each in file.found()] == [b"mdat", b"moov"]
    assert file.asked == [0, 10**6 + 8]


def test_short_reads_are_read_on() -> None:
    """Of a file of which parts are known, what is known comes first."""
    file = File(box(b"ftyp", bytes(100)) + box(b"free"), most=3)
    assert [(each.kind, len(each.data)) for each in file.found()] == [(b"ftyp", 96), (b"free", 8)]


def test_a_box_without_a_size_goes_on_to_the_end() -> None:
    """Its writer did not know the size yet, so it holds all that follows."""
    (found,) = File(b"\0\0\0\0mdat" + bytes(100)).found()
    assert found.end == 108


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\0\0\0",
        b"\0\0\0\7free",
        b"\0\0\0\2free",
        b"\0\0\0\x09free",
        b"\0\0\0\1free",
        b"\0\0\0\1free" + bytes(8),
        b"\0\0\0\1free" + (15).to_bytes(8, "big"),
        b"\0\0\0\1free" + b"\xff" * 8,
        b"\xff\xff\xff\xfffree",
    ],
)
def test_behind_a_box_that_makes_no_sense_there_are_no_more(broken: bytes) -> None:
    """Going on from a broken size would take garbage for boxes."""
    assert [each.kind for each in File(box(b"ftyp") + broken).found()] == [b"ftyp"]


def test_no_more_than_a_thousand_boxes_are_looked_at() -> None:
    """A file of tiny boxes could otherwise use up the whole invocation."""
    file = File(box(b"free") * 5000)
    assert len(file.found()) == 1000


def test_the_thousand_count_for_all_levels() -> None:
    """Nesting must not multiply the work that one file can cause."""
    inner = box(b"moov", box(b"free") * 700)
    boxes = Boxes(File(inner * 2).read)
    found = [
        each
        for outer in boxes.between(0, 2 * len(inner))
        for each in boxes.between(outer.inside, outer.end)
    ]
    # the others: the two around them, and one look that met the end of the first
    assert len(found) == 1000 - 2 - 1


def test_leaves_are_found_along_a_path() -> None:
    """Only boxes on the path hold what is wanted, and none of the others may be entered."""
    body = box(b"trak", box(b"tkhd") + box(b"mdia", box(b"mdhd") + box(b"edts", box(b"elst"))))
    boxes = Boxes(File(body).read)
    (trak,) = boxes.between(0, len(body))
    assert [each.kind for each in boxes.leaves(trak, (b"mdia",))] == [b"tkhd", b"mdhd", b"edts"]


def test_loading_reads_a_box_to_its_end_or_the_end_of_the_file() -> None:
    """Later reads find all of the box, and a source that ends early causes no endless loop."""
    body = box(b"moov", bytes(100_000))
    file = File(body)
    (moov,) = file.found()
    Boxes(file.read).load(moov)
    assert file.asked[1:] == list(range(0, len(body), STEP))
    Boxes(lambda _start, _length: b"").load(moov)


def test_an_error_of_the_source_is_raised_on() -> None:
    """An object that changed must not look like one that ends here."""

    def read(_start: int, _length: int) -> bytes:
        raise Changed("another object by now")

    with pytest.raises(Changed):
        list(Boxes(read).between(0, 100))


KINDS = st.sampled_from([b"moov", b"trak", b"mdia", b"free"])
SIZES = st.one_of(st.integers(0, 64), st.sampled_from([2**31, 2**32 - 1]))
PIECES = st.one_of(
    st.binary(max_size=20),
    st.builds(lambda size, kind: size.to_bytes(4, "big") + kind, SIZES, KINDS),
    st.builds(lambda kind, size: b"\0\0\0\1" + kind + size.to_bytes(8, "big"), KINDS, SIZES),
)


@pytest.mark.slow
@given(body=st.lists(PIECES, max_size=30).map(b"".join), most=st.integers(1, 50))
def test_hostile_boxes_come_to_an_end_and_stay_within_the_file(body: bytes, most: int) -> None:
    """Strangers choose these bytes, which must not cause endless reads or wrong positions."""
    file = File(body, most)
    boxes = Boxes(file.read)
    for outer in boxes.between(0, len(body)):
        assert 0 <= outer.start < outer.inside <= outer.end <= len(body)
        for leaf in boxes.leaves(outer, (b"trak", b"mdia")):
            assert outer.start < leaf.start < leaf.end <= outer.end
            assert body[leaf.start :].startswith(leaf.data)
    assert len(file.asked) <= 1000 * 96
