"""Files that are stored with a Content-Encoding: what is decoded, what is said, what is bounded."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mps_manifest.formats.stored_encoding import decode_stored, most_bytes

LIMIT = 1 << 20
TEXT = "1\n00:00:01,000 --> 00:00:02,500\n欢迎收看本期节目\n".encode() * 3
ZIPPED = gzip.compress(TEXT, mtime=0)


def said(body: bytes, encoding: str | None, limit: int = LIMIT) -> tuple[bytes | None, list[str]]:
    """Decode, and return what can be read and the titles of what is said."""
    content = decode_stored(body, encoding, limit)
    return content.body, [each.title for each in content.notes]


DECODED = "The file was decoded to be read; its size and checksums are of the encoded bytes"
AS_IT_IS = "The file is not encoded as its Content-Encoding says; it was read as it is"
DAMAGED = "The encoded content is damaged or cut off; the file was only listed"
UNREAD = "The file is stored in an encoding that is not read, and was only listed"
TOO_LARGE = "The result file is too large to parse once it is decoded, and was only listed"


@pytest.mark.parametrize("encoding", [None, "", "identity", "utf-8", "aws-chunked", " , "])
def test_file_without_an_encoding_is_read_as_it_is(encoding: str | None) -> None:
    """Most files have none, and some tools write a charset there."""
    assert said(ZIPPED, encoding) == (ZIPPED, [])


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (ZIPPED, "gzip"),
        (ZIPPED, " GZip "),
        (ZIPPED, "x-gzip"),
        (ZIPPED, "identity, gzip"),
        (gzip.compress(TEXT[:50], mtime=0) + gzip.compress(TEXT[50:], mtime=0), "gzip"),
        (ZIPPED + bytes(512), "gzip"),
        (zlib.compress(TEXT), "deflate"),
    ],
    ids=["gzip", "as people write it", "x-gzip", "identity", "two pieces", "padded", "deflate"],
)
def test_encoded_file_is_decoded_and_it_is_said(body: bytes, encoding: str) -> None:
    """In several pieces, padded, or in zlib's own form: as browsers and gzip itself read it."""
    assert said(body, encoding) == (TEXT, [DECODED])


@pytest.mark.parametrize(("body", "encoding"), [(TEXT, "gzip"), (b"", "gzip"), (TEXT, "deflate")])
def test_plain_file_that_is_said_to_be_encoded_is_read(body: bytes, encoding: str) -> None:
    """A wrong header is no reason to lose the captions."""
    assert said(body, encoding) == (body, [AS_IT_IS])


@pytest.mark.parametrize(
    "body",
    [ZIPPED[:-9], ZIPPED[:12], ZIPPED[:-8] + bytes(8), b"\x1f\x8b" + bytes(50)],
    ids=["cut", "cut early", "wrong sum", "no gzip"],
)
def test_damaged_file_is_listed_only(body: bytes) -> None:
    """Half a file must not pass for the whole one."""
    assert said(body, "gzip") == (None, [DAMAGED])


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, br", "gzip, gzip"])
def test_other_encodings_are_named_and_not_guessed(encoding: str) -> None:
    """Garbage must not be taken for text."""
    assert said(ZIPPED, encoding) == (None, [UNREAD])


def test_decoded_size_is_bounded() -> None:
    """Eight megabytes of zeros take eight kilobytes, and a file must not choose our memory."""
    bomb = gzip.compress(bytes(64 << 20), 9)
    tracemalloc.start()
    found = said(bomb, "gzip", LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == (None, [TOO_LARGE])
    assert peak < 3 * LIMIT
    assert said(gzip.compress(bytes(LIMIT)), "gzip")[0] == bytes(LIMIT)
    assert said(gzip.compress(bytes(LIMIT + 1)), "gzip") == (None, [TOO_LARGE])
    assert said(gzip.compress(bytes(LIMIT // 2)) * 3, "gzip") == (None, [TOO_LARGE])


def test_pieces_are_bounded() -> None:
    """Each piece costs time, also an empty one of twenty bytes."""
    assert said(gzip.compress(b"") * 1000, "gzip") == (b"", [DECODED])
    assert said(gzip.compress(b"") * 1001, "gzip") == (None, [DAMAGED])


def test_room_is_reckoned_before_a_file_is_read() -> None:
    """Whoever shares out the memory knows only the size of what is stored."""
    assert most_bytes(100, None, LIMIT) == 100
    assert most_bytes(100, "gzip", LIMIT) == 103_200
    assert most_bytes(LIMIT, "gzip", LIMIT) == LIMIT


@given(st.binary(max_size=2000), st.sampled_from(["gzip", "deflate"]), st.integers(0, 9))
def test_whatever_was_encoded_comes_back(data: bytes, encoding: str, level: int) -> None:
    """The room that was reckoned with is enough, too."""
    body = gzip.compress(data, level) if encoding == "gzip" else zlib.compress(data, level)
    assert said(body, encoding) == (data, [DECODED])
    assert len(data) <= most_bytes(len(body), encoding, LIMIT)


@given(st.binary(max_size=500), st.text(max_size=20))
def test_no_bytes_and_no_header_raise(data: bytes, encoding: str) -> None:
    """Both are a stranger's."""
    decode_stored(b"\x1f\x8b\x08\x00" + data, encoding or "gzip", 100)
    decode_stored(data, "gzip", 100)
