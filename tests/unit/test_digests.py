"""Digests of files: streamed once, to the end, compared with what HEAD reported."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mps_manifest.adapters.checksums import RunningChecksum
from mps_manifest.errors import Changed, Mismatch, OutOfTime, ServiceError, Unreachable
from mps_manifest.files.digests import Digests
from mps_manifest.limits.deadline import Deadline
from mps_manifest.parsing.locations import Location
from mps_manifest.ports import ObjectFacts, ObjectStream
from tests.fakes import HOME, Call, FakeClock, FakeStore, crc64, fresh
from tests.traced_memory import least_peak

KEY = "out/video.mp4"
AT = Location(HOME, KEY)
BODY = bytes(range(256)) * 400  # 102,400 bytes: 103 chunks of the fake
TIMEOUT = 60.0


class SlowStore(FakeStore):
    """Time passes with each chunk; a stream may end or break after some of them."""

    def __init__(self, clock: FakeClock, **options: Any) -> None:
        super().__init__(**options)
        self.clock = clock
        self.seconds = 0.0
        self.breaks_after: int | None = None
        self.breaks_with: ServiceError | None = None
        self.chunks = 0
        self.closed = 0

    def stream(self, bucket: str, key: str, *, etag: str = "") -> ObjectStream:
        stream = super().stream(bucket, key, etag=etag)
        return stream._replace(chunks=self._slowly(stream.chunks), close=self._close)

    def _slowly(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for number, chunk in enumerate(chunks):
            if number == self.breaks_after:
                if self.breaks_with:
                    raise fresh(self.breaks_with)
                return
            self.clock.pass_by(self.seconds)
            self.chunks += 1
            yield chunk

    def _close(self) -> None:
        self.closed += 1


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(clock: FakeClock) -> SlowStore:
    store = SlowStore(clock)
    store.put(KEY, BODY)
    return store


@pytest.fixture
def deadline(clock: FakeClock) -> Deadline:
    return Deadline(clock, TIMEOUT)


@pytest.fixture
def digests(store: SlowStore, deadline: Deadline) -> Digests:
    return Digests(store, deadline, RunningChecksum)


def facts_of(body: bytes) -> ObjectFacts:
    etag = hashlib.md5(body, usedforsecurity=False).hexdigest().upper()
    return ObjectFacts(len(body), etag, None, None, crc64ecma=str(crc64(body)))


def digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def test_a_file_is_streamed_once_and_nothing_else_is_requested(
    store: SlowStore, digests: Digests
) -> None:
    """No record is read or written."""
    assert digests.digest_of(AT, facts_of(BODY)) == digest(BODY)
    assert [call.operation for call in store.calls] == ["read"]
    assert store.closed == 1


@pytest.mark.parametrize("body", [b"", b"x", b"y" * 63, b"z" * 64, b"a" * 1001])
def test_files_of_odd_sizes(store: SlowStore, digests: Digests, body: bytes) -> None:
    """Neither blocks nor chunks have to be full."""
    store.put(KEY, body)
    assert digests.digest_of(AT, facts_of(body)) == digest(body)


def test_an_object_without_a_crc_is_digested_all_the_same(digests: Digests) -> None:
    """Objects put together from others may have none."""
    assert digests.digest_of(AT, facts_of(BODY)._replace(crc64ecma=None)) == digest(BODY)


def test_a_file_too_long_for_the_time_is_given_up(
    store: SlowStore, digests: Digests, deadline: Deadline
) -> None:
    """The stream is closed, and no more of it is read than the time allows."""
    store.seconds = 2.0
    with pytest.raises(OutOfTime):
        digests.digest_of(AT, facts_of(BODY))
    assert not deadline.may_ask()
    assert 0 < store.chunks < 103
    assert store.closed == 1


def test_no_download_starts_when_the_time_is_over(
    store: SlowStore, digests: Digests, clock: FakeClock
) -> None:
    """It would end after the platform killed the process."""
    clock.pass_by(TIMEOUT)
    with pytest.raises(OutOfTime):
        digests.digest_of(AT, facts_of(BODY))
    assert not store.calls


def test_a_wrong_crc_is_reported_with_both_values(digests: Digests) -> None:
    """Somebody will want to compare them."""
    crc = facts_of(BODY).crc64ecma
    with pytest.raises(Mismatch, match=rf"12345.*{crc}"):
        digests.digest_of(AT, facts_of(BODY)._replace(crc64ecma="12345"))


@pytest.mark.parametrize("size", [len(BODY) - 1500, len(BODY) + 1])
def test_a_wrong_size_is_reported_with_both_values(digests: Digests, size: int) -> None:
    """Fewer bytes than HEAD reported, or more; then the rest is not even read."""
    with pytest.raises(Mismatch, match=rf"HEAD reported {size} bytes, received \d+"):
        digests.digest_of(AT, facts_of(BODY)._replace(bytes=size))


@pytest.mark.parametrize("error", [None, Unreachable("no answer")])
def test_a_connection_that_breaks_is_no_mismatch(
    store: SlowStore, digests: Digests, error: ServiceError | None
) -> None:
    """The file is not at fault, and a later try may get all of it."""
    store.breaks_after, store.breaks_with = 40, error
    with pytest.raises(Unreachable):
        digests.digest_of(AT, facts_of(BODY))
    assert store.closed == 1


def test_a_replaced_object_is_reported_as_changed(store: SlowStore, digests: Digests) -> None:
    """Size and digest must be of the same object."""
    store.put(KEY, b"another")
    with pytest.raises(Changed):
        digests.digest_of(AT, facts_of(BODY))
    assert digests.digest_of(AT, facts_of(b"another")) == digest(b"another")


def test_two_files_are_streamed_at_once_and_no_third(store: SlowStore, clock: FakeClock) -> None:
    """The third one waits no longer than there is time."""
    started, go_on = threading.Semaphore(0), threading.Event()

    def hold(call: Call) -> None:
        if call.operation == "read":
            started.release()
            assert go_on.wait(60)

    deadline = Deadline(clock, TIMEOUT)
    digests = Digests(store, deadline, RunningChecksum)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(digests.digest_of(AT, facts_of(BODY))))
        for _ in range(2)
    ]
    store.fault = hold
    for thread in threads:
        thread.start()
    try:
        assert all(started.acquire(timeout=60) for _ in threads)
        spent = deadline.left() - 0.01
        clock.pass_by(spent)
        store.fault = lambda _call: None  # a third one would meet nothing that holds it
        with pytest.raises(OutOfTime):
            digests.digest_of(AT, facts_of(BODY))
        assert len(store.calls) == 2
        clock.pass_by(-spent)
    finally:
        go_on.set()
    for thread in threads:
        thread.join(60)
    assert found == [digest(BODY)] * 2
    assert digests.digest_of(AT, facts_of(BODY)) == digest(BODY)


class EndlessStore(FakeStore):
    """Makes the bytes of a file as they are wanted."""

    def stream(self, bucket: str, key: str, *, etag: str = "") -> ObjectStream:
        self.calls.append(Call("read", bucket, key))
        size = int(key)
        chunks = (bytes(64 * 1024) for _ in range(0, size, 64 * 1024))
        return ObjectStream(etag, size, {}, chunks, lambda: None)


def _peak(size: int) -> int:
    facts = ObjectFacts(size, "e", None, None)

    def read() -> None:
        digests = Digests(EndlessStore(), Deadline(FakeClock(), TIMEOUT), RunningChecksum)
        digests.digest_of(Location(HOME, str(size)), facts)

    return least_peak(read)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file() -> None:
    """Promise 6: a film of any size is streamed in pieces, and none of them is kept."""
    assert _peak(64 * 1024 * 1024) < _peak(1024 * 1024) + 64 * 1024
