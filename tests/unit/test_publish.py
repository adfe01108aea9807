"""A replay writes nothing, and a better manifest is never replaced by a worse one."""

import pytest

from mps_manifest.errors import Immutable, ServiceError, Unauthorized, Unreachable
from mps_manifest.manifest import Manifest, Status, canonical
from mps_manifest.publish import publish
from tests.unit.fakes import HOME, Call, FakeStore
from tests.unit.samples import ID, settings

KEY = f"manifests/{ID}.json"
RANK: dict[Status, int] = {"expired": 1, "partial": 2, "complete": 3, "failed": 3}


def manifest(status: Status, note: str = "") -> Manifest:
    return Manifest(ID, status, canonical({"name": ID, "status": status, "note": note}))


@pytest.mark.parametrize("status", RANK)
def test_a_first_manifest_is_one_write(status: Status) -> None:
    store = FakeStore()
    published = publish(store, settings(), manifest(status))
    assert published.written
    assert published.status == status
    assert (published.ref.bucket, published.ref.key) == (HOME, KEY)
    assert published.ref.etag == store.objects[HOME, KEY].etag
    assert store.objects[HOME, KEY].metadata == {"job-id": ID, "status": status}
    assert store.calls == [Call("write", HOME, KEY)]


@pytest.mark.parametrize("status", RANK)
def test_a_replay_writes_nothing(status: Status) -> None:
    store = FakeStore()
    first = publish(store, settings(), manifest(status))
    again = publish(store, settings(), manifest(status))
    assert not again.written
    assert (again.ref, again.status) == (first.ref, first.status)
    assert store.written == [KEY]


@pytest.mark.parametrize("new", RANK)
@pytest.mark.parametrize("standing", RANK)
def test_the_better_of_two_manifests_stands(standing: Status, new: Status) -> None:
    store = FakeStore()
    publish(store, settings(), manifest(standing, "old"))
    published = publish(store, settings(), manifest(new, "new"))
    worse = RANK[new] < RANK[standing]
    assert published.written != worse
    expected = manifest(standing, "old") if worse else manifest(new, "new")
    assert published.status == expected.status
    assert store.body(KEY) == expected.body
    assert published.ref.etag == store.objects[HOME, KEY].etag


@pytest.mark.parametrize("body", [b"", b"x", b"{}", b"[]", b'{"status":[]}', b'{"status":"odd"}'])
def test_what_is_no_manifest_is_replaced(body: bytes) -> None:
    store = FakeStore()
    store.put(KEY, body)
    assert publish(store, settings(), manifest("expired")).written
    assert store.body(KEY) == manifest("expired").body


@pytest.mark.parametrize("standing", ["expired", None])
def test_an_expired_manifest_never_replaces_what_another_writer_just_wrote(
    standing: Status | None,
) -> None:
    """OSS can forbid to overwrite, but not compare and swap: what is no better is not written."""
    store = FakeStore()
    if standing:
        store.put(KEY, manifest(standing, "old").body)

    def another_writer(call: Call) -> None:
        if call.operation == "write" and store.count("write") == 2:
            store.put(KEY, manifest("complete").body)

    store.fault = another_writer
    publish(store, settings(), manifest("expired", "new"))
    publish(store, settings(), manifest("expired", "newer"))
    assert store.count("write") >= 2
    assert store.body(KEY) == manifest("complete").body


@pytest.mark.parametrize("fault", [Unreachable("x"), Unauthorized("x"), Immutable("x")])
@pytest.mark.parametrize("operation", ["write", "read"])
def test_a_store_that_fails_is_told_to_the_caller(fault: ServiceError, operation: str) -> None:
    store = FakeStore()
    store.put(KEY, manifest("partial").body)

    def fail(call: Call) -> None:
        if call.operation == operation:
            raise fault

    store.fault = fail
    with pytest.raises(type(fault)):
        publish(store, settings(), manifest("complete"))


def test_a_manifest_the_bucket_protects_stands() -> None:
    """A bucket with a retention rule lets nothing be overwritten, so what stands there counts."""
    store = FakeStore()
    store.put(KEY, manifest("partial").body)

    def protect(call: Call) -> None:
        if call.operation == "write" and (HOME, KEY) in store.objects and store.count("write") > 1:
            raise Immutable("The object is protected.", code="FileImmutable", status=409)

    store.fault = protect
    with pytest.raises(Immutable):
        publish(store, settings(), manifest("complete"))
