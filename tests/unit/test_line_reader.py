"""Long texts of job IDs are read piece by piece, and give what they would give whole."""

from __future__ import annotations

from itertools import chain, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.events.line_reader import LineReader, has_id_line
from mps_manifest.events.wide_text import utf8_chunks
from tests.traced_memory import least_peak
from tests.unit.samples import THIRD, job_ids

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


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_text_that_is_continued_in_utf_16_is_read(encoding: str, size: int) -> None:
    """PowerShell of Windows appends so to what other tools began."""
    body = f"{ID}\r\n".encode() + f"{OTHER}\r\n".encode(encoding)
    pieces = [body[:4], *(body[at : at + size] for at in range(4, len(body), size))]
    lines = LineReader(utf8_chunks(pieces))
    assert list(lines) == [ID, OTHER]
    assert lines.others == 0


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


@pytest.mark.slow
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
        (b"a" * 32 + b"\x00", True),
        (b"a" * 32 + b"\r\n\x1a", True),
        ("\u200b".encode() + b"a" * 32, True),
        (b'"' + b"a" * 32 + b'",', True),
        (b"'" + b"a" * 32 + b"'", True),
        (("\u201c" + "a" * 32 + "\u201d;").encode(), True),
        (b"a" * 32 + b", " + b"b" * 32, True),
        (b"['" + b"a" * 32 + b"', '" + b"b" * 32 + b"']", True),
        (b"JobId: " + b"a" * 32, True),
        (b"JOB_ID=" + b"a" * 32, True),
        (b'"jobId" : "' + b"a" * 32 + b'",', True),
        (b"JobId\t" + b"a" * 32, True),
        (b"job id " + b"a" * 32, True),
        (b"JobIds," + b"a" * 32 + b"," + b"b" * 32, True),
        (b"JobId " + b"a" * 32 + b" Success", False),
        (b"a" * 32 + b",Success", False),
        (b"MediaId: " + b"a" * 32, False),
        (b"# " + b"a" * 32, False),
        (b"#" + b"a" * 32, False),
        (b"a" * 32 + b" # " + b"b" * 32, True),
        (b"a" * 32 + b"#x", False),
        (b"a" * 32 + b"//x", False),
        (b"see #1 " + b"a" * 32, False),
        (b"' # " + b"a" * 32, False),
        (b"," * 50, False),
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


