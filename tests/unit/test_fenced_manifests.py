"""Who replaces a manifest holds its lock, knows what stands, and speaks of the job it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from mps_manifest.errors import Busy
from mps_manifest.job_limits import MAX_MANIFEST_BYTES
from mps_manifest.manifests.locks import LOCK_SECONDS
from mps_manifest.manifests.ranking import Manifest, ManifestStatus
from mps_manifest.parsing.canonical_json import canonical_document
from tests.fakes import Call
from tests.unit.samples import ID, OTHER, files_answer, mps_answer
from tests.unit.world import World

KEY = f"manifests/{ID}.json"
LOCKS = f".mps-manifest/locks/{ID}/"


def manifest(status: ManifestStatus, note: str = "") -> Manifest:
    return Manifest(ID, status, canonical_document({"name": ID, "status": status, "note": note}))


def publish(world: World, new: Manifest) -> None:
    with world.core() as core:
        core.publisher.publish(new)


def when_under_lock(world: World, happening: Callable[[], None]) -> None:
    """Let something happen once, between the second read of a manifest and its write."""

    def fault(call: Call) -> None:
        is_read = call.operation == "read" and call.key == KEY
        if is_read and world.store.home_keys(LOCKS):
            world.store.fault = after
            return

    def after(_call: Call) -> None:
        world.store.fault = lambda _call: None
        happening()

    world.store.fault = fault


# --- fencing -------------------------------------------------------------------------------------


def pass_by_the_monotonic_clock(world: World) -> None:
    world.clock.pass_by(LOCK_SECONDS)
    world.clock.jump(-LOCK_SECONDS)


FREEZES: dict[str, Callable[[World], None]] = {
    "both clocks": lambda world: world.clock.pass_by(LOCK_SECONDS),
    "the wall clock only": lambda world: world.clock.jump(LOCK_SECONDS),
    "the monotonic clock only": pass_by_the_monotonic_clock,
}


@pytest.mark.parametrize("freeze", FREEZES)
def test_a_writer_that_was_frozen_under_its_lock_writes_nothing(freeze: str) -> None:
    """It has read `expired`; somebody else has written `complete` since, and was entitled to."""
    world = World(timeout=600.0)
    world.store.put(KEY, manifest("expired").body)

    def happening() -> None:
        FREEZES[freeze](world)
        world.store.put(KEY, manifest("complete").body)

    when_under_lock(world, happening)
    with pytest.raises(Busy):
        publish(world, manifest("partial"))
    assert world.store.body(KEY) == manifest("complete").body


@pytest.mark.parametrize("lock", ["gone", "another's", "broken", "a newer one beside it"])
def test_a_lock_is_read_again_before_the_write(lock: str) -> None:
    """Both clocks may have stood still, as they do where a whole machine is frozen."""
    world = World()
    world.store.put(KEY, manifest("expired").body)

    def happening() -> None:
        [key] = world.store.home_keys(LOCKS)
        until = world.clock.now() + LOCK_SECONDS
        other = json.dumps({"until": until, "owner": "somebody else"}).encode()
        if lock == "a newer one beside it":
            world.store.put(f"{LOCKS}00000009", other)
        elif lock == "gone":
            world.store.delete(key)
        else:
            world.store.put(key, other if lock == "another's" else b"{")
        world.store.put(KEY, manifest("complete").body)

    when_under_lock(world, happening)
    with pytest.raises(Busy):
        publish(world, manifest("partial"))
    assert world.store.body(KEY) == manifest("complete").body


def test_a_writer_that_was_not_frozen_writes() -> None:
    """A check that always fails would make every replacement wait for ever."""
    world = World()
    world.store.put(KEY, manifest("expired").body)
    when_under_lock(world, lambda: world.clock.pass_by(5))
    publish(world, manifest("partial"))
    assert world.store.body(KEY) == manifest("partial").body
    assert world.store.home_keys(LOCKS) == []


ABSURD = ["1e308", "Infinity", "NaN", "-1", "0", '"x"', "null", "[]", str(2**70), str(2 * 10**9)]


@pytest.mark.parametrize("until", ABSURD)
def test_a_lock_that_nobody_gives_holds_up_nobody(until: str) -> None:
    """Its lease is longer than any, so it is not ours, or broken: it would block for ever."""
    world = World()
    world.store.put(KEY, manifest("expired").body)
    world.store.put(f"{LOCKS}00000001", f'{{"until": {until}, "owner": "x"}}'.encode())
    publish(world, manifest("complete"))
    assert world.store.body(KEY) == manifest("complete").body
    assert world.store.home_keys(LOCKS) == []


def test_a_lock_in_time_is_respected() -> None:
    """Somebody is at work, and will be done sooner than the lease ends."""
    world = World()
    world.store.put(KEY, manifest("expired").body)
    until = world.clock.now() + LOCK_SECONDS
    world.store.put(f"{LOCKS}00000001", json.dumps({"until": until, "owner": "x"}).encode())
    with pytest.raises(Busy):
        publish(world, manifest("complete"))


# --- what stands ---------------------------------------------------------------------------------

SIZES = [MAX_MANIFEST_BYTES - 10, MAX_MANIFEST_BYTES + 1, MAX_MANIFEST_BYTES + 2, 65 * 1024 * 1024]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("worse", ["expired", "partial"])
@pytest.mark.parametrize("metadata", [{"status": "complete"}, {}, {"status": "odd"}])
def test_a_large_manifest_is_not_replaced_by_a_worse_one(
    size: int, worse: ManifestStatus, metadata: dict[str, str]
) -> None:
    """One that was too large to read counted as broken, and a job was `expired` for it."""
    world = World()
    standing = manifest("complete", "x" * size).body
    world.store.put(KEY, standing, metadata)
    publish(world, manifest(worse))
    assert world.store.body(KEY) is standing


@pytest.mark.parametrize("size", SIZES)
def test_a_large_manifest_is_replaced_by_a_better_one(size: int) -> None:
    """Its metadata says what it is worth."""
    world = World()
    world.store.put(KEY, manifest("partial", "x" * size).body, {"status": "partial"})
    publish(world, manifest("complete"))
    assert world.store.body(KEY) == manifest("complete").body


@pytest.mark.parametrize("metadata", [{"status": "complete"}, {}])
def test_a_large_version_counts_for_what_it_is(metadata: dict[str, str]) -> None:
    """On a versioned bucket the same question is asked of each version."""
    world = World()
    world.store.versioning = True
    standing = manifest("complete", "x" * MAX_MANIFEST_BYTES).body
    world.store.write(KEY, standing, overwrite=True, metadata=metadata)
    publish(world, manifest("expired"))
    assert world.store.body(KEY) is standing


# --- whose answer --------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [OTHER, "x", f"{ID}0", 5])
def test_an_answer_about_another_job_is_not_used(named: object) -> None:
    """The manifest of this job would list the files of that one."""
    world = World()
    world.store.put("c/a.srt")
    world.api.answers_about_the_job = False
    world.api.say(ID, files_answer("c/a.srt") | {"JobId": named})
    answer = world.deliver(ID)
    assert answer["status"] == "pending"
    assert "another job" in answer["jobs"][0]["reason"]
    assert world.store.home_keys("manifests/") == []
    assert [entry["jobId"] for entry in world.parked()] == [ID]


@pytest.mark.parametrize("named", [ID, ID.upper(), f" {ID} ", None, "", " ", []])
def test_an_answer_that_names_the_job_or_none_is_used(named: object) -> None:
    """Letters may come in another case, and a name that is none says nothing."""
    world = World()
    world.store.put("c/a.srt")
    world.api.answers_about_the_job = False
    world.api.say(ID, files_answer("c/a.srt") | {"JobId": named})
    assert world.deliver(ID)["status"] == "complete"


# --- what a replay says --------------------------------------------------------------------------


def test_a_replay_says_what_would_be_worse_now() -> None:
    """The file is gone; the better manifest stays, and whoever asked must learn of both."""
    world = World(media_facts="false")
    world.store.put("c/a.srt")
    world.api.say(ID, files_answer("c/a.srt"))
    assert "reason" not in world.give({"jobId": ID})["jobs"][0]
    del world.store.objects["home-bucket", "c/a.srt"]
    [job] = world.give({"jobId": ID})["jobs"]
    assert job["status"] == "complete"
    assert job["reason"].startswith("kept: missing: ")
    reasons = [fields.get("reason") for _, line, fields in world.telemetry.lines if line == "job"]
    assert reasons[-1] == job["reason"]


def test_a_replay_that_finds_the_same_says_nothing() -> None:
    """Nothing is worse, so there is nothing to keep."""
    world = World(media_facts="false")
    world.store.put("c/a.srt")
    world.api.say(ID, files_answer("c/a.srt"))
    world.give({"jobId": ID})
    assert "reason" not in world.give({"jobId": ID})["jobs"][0]


def test_a_replay_of_a_failed_job_over_a_complete_one_replaces_it() -> None:
    """They are equals, so the newer one counts and nothing is kept."""
    world = World(media_facts="false")
    world.store.put("c/a.srt")
    world.api.say(ID, files_answer("c/a.srt"), mps_answer(State="Fail", Result=None))
    world.give({"jobId": ID})
    [job] = world.give({"jobId": ID})["jobs"]
    assert job["status"] == "failed"
    assert not job["reason"].startswith("kept")
