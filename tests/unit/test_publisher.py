"""A replay writes nothing, and a better manifest is never replaced by a worse one."""

import json

import pytest

from mps_manifest.errors import Busy, Immutable, ServiceError, Unauthorized, Unreachable
from mps_manifest.manifests.publisher import ManifestRef, Published
from mps_manifest.manifests.ranking import Manifest, ManifestStatus
from mps_manifest.parsing.canonical_json import canonical_document
from tests.fakes import HOME, Call, raising
from tests.unit.samples import ID
from tests.unit.world import World

KEY = f"manifests/{ID}.json"
RANK: dict[ManifestStatus, int] = {"expired": 1, "partial": 2, "complete": 3, "failed": 3}


def manifest(status: ManifestStatus, note: str = "") -> Manifest:
    return Manifest(ID, status, canonical_document({"name": ID, "status": status, "note": note}))


def publish(world: World, new: Manifest) -> Published:
    with world.core() as core:
        return core.publisher.publish(new)


def two_writers(
    world: World, standing: ManifestStatus | None, ours: ManifestStatus, theirs: ManifestStatus
) -> int:
    """Publish while another writer slips in before one of our calls; return the calls there are.

    Who meets the other one at work is told Busy and comes again later.
    """
    for step in range(100):
        world.store.objects.clear()
        if standing:
            world.store.put(KEY, manifest(standing, "old").body)
        done = [RANK[standing]] if standing else []
        before = len(world.store.calls) + step

        def slip_in(_call: Call, before: int = before, done: list[int] = done) -> None:
            if len(world.store.calls) > before:
                world.store.fault = lambda _call: None
                done.extend(attempt(world, theirs))

        world.store.fault = slip_in
        done += attempt(world, ours)
        if len(world.store.calls) <= before:
            return step
        assert RANK[json.loads(world.store.body(KEY))["status"]] == max(done)
    raise AssertionError


def attempt(world: World, status: ManifestStatus) -> list[int]:
    try:
        publish(world, manifest(status, "new"))
    except Busy:
        return []
    return [RANK[status]]


@pytest.mark.parametrize("status", RANK)
def test_a_first_manifest_is_one_write(status: ManifestStatus) -> None:
    """Most manifests are new, so a further request would be paid for each job."""
    world = World()
    published = publish(world, manifest(status))
    assert published.status == status
    assert (published.ref.bucket, published.ref.key) == (HOME, KEY)
    assert published.ref.etag == world.store.objects[HOME, KEY].etag
    assert world.store.objects[HOME, KEY].metadata == {"job-id": ID, "status": status}
    assert world.store.calls == [Call("write", HOME, KEY)]


def test_a_replay_costs_one_refused_write_and_one_read() -> None:
    """A first manifest, which is what most are, costs one request; the store says if it is none."""
    world = World()
    publish(world, manifest("complete"))
    world.store.calls.clear()
    publish(world, manifest("complete"))
    assert [call.operation for call in world.store.calls] == ["write", "read"]


def test_a_manifest_that_somebody_removed_is_written_again() -> None:
    """The bucket alone counts; a memory of earlier writes would keep the result from it."""
    world = World()
    publish(world, manifest("complete"))
    world.store.objects.clear()
    publish(world, manifest("complete"))
    assert world.store.body(KEY) == manifest("complete").body
    assert world.store.written == [KEY, KEY]


@pytest.mark.parametrize("status", RANK)
def test_a_replay_writes_nothing(status: ManifestStatus) -> None:
    """A second write of the same manifest would trigger whoever watches the bucket."""
    world = World()
    first = publish(world, manifest(status))
    again = publish(world, manifest(status))
    assert (again.ref, again.status) == (first.ref, first.status)
    assert world.store.written == [KEY]


@pytest.mark.parametrize("new", RANK)
@pytest.mark.parametrize("standing", RANK)
def test_the_better_of_two_manifests_stands(standing: ManifestStatus, new: ManifestStatus) -> None:
    """A late delivery must not replace a good result with a worse one."""
    world = World()
    publish(world, manifest(standing, "old"))
    published = publish(world, manifest(new, "new"))
    worse = RANK[new] < RANK[standing]
    expected = manifest(standing, "old") if worse else manifest(new, "new")
    assert published.status == expected.status
    assert world.store.body(KEY) == expected.body
    assert published.ref.etag == world.store.objects[HOME, KEY].etag


@pytest.mark.parametrize("body", [b"", b"x", b"{}", b"[]", b'{"status":[]}', b'{"status":"odd"}'])
def test_what_is_no_manifest_is_replaced(body: bytes) -> None:
    """A stray object at this key must not keep the result from being published."""
    world = World()
    world.store.put(KEY, body)
    publish(world, manifest("expired"))
    assert world.store.body(KEY) == manifest("expired").body


@pytest.mark.parametrize("standing", ["expired", "partial", None])
@pytest.mark.parametrize("status", ["expired", "partial"])
def test_a_better_manifest_is_not_lost_between_two_calls(
    standing: ManifestStatus | None, status: ManifestStatus
) -> None:
    """Promise 2 under concurrency: wherever another writer slips in, the best one stands."""
    assert two_writers(World(), standing, status, "complete") >= 1


@pytest.mark.parametrize("fault", [Unreachable("x"), Unauthorized("x"), Immutable("x")])
@pytest.mark.parametrize("operation", ["write", "read"])
def test_a_store_that_fails_is_told_to_the_caller(fault: ServiceError, operation: str) -> None:
    """The caller must know that nothing was published, so that it keeps the job."""
    world = World()
    world.store.put(KEY, manifest("partial").body)
    world.store.fault = raising(fault, lambda call: call.operation == operation)
    with pytest.raises(type(fault)):
        publish(world, manifest("complete"))


def test_a_manifest_the_bucket_protects_stands() -> None:
    """A bucket with a retention rule lets nothing be overwritten, so what stands there counts."""
    world, standing = World(), manifest("partial")
    world.store.put(KEY, standing.body)
    world.store.immutable = True
    published = publish(world, manifest("complete"))
    etag = world.store.objects[HOME, KEY].etag
    assert published == Published(ManifestRef(HOME, KEY, etag), "partial", protected=True)
    assert world.store.body(KEY) == standing.body
    assert world.store.calls.count(Call("write", HOME, KEY)) == 2
    assert KEY not in world.store.written


@pytest.mark.parametrize("status", RANK)
def test_the_status_of_what_stands_is_in_its_metadata(status: ManifestStatus) -> None:
    """Who waits for several jobs asks for each of them, and a HEAD costs less than the body."""
    world = World()
    published = publish(world, manifest(status))
    world.store.calls.clear()
    with world.core() as core:
        assert core.publisher.standing_status(ID) == published._replace(written=False)
    assert [call.operation for call in world.store.calls] == ["head"]


@pytest.mark.parametrize("metadata", [{}, {"status": "odd"}, {"status": ""}])
@pytest.mark.parametrize("status", RANK)
def test_a_manifest_that_lost_its_metadata_is_read(
    status: ManifestStatus, metadata: dict[str, str]
) -> None:
    """It was copied or restored: its body still says what became of the job."""
    world = World()
    world.store.put(KEY, manifest(status).body, metadata)
    with world.core() as core:
        standing = core.publisher.standing_status(ID)
    assert standing is not None
    assert standing.status == status


def test_no_manifest_has_no_status() -> None:
    """The job has not ended, or was rejected."""
    with World().core() as core:
        assert core.publisher.standing_status(ID) is None