ID, OTHER = "a" * 32, "b" * 32
FILES = {
    "a list in one line": f"{ID},{OTHER}",
    "a list with blanks": f"{ID}, {OTHER}\n",
    "semicolons": f"{ID};{OTHER};",
    "a list of Python": f"['{ID}', '{OTHER}']",
    "quoted lines with commas": f'"{ID}",\n"{OTHER}"\n',
    "comments": f"# of Monday\n{ID}\n\n// and later\n  # {ID}\n{OTHER}\n",
    "comments behind": f"{ID} # first\n{OTHER}\t// second, not {'c' * 32}\n",
    "comments behind a list": f'"{ID}", # first\n"{OTHER}"  #second\n',
    "a comment behind a key": f"jobId: {ID} // first\n{OTHER}\n",
    "a comment behind a heading": f"JobId # of Monday\n{ID}\n{OTHER}\n",
    "the end of a file of DOS": f"{ID}\r\n{OTHER}\r\n\x1a",
    "keys and values": f"jobId: {ID}\njob_id = {OTHER}\n",
    "a key before a tab": f"JobId\t{ID}\n{OTHER}\n",
    "keys before blanks": f"JobId {ID}\njob id {OTHER}\n",
    "a table on its side": f"JobIds,{ID},{OTHER}\n",
    "one column": f"JobId\r\n{ID}\r\n{OTHER}\r\n",
    "a table below many comments": "# of Monday\n" * 1000 + f"JobId,Name\n{ID},x\n{OTHER},y\n",
    "one column in quotes": f'"JobId"\r\n"{ID}"\r\n"{OTHER}"\r\n',
    "one column with a rule": f"\r\nJobId\r\n-----\r\n{ID}\r\n{OTHER}\r\n\r\n",
    "Export-Csv": f'#TYPE X\r\n"JobId","State"\r\n"{ID}","Success"\r\n"{OTHER}","Fail"\r\n',
    "a separator inside of quotes": f'Name,JobId\n"b, c",{ID}\nd,{OTHER}\n',
    "two columns of digits": f"MediaId,Job ID\n{'c' * 32},{ID}\n{'d' * 32},{OTHER}\n",
    "Excel in Germany": f"\ufeffJobId;Name\r\n{ID};x\r\n{OTHER};y, z\r\n",
    "Excel says how": f"sep=;\r\nJobId;Name\r\n{ID};x\r\n{OTHER};y\r\n",
    "Unicode text of Excel": f"Name\tJobId\r\nx\t{ID}\r\ny\t{OTHER}\r\n",
    "cells that are empty": (f"Name\tJobId\tMediaId\r\n\t{ID}\t{'c' * 32}\r\nx\t{OTHER}\t\r\n"),
    "a number before": f"\nId JobId\n-- -----\n 1 {ID}\n12 {OTHER}\n",
    "Format-Table": (
        f"\nState   JobId{' ' * 29}Media\n-----   -----{' ' * 29}-----\n"
        f"Success {ID}  {'c' * 32}\nFail    {OTHER}  {'d' * 32}\n"
    ),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("size", [7, 100_000])
@pytest.mark.parametrize("name", FILES)
def test_ids_are_read_as_people_and_their_tools_write_them(
    name: str, size: int, encoding: str
) -> None:
    """A text that is refused for its commas or its heading loses all of its jobs."""
    body = FILES[name].encode(encoding)
    pieces = [body[:4], *(body[at : at + size] for at in range(4, len(body), size))]
    lines = LineReader(utf8_chunks(pieces))
    assert list(lines) == [ID, OTHER]
    assert lines.others == 0, lines.describe_others()
    assert has_id_line(b"".join(utf8_chunks([body])))


@pytest.mark.parametrize(
    "text",
    [
        f"{ID},Success\n",
        f"Name,State\n{ID},Success\n",
        f"JobId,JobId\n{ID},{OTHER}x\n",
        f"hello\nJobId,State\n{ID},Success\n",
        f"JobId State\n{ID} Success\n",
        f"MediaId,ImageId\n{ID},{OTHER}\n",
        f"JobId,MediaId\nx,{ID}\n",
        f"MediaId: {ID}\n",
        f"see {ID}\n",
        f"{ID} film.mp4\n",
        "JobId\n-----\n",
    ],
)
def test_what_is_not_certain_is_no_id(text: str) -> None:
    """Nobody says which of a line's values is the ID of a job."""
    assert list(LineReader([text.encode()])) == []


@pytest.mark.parametrize(
    "line",
    [
        f"jobId {OTHER} submitted",
        f"JobId;{OTHER};Success",
        f"submitted JobId\t{OTHER}",
        f"jobId - {OTHER}",
        f'"JobId","{OTHER}x"',
    ],
)
@pytest.mark.parametrize("is_first", [False, True])
def test_a_line_with_an_id_is_no_heading(line: str, *, is_first: bool) -> None:
    """Taken for one its job was lost, and nobody was told."""
    rows = [line, ID] if is_first else [ID, line]
    lines = LineReader(["\n".join(rows).encode()])
    assert list(lines) == [ID]
    number = 1 if is_first else 2
    assert lines.describe_others().startswith(f"1 line is not a job ID (line {number}: ")


def test_the_rows_of_a_table_that_have_no_id_are_named() -> None:
    """The others are read, and somebody can find the one that is wrong."""
    lines = LineReader([f"JobId,Name\n{ID},x\n,y\nz\n{OTHER},x\n".encode()])
    assert list(lines) == [ID, OTHER]
    assert lines.describe_others() == "2 lines are not job IDs (line 3: ',y', line 4: 'z')"


@pytest.mark.parametrize("row", ["c" * 32, f"{'c' * 32},", f"{'c' * 32},,x", f"x,y,{'c' * 32}"])
def test_another_column_of_a_table_is_no_job(row: str) -> None:
    """A media asset has an ID of the same form."""
    lines = LineReader([f"MediaId,JobId,Name\nx,{ID},y\n{row}\nx,{OTHER},y\n".encode()])
    assert list(lines) == [ID, OTHER]
    assert lines.others == 1


def test_a_hundred_lines_are_named_and_the_rest_is_counted() -> None:
    """A text of rubbish makes a short reason, but its number must be right."""
    lines = LineReader([b"x\n" * 100_000, b"0" * 32, b"\n" + b"y\n" * 100_000])
    assert list(lines) == ["0" * 32]
    assert lines.others == 200_000
    assert lines.describe_others().count("line ") == 100


LONG_LINES = {
    "commas": ("", ",", ""),
    "commas and blanks": ("", ", ", ""),
    "semicolons": ("", ";", ";"),
    "tabs": ("", "\t", ""),
    "double quotes": ('"', '","', '"'),
    "single quotes": ("'", "','", "'"),
    "a list of Python": ("['", "', '", "']"),
    "quotes of a text processor": ("\u201c", "\u201d,\u201c", "\u201d"),
    "wide blanks": ("", "\u3000", ""),
    "a key": ("jobIds: ", ", ", ""),
}


@pytest.mark.parametrize("size", [1000, 8192, 100_000])
@pytest.mark.parametrize("form", LONG_LINES)
def test_a_line_of_any_number_of_ids_is_read(form: str, size: int) -> None:
    """Of a line that was cut all jobs behind the cut were lost without a word."""
    start, between, end = LONG_LINES[form]
    wanted = job_ids(5000)
    for count in (200, 5000):
        body = f"{start}{between.join(wanted[:count])}{end}\n{OTHER}\n".encode()
        lines = LineReader(body[at : at + size] for at in range(0, len(body), size))
        assert list(lines) == [*wanted[:count], OTHER]
        assert lines.others == 0, lines.describe_others()
        assert has_id_line(body)


@pytest.mark.parametrize("ids_of_a_line", [150, 2000])
@pytest.mark.parametrize("between", [",", '", "', " "])
def test_no_id_is_put_together_from_two_places(between: str, ids_of_a_line: int) -> None:
    """A job that nobody named would be asked for, and the named ones not."""
    wanted = job_ids(4000)
    starts = range(0, 4000, ids_of_a_line)
    rows = [between.join(wanted[at : at + ids_of_a_line]) for at in starts]
    for comment in range(len(ID) + len(between) + 1):
        body = "\n".join(["#" + "x" * comment, *rows]).encode()
        assert list(LineReader([body])) == wanted


@pytest.mark.parametrize("fault", ["film.mp4", "0" * 31, "0" * 100_000, "x" * 100_000])
def test_a_long_line_is_read_up_to_what_is_no_id(fault: str) -> None:
    """What is wrong with it is said once, and the lines behind it are read."""
    wanted = job_ids(10_000)
    line = ",".join([*wanted[:5000], fault, *wanted[5000:]])
    lines = LineReader(cut(f"{ID}\n{line}\n{OTHER}\n".encode(), [8192] * 50))
    found = list(lines)
    assert (found[0], found[-1]) == (ID, OTHER)
    assert found[1:-1] == wanted[: len(found) - 2]
    assert lines.others == 1
    assert lines.describe_others().startswith("1 line is not a job ID (line 2: ")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("line", ["0" * 200_000, "x" * 200_000, "x " * 100_000])
def test_a_long_line_that_is_no_list_is_one_fault(line: str, end: str) -> None:
    """Neither its beginning nor its end is a line of its own."""
    lines = LineReader([end.join([ID, line, OTHER, "x"]).encode()])
    assert list(lines) == [ID, OTHER]
    assert lines.describe_others().startswith("2 lines are not job IDs (line 2: ")
    assert lines.describe_others().endswith("line 4: 'x')")


@pytest.mark.parametrize("start", [f"{ID}\n#", f"{ID}\n//", f"{ID} # ", f"{ID}, //"])
def test_a_long_comment_is_no_fault(start: str) -> None:
    """Whatever it says, it is no job."""
    lines = LineReader([f"{start}{','.join(['c' * 32] * 5000)}\n{OTHER}\n".encode()])
    assert list(lines) == [ID, OTHER]
    assert lines.others == 0


def test_a_long_row_of_a_table_is_no_list() -> None:
    """Its other columns may hold IDs of something else."""
    row = ",".join(["c" * 32, THIRD, *["d" * 32] * 5000])
    lines = LineReader([f"MediaId,JobId\nx,{ID}\n{row}\nx,{OTHER}\n".encode()])
    assert list(lines) == [ID, THIRD, OTHER]
    assert lines.others == 0
