"""Digests of files: streamed once, to the end, compared with what HEAD told."""

import threading
import tracemalloc
from dataclasses import replace

import pytest

from mps_manifest.adapters.checksums import RunningChecksums
from mps_manifest.deadline import Deadline
from mps_manifest.digests import Digests
from mps_manifest.errors import Changed, Mismatch, OutOfTime
from mps_manifest.paths import Location
from mps_manifest.ports import ObjectFacts, ObjectStream
from mps_manifest.settings import read_settings
from tests.unit.digest_world import AT, BODY, KEY, TIMEOUT, World, digest, facts_of, large, world
from tests.unit.fakes import HOME, Call, FakeClock, FakeStore, FakeTelemetry

__all__ = ["large", "world"]  # fixtures


def test_file_is_streamed_once_and_nothing_else_is_asked(world: World) -> None:
    """A small file costs one request: no record is read or written."""
    assert world.invocation().digest_of(AT, facts_of(BODY)) == digest(BODY)
    assert [call.operation for call in world.store.calls] == ["read"]
    assert world.store.closed == 1


@pytest.mark.parametrize("body", [b"", b"x", b"y" * 63, b"z" * 64, b"a" * 1001])
def test_files_of_odd_sizes(world: World, body: bytes) -> None:
    world.store.put(KEY, body)
    assert world.invocation().digest_of(AT, facts_of(body)) == digest(body)


def test_object_without_a_crc_is_digested_all_the_same(world: World) -> None:
    facts = replace(facts_of(BODY), crc64ecma=None)
    assert world.invocation().digest_of(AT, facts) == digest(BODY)


@pytest.mark.parametrize("kind", ["small", "large"])
def test_later_invocations_go_on_until_the_end(
    world: World, kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "large":
        request.getfixturevalue("large")
    world.store.seconds = 2.0
    found, positions = None, [-1]
    while found is None:
        assert len(positions) < 50, "no end in sight"
        try:
            found = world.invocation().digest_of(AT, facts_of(BODY))
        except OutOfTime:
            (record,) = world.records()
            positions.append(record["at"])
    assert found == digest(BODY)
    assert positions == sorted(set(positions))
    assert len(positions) > 3


@pytest.mark.usefixtures("large")
def test_no_byte_of_a_large_file_is_streamed_twice_but_those_of_a_block(world: World) -> None:
    world.store.seconds = 2.0
    for _ in range(20):
        try:
            world.invocation().digest_of(AT, facts_of(BODY))
            break
        except OutOfTime:
            pass
    starts = [start for _, start in world.store.streamed]
    assert len(starts) > 3
    assert world.store.chunks <= len(BODY) // 1000 + 1 + len(starts)


@pytest.mark.usefixtures("large")
def test_one_chunk_an_invocation_is_enough(world: World) -> None:
    world.store.seconds = world.invocation().deadline.left() + 1
    positions = []
    for _ in range(5):
        with pytest.raises(OutOfTime):
            world.invocation().digest_of(AT, facts_of(BODY))
        positions += [record["at"] for record in world.records()]
    assert positions == sorted(set(positions))
    assert len(positions) == 5


def test_no_download_starts_when_time_is_short(world: World) -> None:
    invocation = world.invocation()
    world.clock.pass_by(invocation.deadline.left() - invocation.deadline.call_limit + 0.1)
    with pytest.raises(OutOfTime):
        invocation.digest_of(AT, facts_of(BODY))
    assert not world.store.calls


@pytest.mark.usefixtures("large")
def test_wrong_crc_is_told_with_both_values(world: World) -> None:
    facts = replace(facts_of(BODY), crc64ecma="12345")
    with pytest.raises(Mismatch, match=r"12345.*" + str(facts_of(BODY).crc64ecma)):
        world.invocation().digest_of(AT, facts)
    assert not world.records()


@pytest.mark.parametrize("told", [len(BODY) - 1500, len(BODY) + 1])
def test_wrong_size_is_told_with_both_values(world: World, told: int) -> None:
    with pytest.raises(Mismatch, match=rf"{told} bytes"):
        world.invocation().digest_of(AT, replace(facts_of(BODY), bytes=told))


def test_replaced_object_is_told_as_changed(world: World) -> None:
    world.interrupted()
    world.store.put(KEY, b"another")
    with pytest.raises(Changed):
        world.invocation().digest_of(AT, facts_of(BODY))
    assert world.invocation().digest_of(AT, facts_of(b"another")) == digest(b"another")


@pytest.mark.usefixtures("large")
def test_two_files_do_not_mix(world: World) -> None:
    other = Location(HOME, "out/other.mp4")
    world.store.put(other.key, BODY[::-1])
    world.interrupted()
    assert world.invocation().digest_of(other, facts_of(BODY[::-1])) == digest(BODY[::-1])
    assert world.invocation().digest_of(AT, facts_of(BODY)) == digest(BODY)
    assert len(world.records()) == 2


def test_two_files_are_streamed_at_once_and_no_third(world: World) -> None:
    """The third one waits no longer than there is time."""
    started = threading.Barrier(3, timeout=10)
    go_on = threading.Event()

    def hold(call: Call) -> None:
        if call.operation == "read":
            started.wait()
            go_on.wait(10)

    invocation = world.invocation(timeout=3)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(invocation.digest_of(AT, facts_of(BODY))))
        for _ in range(2)
    ]
    world.store.fault = hold
    for thread in threads:
        thread.start()
    started.wait()
    spent = invocation.deadline.left() - 1.2 * invocation.deadline.call_limit
    world.clock.pass_by(spent)
    with pytest.raises(OutOfTime):
        invocation.digest_of(AT, facts_of(BODY))
    assert len(world.store.calls) == 2
    world.clock.pass_by(-spent)
    go_on.set()
    for thread in threads:
        thread.join(10)
    world.store.fault = lambda _call: None
    assert found == [digest(BODY)] * 2
    assert invocation.digest_of(AT, facts_of(BODY)) == digest(BODY)


class EndlessStore(FakeStore):
    """Makes the bytes of a file as they are asked for."""

    def stream(self, bucket: str, key: str, *, start: int = 0, etag: str = "") -> ObjectStream:
        self.calls.append(Call("read", bucket, key))
        size = int(key)
        chunks = (bytes(64 * 1024) for _ in range(start, size, 64 * 1024))
        return ObjectStream(etag, size - start, {}, chunks, lambda: None)


def _peak(size: int) -> int:
    deadline = Deadline.after(FakeClock(), TIMEOUT)
    settings = read_settings({"BUCKET": HOME, "REGION": "cn-shanghai"})
    digests = Digests(EndlessStore(), settings, deadline, RunningChecksums(), FakeTelemetry())
    tracemalloc.start()
    try:
        digests.digest_of(Location(HOME, str(size)), ObjectFacts(size, "e", None, None))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file() -> None:
    _peak(64 * 1024)  # what is made only once
    assert _peak(64 * 1024 * 1024) < _peak(1024 * 1024) + 64 * 1024
