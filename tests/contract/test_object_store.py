"""One contract for the ObjectStore port: the fake and oss2 on the local cloud behave alike."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import islice
from threading import Thread
from typing import Any

import pytest

from local.client import LocalCloud
from mps_manifest.adapters.clock import SystemClock
from mps_manifest.adapters.connections import Connections
from mps_manifest.adapters.credentials import Credentials
from mps_manifest.adapters.oss import OssStore
from mps_manifest.errors import AlreadyExists, Immutable, NotFound, Refused, Unauthorized
from mps_manifest.ports import ObjectStore
from mps_manifest.settings import read_settings
from tests.fakes import HOME, FakeStore

STATE = ".mps-manifest/"


@dataclass
class Subject:
    """A store, and the world's own hand on its objects."""

    store: ObjectStore
    put: Callable[[str, bytes], None]
    deny: Callable[[], None]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as running:
        yield running


def real_store(cloud: LocalCloud, **more: str) -> OssStore:
    environment = {"BUCKET": HOME, "REGION": cloud.region, "OSS_ENDPOINT": cloud.oss_endpoint}
    keys = cloud.credentials
    credentials = Credentials(keys.access_key_id, keys.access_key_secret, keys.security_token)
    return OssStore(read_settings(environment | more), credentials, Connections(32))


def close(store: OssStore) -> None:
    """Close a store's connections, which outlast the stores of an instance."""
    store._session._connections.close()


