"""A job that wants more of an invocation than is left is parked once, for a fresh one."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from mps_manifest.ports import ObjectStream
from tests.fakes import Call, FakeClock, FakeStore
from tests.unit.samples import ID, files_answer
from tests.unit.world import World

KEY = "clips/a.mp4"
BODY = bytes(20_000)  # twenty chunks of the fake
DIGEST = f"sha256:{hashlib.sha256(BODY).hexdigest()}"


class SlowFiles(FakeStore):
    """A store whose files take their time to stream."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.seconds = 0.0

    def stream(self, bucket: str, key: str, *, etag: str = "") -> ObjectStream:
        stream = super().stream(bucket, key, etag=etag)

        def slowly() -> Any:
            for chunk in stream.chunks:
                self.clock.pass_by(self.seconds)
                yield chunk

        return stream._replace(chunks=slowly())


@pytest.fixture
def files() -> SlowFiles:
    files = SlowFiles(FakeClock())
    files.put(KEY, BODY)
    return files


@pytest.fixture
def world(files: SlowFiles) -> World:
    world = World(
        store=files, clock=files.clock, digest="sha256", media_facts="false", concurrency="1"
    )
    world.api.say(ID, files_answer(KEY))
    return world


def late(world: World) -> None:
    """Make listing the backlog take most of the invocation."""

    def slow_list(call: Call) -> None:
        if call.operation == "list" and "backlog" in call.key:
            world.clock.pass_by(25)

    world.store.fault = slow_list


def streams(world: World) -> int:
    """Count how often the file was streamed."""
    return sum(call.key == KEY and call.operation == "read" for call in world.store.calls)


def test_a_file_that_fits_has_its_digest_at_once(world: World, files: SlowFiles) -> None:
    """A job that is parked though there is time would have its manifest later than it could."""
    files.seconds = 1.0
    assert world.deliver(ID)["status"] == "complete"
    assert world.manifest(ID)["resources"][0]["hash"] == DIGEST
    assert world.parked() == []


def test_a_file_that_fits_into_no_invocation_has_a_note_at_once(
    world: World, files: SlowFiles
) -> None:
    """A fresh invocation is the most there is, so the job is not kept waiting for another one."""
    files.seconds = 3.0
    assert world.deliver(ID)["status"] == "complete"
    manifest = world.manifest(ID)
    assert "hash" not in manifest["resources"][0]
    [problem] = manifest["problems"]
    assert (problem["severity"], problem["type"]) == ("note", "digest-skipped")
    assert problem["resource"] == manifest["resources"][0]["name"]
    assert world.parked() == []
    assert streams(world) == 1


def parked_late(world: World, files: SlowFiles) -> None:
    """Park the job because a sweep came to it when most of its time was over."""
    files.seconds = 1.0
    world.store.put(f".mps-manifest/backlog/20231114T221310Z/{ID}.json", b"{}")
    late(world)
    assert world.tick()["status"] == "pending"
    [entry] = world.parked()
    assert entry["needsTime"] is True


def test_a_job_that_began_late_is_parked_for_a_fresh_invocation(
    world: World, files: SlowFiles
) -> None:
    """There its file fits, and the digest is complete."""
    parked_late(world, files)
    world.store.fault = lambda _call: None
    world.until_due()
    assert world.tick()["status"] == "complete"
    assert world.manifest(ID)["resources"][0]["hash"] == DIGEST
    assert world.parked() == []


def test_it_is_left_alone_until_an_invocation_is_fresh(world: World, files: SlowFiles) -> None:
    """A sweep that comes to it late leaves it due, without a query and without streaming."""
    parked_late(world, files)
    before = streams(world), len(world.api.calls), world.parked()
    world.until_due()
    assert world.tick()["status"] == "empty"
    assert (streams(world), len(world.api.calls), world.parked()) == before


def test_a_job_that_began_late_and_fits_anyway_is_not_parked(
    world: World, files: SlowFiles
) -> None:
    """Only what is missing is worth another invocation."""
    files.seconds = 0.1
    world.store.put(f".mps-manifest/backlog/20231114T221310Z/{ID}.json", b"{}")
    late(world)
    assert world.tick()["status"] == "complete"
    assert world.manifest(ID)["resources"][0]["hash"] == DIGEST
