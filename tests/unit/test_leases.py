"""The function with QUOTA_SHARING=leases: what it takes of the quota, and what is left behind."""

from __future__ import annotations

import pytest

from mps_manifest.errors import (
    NotFound,
    Refused,
    TemporarilyUnavailable,
    Unauthorized,
    Unreachable,
)
from mps_manifest.limits.deadline import Deadline
from mps_manifest.limits.quota_shares import EPOCH, Lease
from mps_manifest.state.keys import Keys
from mps_manifest.state.leases import Leases
from tests.fakes import Call, FakeStore
from tests.unit.samples import ID, job_ids, mps_answer
from tests.unit.world import MANIFESTS, World

LEASES = ".mps-manifest/leases/"
SPLIT = (
    "QUOTA_SHARING=leases is not possible with this bucket; "
    "each instance uses API_QPS / MAX_INSTANCES"
)
RUNNING = mps_answer(State="Queuing", Result=None)


class DeniedStore(FakeStore):
    """A versioned bucket that does not tell whether it is one."""

    def versioned(self) -> bool:
        return False


def leased() -> World:
    """Return the world of one instance of ten that take leases of a quota of a hundred calls."""
    world = World(quota_sharing="leases", api_qps="100", max_instances="10", concurrency="1")
    world.store.dated_by = world.clock
    return world


def lease_calls(world: World) -> list[str]:
    """Return what was asked of the store about leases."""
    return [call.operation for call in world.store.calls if call.key.startswith(LEASES)]


def test_a_single_job_costs_two_requests_more() -> None:
    """One look at who has what, and one lease; the next job needs none for a while."""
    world = leased()
    world.deliver(ID)
    assert lease_calls(world) == ["list", "write"]
    world.clock.pass_by(1.5)
    world.deliver(job_ids(2)[1])
    assert lease_calls(world) == ["list", "write"]


def test_an_instance_counts_once_however_often_it_has_too_few() -> None:
    """It writes so in each epoch; taken for several it would make others give up too much."""
    world = leased()
    with world.core() as core:
        core.leases.want(7)
        core.leases.want(8)
        assert core.leases.listed(6) == (frozenset(), 1)


def test_a_lone_busy_instance_uses_nearly_all_of_the_quota() -> None:
    """Split, it would have a tenth: 40 seconds for 400 jobs."""
    world, wanted = leased(), job_ids(400)
    world.api.otherwise = mps_answer("VideoSplit", {"result": []})
    world.deliver(*wanted)
    assert len(world.store.home_keys(MANIFESTS)) == 400
    assert world.clock.monotonic() < 8
    assert len(lease_calls(world)) <= 0.2 * 400


@pytest.mark.parametrize("kind", [FakeStore, DeniedStore])
def test_on_a_versioned_bucket_the_quota_is_split(kind: type[FakeStore]) -> None:
    """There everybody would get the same lease; the log says so once."""
    world = leased()
    world.store = kind(versioning=True, dated_by=world.clock)
    world.api.otherwise = RUNNING
    begun = world.clock.monotonic()
    world.deliver(*job_ids(50))
    assert 4.8 <= world.clock.monotonic() - begun <= 10
    world.deliver(ID)
    world.deliver(ID)
    assert [message for _, message, _ in world.telemetry.lines].count(SPLIT) == 1


def test_a_sweep_deletes_what_is_over() -> None:
    """Instances that are gone leave their leases behind."""
    world = leased()
    world.api.otherwise = RUNNING
    world.deliver(ID)
    old = set(world.store.home_keys(LEASES))
    assert old
    world.until_due()
    world.tick()
    assert not old & set(world.store.home_keys(LEASES))
    assert world.store.home_keys(LEASES)


def test_a_lease_has_one_holder() -> None:
    """The store refuses to overwrite; on a versioned bucket a lease is worth nothing."""
    world = leased()
    deadline = Deadline(world.clock, 60)
    keys = Keys(world.settings)
    one, other = (
        Leases(world.store, keys, world.settings, deadline, name) for name in ("a" * 16, "b" * 16)
    )
    now = int(world.clock.now() // EPOCH)
    assert one.take(Lease(7, now))
    assert not other.take(Lease(7, now))
    assert other.take(Lease(8, now))
    other.want(now)
    assert one.listed(now - 1) == (frozenset({Lease(7, now), Lease(8, now)}), 1)
    denied = Leases(DeniedStore(versioning=True), keys, world.settings, deadline, "a" * 16)
    with pytest.raises(Refused):
        denied.take(Lease(7, now))


def test_leases_behind_a_thousand_others_are_seen() -> None:
    """An epoch in which many instances have too few must not hide the leases of the next one."""
    world = leased()
    keys = Keys(world.settings)
    leases = Leases(world.store, keys, world.settings, Deadline(world.clock, 60), "a" * 16)
    now = int(world.clock.now() // EPOCH)
    for number in range(1100):
        world.store.put(keys.wanted_lease(now, f"{number:016x}"), b"")
    assert leases.take(Lease(7, now + 1))
    assert leases.listed(now) == (frozenset({Lease(7, now + 1)}), 1100)


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket"])
def test_a_bucket_that_refuses_leases_is_told_by_what_it_refuses_next(code: str) -> None:
    """The role may not write, or there is no bucket: the job's reason says so, and at once."""
    world = leased()
    kind = Unauthorized if code == "AccessDenied" else NotFound

    def refuse(call: Call) -> None:
        if call.operation == "write" or code == "NoSuchBucket":
            raise kind("It was refused.", code=code, status=403)

    world.store.fault = refuse
    world.api.otherwise = mps_answer("VideoSplit", {"result": []})
    begun = world.clock.monotonic()
    answer = world.give({"jobId": ID})
    assert answer["jobs"][0]["reason"].startswith("the manifest could not be written: ")
    assert world.clock.monotonic() - begun < 2


def test_where_the_store_is_silent_no_invocation_waits_for_leases() -> None:
    """It could keep nothing either; the event is delivered again."""
    world = leased()

    def silent(_call: Call) -> None:
        raise Unreachable("no answer")

    world.store.fault = silent
    begun = world.clock.monotonic()
    with pytest.raises(TemporarilyUnavailable):
        world.deliver(*job_ids(20))
    assert world.clock.monotonic() - begun < 10
    assert world.api.calls == []