@pytest.fixture(params=["fake", "oss2"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    if request.param == "fake":
        fake = FakeStore(dated_by=SystemClock())
        yield Subject(fake, fake.put, lambda: fake.denied.add(HOME))
        return
    cloud: LocalCloud = request.getfixturevalue("cloud")
    cloud.reset()
    cloud.create_bucket(HOME)
    store = real_store(cloud)
    actions = ["GetObject", "PutObject", "ListObjects", "DeleteObject"]
    yield Subject(
        store, lambda key, body: _put(cloud, key, body), lambda: cloud.deny(HOME, "", actions)
    )
    close(store)


def _put(cloud: LocalCloud, key: str, body: bytes) -> None:
    cloud.put_object(HOME, key, body)


def test_head_tells_size_etag_and_time(subject: Subject) -> None:
    """Manifests publish these facts, so the fake must neither invent nor omit any of them."""
    subject.put("out/a b+c 视频.mp4", b"hello")
    facts = subject.store.head(HOME, "out/a b+c 视频.mp4")
    assert facts.bytes == 5
    assert facts.etag == "5D41402ABC4B2A76B9719D911017C592"
    assert facts.last_modified is not None
    assert facts.last_modified.endswith("Z")
    assert facts.crc64ecma is not None
    assert facts.crc64ecma.isdigit()


def test_what_is_not_there_is_not_found(subject: Subject) -> None:
    """A missing object must not be mistaken for a store that does not answer."""
    with pytest.raises(NotFound):
        subject.store.head(HOME, "gone")
    with pytest.raises(NotFound):
        subject.store.read(HOME, "gone", 10)


def test_read_stops_at_the_limit(subject: Subject) -> None:
    """A huge object must not fill the memory, yet its true size must be known."""
    subject.put("a", b"0123456789" * 20_000)
    stored = subject.store.read(HOME, "a", 100_001)
    assert len(stored.body) == 100_001
    assert stored.bytes == 200_000


def test_metadata_comes_back_without_its_prefix(subject: Subject) -> None:
    """The prefix is a matter of OSS, and whoever reads metadata must not need to know it."""
    subject.store.write(f"{STATE}a", b"{}", overwrite=False, metadata={"job-id": "x"})
    assert subject.store.read(HOME, f"{STATE}a", 10).metadata["job-id"] == "x"


def test_metadata_is_kept_as_it_is(subject: Subject) -> None:
    """The index is searched for exactly what was written: nothing is decoded or cut."""
    metadata = {
        "user-data-sha256": "0a" * 32,
        "input": f"media-uploads/{'%E5%BD%B1' * 54}/a%20b%2B.mp4"[:512],
        "function": "CaptionExtraction",
    }
    subject.store.write(f"{STATE}b", b"{}", overwrite=False, metadata=metadata)
    found = subject.store.head(HOME, f"{STATE}b").metadata
    assert {name: found[name] for name in metadata} == metadata


def test_write_without_overwrite_keeps_what_is_there(subject: Subject) -> None:
    """Only one of two writers may win, and the other one must learn that it has lost."""
    written = subject.store.write(f"{STATE}a", b"1", overwrite=False)
    with pytest.raises(AlreadyExists):
        subject.store.write(f"{STATE}a", b"2", overwrite=False)
    stored = subject.store.read(HOME, f"{STATE}a", 10)
    assert (stored.body, stored.etag) == (b"1", written.etag)


def test_write_with_overwrite_replaces(subject: Subject) -> None:
    """A manifest can only be improved if its old content really goes."""
    first = subject.store.write(f"{STATE}a", b"1", overwrite=True)
    second = subject.store.write(f"{STATE}a", b"2", overwrite=True)
    assert first != second
    assert subject.store.read(HOME, f"{STATE}a", 10).body == b"2"


def test_keys_come_in_order_of_their_bytes_from_a_prefix_on(subject: Subject) -> None:
    """The backlog is read in the order of its keys, which begin with the time they are due."""
    for key in ("p/b", "p/a", "p/Z", "p/视", "p/é", "q/a"):
        subject.put(key, b"x")
    assert list(subject.store.keys(HOME, "p/")) == ["p/Z", "p/a", "p/b", "p/é", "p/视"]
    assert list(subject.store.keys(HOME, "p/", after="p/a")) == ["p/b", "p/é", "p/视"]
    assert list(subject.store.keys(HOME, "none/")) == []


def test_answers_tell_the_stores_time(subject: Subject) -> None:
    """Refusals do, too: the date lies between the moments of the request and the answer."""
    assert subject.store.dated() is None
    wall, before = time.time(), time.monotonic()
    with pytest.raises(NotFound):
        subject.store.head(HOME, f"{STATE}nothing")
    dated = subject.store.dated()
    assert dated is not None
    assert before <= dated.sent <= dated.received <= time.monotonic()
    assert dated.date in range(int(wall), int(time.time()) + 1)


def test_more_keys_than_a_page_are_listed(subject: Subject) -> None:
    """A listing that stopped after its first page would forget jobs."""
    for number in range(1005):
        subject.put(f"p/{number:05}", b"x")
    assert len(list(subject.store.keys(HOME, "p/"))) == 1005


def test_a_page_says_whether_there_is_more_and_begins_behind_any_text(subject: Subject) -> None:
    """A sweep jumps behind a second of the backlog, to a text that is no key."""
    for number in range(1001):
        subject.put(f"p/1Z/{number:04}", b"x")
    subject.put("p/2Z/a", b"x")
    first = subject.store.page(HOME, "p/")
    assert (len(first.keys), first.keys[-1], first.more) == (1000, "p/1Z/0999", True)
    last = subject.store.page(HOME, "p/", first.keys[-1])
    assert (last.keys, last.more) == (("p/1Z/1000", "p/2Z/a"), False)
    assert subject.store.page(HOME, "p/", "p/1Z0") == (("p/2Z/a",), False)
    assert subject.store.page(HOME, "p/1Z/", "p/1Z/0999") == (("p/1Z/1000",), False)
    assert subject.store.page(HOME, "p/", "p/3Z0") == ((), False)


def test_delete_is_no_error_twice(subject: Subject) -> None:
    """A deletion that is repeated after a lost answer must not fail."""
    subject.store.write(f"{STATE}a", b"1", overwrite=False)
    subject.store.delete(f"{STATE}a")
    subject.store.delete(f"{STATE}a")
    with pytest.raises(NotFound):
        subject.store.head(HOME, f"{STATE}a")


CALLS: list[Callable[[ObjectStore], Any]] = [
    lambda store: store.head(HOME, "a"),
    lambda store: store.read(HOME, "a", 1),
    lambda store: store.write(f"{STATE}a", b"", overwrite=True),
    lambda store: store.delete(f"{STATE}a"),
    lambda store: list(store.keys(HOME, "")),
    lambda store: store.page(HOME, ""),
]


@pytest.mark.parametrize("call", CALLS, ids=["head", "read", "write", "delete", "keys", "page"])
def test_no_permission_is_told_as_such(
    subject: Subject, call: Callable[[ObjectStore], Any]
) -> None:
    """A missing permission needs another remedy than a service that is down."""
    subject.put("a", b"x")
    subject.deny()
    with pytest.raises(Unauthorized):
        call(subject.store)


def test_stream_gives_the_whole_object_in_pieces(subject: Subject) -> None:
    """Files may be larger than the memory, so a stream must not arrive as one piece."""
    body = b"0123456789" * 30_000
    subject.put("a", body)
    stream = subject.store.stream(HOME, "a")
    assert stream.size == len(body)
    pieces = list(stream.chunks)
    stream.close()
    assert b"".join(pieces) == body
    assert len(pieces) > 1


def test_stream_can_be_left_early(subject: Subject) -> None:
    """Readers stop when they know enough, and the store must stay usable."""
    subject.put("a", b"0123456789" * 30_000)
    stream = subject.store.stream(HOME, "a")
    assert next(stream.chunks)
    stream.close()
    assert subject.store.head(HOME, "a").bytes == 300_000


# --- buckets with versioning, and with rules that protect objects ----------------------------


@pytest.fixture(params=["fake", "oss2"])
def versioned(request: pytest.FixtureRequest) -> Iterator[ObjectStore]:
    if request.param == "fake":
        yield FakeStore(versioning=True)
        return
    cloud: LocalCloud = request.getfixturevalue("cloud")
    cloud.reset()
    cloud.create_bucket(HOME, versioning=True)
    store = real_store(cloud)
    yield store
    close(store)


def test_forbid_overwrite_has_no_effect_with_versioning(versioned: ObjectStore) -> None:
    """The fake must share this surprise of OSS, or races would be tested wrongly."""
    first = versioned.write(f"{STATE}a", b"1", overwrite=False)
    second = versioned.write(f"{STATE}a", b"2", overwrite=False)
    assert first.version_id
    assert second.version_id
    found = [version.version_id for version in versioned.versions(f"{STATE}a")]
    assert found == [second.version_id, first.version_id]
    assert versioned.read_version(f"{STATE}a", first.version_id, 9).body == b"1"


def test_withdrawn_version_lets_the_one_beneath_stand(versioned: ObjectStore) -> None:
    """Whoever finds a better manifest beneath its own must be able to give way to it."""
    versioned.write(f"{STATE}a", b"1", overwrite=False)
    second = versioned.write(f"{STATE}a", b"2", overwrite=False)
    assert second.version_id
    versioned.withdraw(f"{STATE}a", second.version_id)
    assert versioned.read(HOME, f"{STATE}a", 9).body == b"1"
    assert len(versioned.versions(f"{STATE}a")) == 1


def test_deletion_leaves_a_mark(versioned: ObjectStore) -> None:
    """A deleted object still has versions, which must not be taken for what stands."""
    versioned.write(f"{STATE}a", b"1", overwrite=False)
    versioned.delete(f"{STATE}a")
    assert [version.etag is None for version in versioned.versions(f"{STATE}a")] == [True, False]
    with pytest.raises(NotFound):
        versioned.head(HOME, f"{STATE}a")


def test_plain_bucket_tells_no_version(subject: Subject) -> None:
    """A version ID would make the publisher treat the bucket as one that keeps versions."""
    assert subject.store.write(f"{STATE}a", b"1", overwrite=False).version_id is None


@pytest.mark.parametrize("kind", ["fake", "oss2"])
def test_protected_objects_are_told_as_such(kind: str, request: pytest.FixtureRequest) -> None:
    """Retries are useless against retention rules, so the error must be recognizable."""
    store: ObjectStore = FakeStore(immutable=True)
    if kind == "oss2":
        cloud: LocalCloud = request.getfixturevalue("cloud")
        cloud.reset()
        cloud.create_bucket(HOME, immutable=True)
        real = real_store(cloud)
        request.addfinalizer(lambda: close(real))
        store = real
    store.write(f"{STATE}a", b"1", overwrite=False)
    with pytest.raises(Immutable):
        store.write(f"{STATE}a", b"2", overwrite=True)
    with pytest.raises(Immutable):
        store.delete(f"{STATE}a")


# --- what only the real one can show ---------------------------------------------------------


@pytest.fixture
def oss(cloud: LocalCloud) -> Iterator[OssStore]:
    cloud.reset()
    cloud.create_bucket(HOME)
    store = real_store(cloud)
    yield store
    close(store)


def test_connections_are_used_again(cloud: LocalCloud, oss: OssStore) -> None:
    """Whatever is asked for, and whether or not the answer was read to its end."""
    cloud.put_object(HOME, "a", b"12345")
    for number in range(20):
        oss.head(HOME, "a")
        oss.write(f"{STATE}{number}", b"x", overwrite=False)
        oss.delete(f"{STATE}{number}")
        oss.read(HOME, "a", 100)
        list(oss.keys(HOME, ""))
    pools = oss._session._connections._pools.values()
    assert [pool.num_connections for pool in pools] == [1]


def test_a_page_more_is_read_only_when_asked_for(cloud: LocalCloud, oss: OssStore) -> None:
    """A sweep that needs a few keys must not list a bucket of millions."""
    cloud.put_objects(HOME, {f"p/{number:05}": b"" for number in range(2500)})
    cloud.reset_requests()
    assert len(list(islice(oss.keys(HOME, "p/"), 1000))) == 1000
    assert [request.action for request in cloud.requests()] == ["ListObjects"]


def test_nothing_is_written_outside_the_two_prefixes(cloud: LocalCloud, oss: OssStore) -> None:
    """A bug of ours must not be able to overwrite or delete the customer's media."""
    for key in ("jobs/a", "a", "manifest", ".mps-manifest"):
        with pytest.raises(Refused):
            oss.write(key, b"", overwrite=True)
        with pytest.raises(Refused):
            oss.delete(key)
    with pytest.raises(Refused):
        oss.head("another-bucket", "a")
    assert not cloud.requests()


def test_version_of_an_object_is_told(cloud: LocalCloud, oss: OssStore) -> None:
    """A manifest names the version that it describes, which HEAD has to report."""
    cloud.reset()
    cloud.create_bucket(HOME, versioning=True)
    cloud.put_object(HOME, "a", b"1")
    assert oss.head(HOME, "a").version_id


def test_home_bucket_can_be_one_whose_results_may_not_be_read(cloud: LocalCloud) -> None:
    """BUCKET need not be in ALLOWED_BUCKETS: state and manifests are read all the same."""
    cloud.reset()
    cloud.create_bucket(HOME)
    store = real_store(cloud, ALLOWED_BUCKETS="results-bucket")
    store.write(f"{STATE}a", b"1", overwrite=False)
    assert store.read(HOME, f"{STATE}a", 10).body == b"1"
    close(store)


def test_a_bucket_is_asked_about_versions_once_however_many_want_to_know(
    cloud: LocalCloud,
) -> None:
    """Many threads start together, and one question from each would be a burst of requests."""
    cloud.reset()
    cloud.create_bucket(HOME)
    store = real_store(cloud)
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(lambda _: store.versioned(), range(8)))
    close(store)
    actions = [request.action for request in cloud.requests()]
    assert actions == ["GetBucketVersioning"]


def test_encoded_object_comes_as_it_is_stored(cloud: LocalCloud) -> None:
    """Size, ranges and checksums are of these bytes; whoever reads decodes them with a limit."""
    cloud.reset()
    cloud.create_bucket(HOME)
    store, body = real_store(cloud), gzip.compress(bytes(100_000))
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/x-subrip"}
    store._bucket(HOME).put_object("out/a.srt", body, headers=headers)
    facts = store.head(HOME, "out/a.srt")
    assert (facts.bytes, facts.content_encoding) == (len(body), "gzip")
    assert store.read_range(HOME, "out/a.srt", 0, len(body), facts.etag) == body
    assert store.read(HOME, "out/a.srt", 1_000_000).body == body
    assert b"".join(store.stream(HOME, "out/a.srt").chunks) == body
    close(store)


def test_nothing_is_to_be_compressed_on_its_way(cloud: LocalCloud) -> None:
    """OSS compresses some files for whoever takes that, and then says neither size nor ETag."""
    asked: list[str | None] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Accept-Encoding"])
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        store = real_store(cloud, OSS_ENDPOINT=f"http://127.0.0.1:{server.server_port}")
        assert store.read(HOME, "a", 10).body == b"{}"
        close(store)
        server.shutdown()
    assert asked == ["identity"]
