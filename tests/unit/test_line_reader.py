"""Long texts of job IDs are read piece by piece, and give what they would give whole."""

from __future__ import annotations

from itertools import chain, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.events.line_reader import LineReader, has_id_line
from mps_manifest.events.wide_text import utf8_chunks
from tests.traced_memory import least_peak

IDS = st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}")
OTHERS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=40)


def cut(body: bytes, sizes: list[int]) -> list[bytes]:
    """Cut a body into pieces of these sizes; the last takes the rest."""
    pieces = []
    for size in sizes:
        pieces.append(body[:size])
        body = body[size:]
    return [piece for piece in [*pieces, body] if piece]


@given(st.lists(IDS | OTHERS, max_size=30), st.lists(st.integers(1, 50), max_size=30))
def test_pieces_do_not_matter(lines: list[str], sizes: list[int]) -> None:
    """Wherever the network cuts a text, no ID may be lost or counted twice."""
    body = "\n".join(lines).encode()
    whole, cut_up = LineReader([body]), LineReader(cut(body, sizes))
    assert list(whole) == list(cut_up) == [x.strip() for x in lines if _is_id(x.strip())]
    assert whole.describe_others() == cut_up.describe_others()


def _is_id(text: str) -> bool:
    return len(text) == 32 and all(char in "0123456789abcdefABCDEF" for char in text)


@given(st.lists(IDS, min_size=1, max_size=20), st.lists(st.integers(1, 50), max_size=30))
def test_utf_16_is_read_wherever_it_is_cut(ids: list[str], sizes: list[int]) -> None:
    """PowerShell writes it, and the network cuts it between the bytes of a character."""
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        body = "\r\n".join(ids).encode(encoding)
        pieces = [body[:4], *cut(body[4:], sizes)]
        assert list(LineReader(utf8_chunks(pieces))) == ids


def test_lines_that_are_no_ids_are_named_with_their_numbers() -> None:
    """Somebody must be able to find the bad lines of a long text."""
    lines = LineReader([b"0" * 32 + b"\r\nhello\n\n" + b"1" * 32 + b"\nx y\n"])
    assert list(lines) == ["0" * 32, "1" * 32]
    assert lines.describe_others() == "2 lines are not job IDs (line 2: 'hello', line 5: 'x y')"


def peak_of_a_line(kilobytes: int) -> int:
    """Read an ID and then one line of so many pieces; return the most memory that took."""

    def read() -> None:
        lines = LineReader(chain([b"0" * 32 + b"\n"], repeat(b"x" * 1000, kilobytes)))
        assert list(lines) == ["0" * 32]
        assert lines.others == 1

    return least_peak(read)


def test_an_endless_line_is_not_kept() -> None:
    """A body without any line break costs the memory of a few pieces, however long it is."""
    short, long = peak_of_a_line(100), peak_of_a_line(10_000)
    assert long < 512 * 1024
    assert long < short + 4096


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"\xef\xbb\xbf" + b"a" * 32, True),
        (b"hello\n  " + b"a" * 32 + b"\t\r\n", True),
        (b"a" * 32 + b"\rhello", True),
        ("\u00a0".encode() + b"a" * 32 + "\u3000".encode(), True),
        (b"a" * 31, False),
        (b"a" * 33, False),
        (b"a" * 32 + b" a", False),
        (b"", False),
    ],
)
def test_one_line_with_an_id_makes_a_list_of_ids(text: bytes, *, expected: bool) -> None:
    """Marks, blanks and line ends of any system around it must not hide it."""
    assert has_id_line(text) == expected
    assert bool(list(LineReader([text]))) == expected


def test_a_hundred_lines_are_named_and_the_rest_is_counted() -> None:
    """A text of rubbish makes a short reason, but its number must be right."""
    lines = LineReader([b"x\n" * 100_000, b"0" * 32, b"\n" + b"y\n" * 100_000])
    assert list(lines) == ["0" * 32]
    assert lines.others == 200_000
    assert lines.describe_others().count("line ") == 100
