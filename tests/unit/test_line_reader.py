"""Long texts of job IDs are read piece by piece, and give what they would give whole."""

from __future__ import annotations

import tracemalloc
from itertools import repeat

from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.events.line_reader import LineReader, first_line

IDS = st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}")
OTHERS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=40)


def cut(body: bytes, sizes: list[int]) -> list[bytes]:
    """Cut a body into pieces of these sizes; the last takes the rest."""
    pieces = []
    for size in sizes:
        pieces.append(body[:size])
        body = body[size:]
    return [piece for piece in [*pieces, body] if piece]


def read(pieces: list[bytes], skip: int = 0) -> LineReader:
    rest = iter(pieces)
    return LineReader(next(rest, b""), rest, skip=skip, progress_key="m")


@given(st.lists(IDS | OTHERS, max_size=30), st.lists(st.integers(1, 50), max_size=30))
def test_pieces_do_not_matter(lines: list[str], sizes: list[int]) -> None:
    """Wherever the network cuts a text, no ID may be lost or counted twice."""
    body = "\n".join(lines).encode()
    whole, cut_up = read([body]), read(cut(body, sizes))
    assert list(whole) == list(cut_up) == [x.strip() for x in lines if _is_id(x.strip())]
    assert (whole.others, whole.read) == (cut_up.others, cut_up.read)


def _is_id(text: str) -> bool:
    return len(text) == 32 and all(char in "0123456789abcdefABCDEF" for char in text)


@given(st.lists(IDS, min_size=1, max_size=20), st.integers(0, 25))
def test_it_goes_on_where_it_stopped(ids: list[str], done: int) -> None:
    """Skipping the lines that were taken in gives exactly the others."""
    lines = read(["\n".join(ids).encode()], skip=done)
    assert list(lines) == ids[done:]
    assert lines.read == len(ids)


def test_lines_that_are_no_ids_are_named_with_their_numbers() -> None:
    """Somebody must be able to find the bad lines of a long text."""
    lines = read([b"0" * 32 + b"\r\nhello\n\n" + b"1" * 32 + b"\nx y\n"])
    assert list(lines) == ["0" * 32, "1" * 32]
    assert lines.describe_others() == "2 lines are not job IDs (line 2: 'hello', line 5: 'x y')"


def peak_of_a_line(kilobytes: int) -> int:
    """Read an ID and then one line of so many pieces; return the most memory that took."""
    lines = LineReader(b"0" * 32 + b"\n", repeat(b"x" * 1000, kilobytes), skip=0, progress_key="m")
    tracemalloc.start()
    try:
        assert list(lines) == ["0" * 32]
        assert lines.others == 1
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_an_endless_line_is_not_kept() -> None:
    """A body without any line break costs the memory of a few pieces, however long it is."""
    peak_of_a_line(10)  # what is made only once
    short, long = peak_of_a_line(100), peak_of_a_line(10_000)
    assert long < 64 * 1024
    assert long < short + 4096


def test_first_line_is_found_behind_a_mark_and_blanks() -> None:
    """It decides whether a text is a list of IDs, which a mark or blanks must not hide."""
    assert first_line(b"\xef\xbb\xbf \r\n abc\r\ndef") == "abc"
    assert first_line(b"") == ""
