"""Parts of objects: the fake and oss2 on the local cloud give the same bytes, and refuse alike."""

from __future__ import annotations

import pytest

from mps_manifest.errors import Changed, NotFound, Unauthorized
from mps_manifest.ports import ObjectStore
from tests.contract.test_object_store import Subject, cloud, subject
from tests.fakes import HOME

__all__ = ["cloud", "subject"]  # fixtures

BODY = bytes(range(256)) * 1000


def streamed(store: ObjectStore, etag: str = "") -> bytes:
    stream = store.stream(HOME, "a", etag=etag)
    try:
        return b"".join(stream.chunks)
    finally:
        stream.close()


def test_a_stream_has_all_of_an_object(subject: Subject) -> None:
    """A digest of fewer bytes, or of some of them twice, would be that of no file."""
    subject.put("a", BODY)
    etag = subject.store.head(HOME, "a").etag
    stream = subject.store.stream(HOME, "a", etag=etag)
    assert (stream.size, stream.etag) == (len(BODY), etag)
    assert b"".join(stream.chunks) == BODY
    stream.close()


def test_range_is_cut_at_the_end_of_the_object(subject: Subject) -> None:
    """Parsers ask beyond the end, where OSS would send the whole object by default."""
    subject.put("a", BODY)
    etag = subject.store.head(HOME, "a").etag
    read = subject.store.read_range
    assert read(HOME, "a", 0, 10, etag) == BODY[:10]
    assert read(HOME, "a", 1000, 100_000, etag) == BODY[1000:101_000]
    assert read(HOME, "a", len(BODY) - 5, 50, etag) == BODY[-5:]
    assert read(HOME, "a", 7, 0, etag) == b""


@pytest.mark.parametrize("start", [0, 500])
def test_another_object_under_the_key_is_told_as_changed(subject: Subject, start: int) -> None:
    """Mixing the bytes of two objects would produce facts that are true of neither."""
    subject.put("a", BODY)
    etag = subject.store.head(HOME, "a").etag
    subject.put("a", BODY[::-1])
    with pytest.raises(Changed):
        streamed(subject.store, etag)
    with pytest.raises(Changed):
        subject.store.read_range(HOME, "a", start, 10, etag)


def test_without_an_etag_any_object_will_do(subject: Subject) -> None:
    """Tickets are read without a look at them first, so a replaced one must be read as well."""
    subject.put("a", BODY)
    subject.put("a", BODY[::-1])
    assert streamed(subject.store) == BODY[::-1]


def test_object_that_is_gone_is_not_found(subject: Subject) -> None:
    """A file that was deleted is a fact about the job and no fault of the network."""
    with pytest.raises(NotFound):
        streamed(subject.store, "E")
    with pytest.raises(NotFound):
        subject.store.read_range(HOME, "a", 0, 10, "E")


def test_denied_object_gives_no_part(subject: Subject) -> None:
    """A missing permission must raise an error instead of looking like an empty file."""
    subject.put("a", BODY)
    subject.deny()
    with pytest.raises(Unauthorized):
        subject.store.read_range(HOME, "a", 0, 10, "")
    with pytest.raises(Unauthorized):
        streamed(subject.store)
