"""Many clients at once, a server that is killed amid their writes, and large objects in parts."""

import asyncio
import hashlib
import random
import resource
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import oss2
import pytest

from local.client import LocalCloud
from local.oss.blobs import INLINE_LIMIT
from local.oss.uploads import SMALLEST_PART
from tests.local.conftest import BUCKET, Connect, new_session
from tests.local.test_oss_persistence import MEGABYTE, Zeros, peak_memory

THREADS = 32


# --- killed amid writers -----------------------------------------------------------------------


class Writer(threading.Thread):
    """Writes and deletes objects of its own until the server is gone.

    `known` has what the server has acknowledged: the content of each key, None where it was
    deleted; `doubtful` is the one key whose last write was not answered.
    """

    def __init__(self, cloud: LocalCloud, number: int, generation: int) -> None:
        super().__init__()
        self._cloud = cloud
        self._random = random.Random(1000 * generation + number)
        self._name = f"{generation}-{number}"
        self.known: dict[str, bytes | None] = {}
        self.doubtful = ""
        self.tried: bytes | None = None

    def run(self) -> None:
        session = new_session()
        keys = self._cloud.owner
        auth = oss2.Auth(keys.access_key_id, keys.access_key_secret)
        bucket = oss2.Bucket(auth, self._cloud.oss_endpoint, BUCKET, session=session)
        try:
            while True:
                self._write(bucket)
        except oss2.exceptions.RequestError:
            session.session.close()

    def _write(self, bucket: Any) -> None:
        self.doubtful = key = f"{self._name}/{self._random.randrange(20)}"
        size = self._random.choice([10, 1000, INLINE_LIMIT + 1, 3 * INLINE_LIMIT])
        self.tried = self._random.randbytes(size) if self._random.random() < 0.8 else None
        if self.tried is None:
            bucket.delete_object(key)
        else:
            bucket.put_object(key, self.tried)
        self.known[key] = self.tried
        self.doubtful = ""


def killed_amid_writers(folder: Path, generation: int) -> list[Writer]:
    """Let eight writers at a server and kill it; return them."""
    with LocalCloud.start(folder) as cloud:
        cloud.create_bucket(BUCKET)
        writers = [Writer(cloud, number, generation) for number in range(8)]
        for writer in writers:
            writer.start()
        time.sleep(0.3 + 0.05 * generation)
        cloud.kill()
        for writer in writers:
            writer.join()
    return writers


def check_kept(folder: Path, writers: list[Writer]) -> None:
    """Check that what was acknowledged is there, and nothing is there by half."""
    with LocalCloud.start(folder) as cloud:
        there = set(cloud.list_keys(BUCKET))
        for writer in writers:
            for key, body in writer.known.items():
                if key == writer.doubtful:
                    continue
                assert (cloud.get_object(BUCKET, key) if key in there else None) == body
            if writer.doubtful in there:
                may_be = {writer.tried, writer.known.get(writer.doubtful)}
                assert cloud.get_object(BUCKET, writer.doubtful) in may_be
    files = {path.name for path in (folder / "blobs").iterdir()}
    assert len(files) <= len(there)


def test_killed_server_has_all_that_it_acknowledged(tmp_path: Path) -> None:
    """Whoever was told 200 will never send the object again."""
    writers = killed_amid_writers(tmp_path, 0)
    assert sum(len(writer.known) for writer in writers) > 20
    check_kept(tmp_path, writers)


@pytest.mark.slow
@pytest.mark.soak
def test_server_that_is_killed_twelve_times_loses_nothing(tmp_path: Path) -> None:
    """Each start must also leave alone what the lives before it have written."""
    writers: list[Writer] = []
    for generation in range(1, 13):
        writers += killed_amid_writers(tmp_path, generation)
    check_kept(tmp_path, writers)


# --- races -------------------------------------------------------------------------------------


@pytest.fixture
def race(connect: Connect) -> Iterator[Callable[[Callable[[Any, int], object]], list[str]]]:
    """Make a function that lets 32 threads do something at the same moment.

    It returns what became of each: the code of its error, or an empty text.
    """
    buckets = [connect() for _ in range(THREADS)]
    for bucket in buckets:
        bucket.object_exists("warm-up")
    start = threading.Barrier(THREADS)

    def run(act: Callable[[Any, int], object]) -> list[str]:
        def one(number: int) -> str:
            start.wait()
            try:
                act(buckets[number], number)
            except oss2.exceptions.ServerError as error:
                return str(error.code)
            return ""

        return list(threads.map(one, range(THREADS)))

    with ThreadPoolExecutor(THREADS) as threads:
        yield run


def test_one_of_many_writers_wins(cloud: LocalCloud, race: Any) -> None:
    """Locks of the function are objects that must not exist yet."""
    headers = {"x-oss-forbid-overwrite": "true"}
    told = race(lambda bucket, n: bucket.put_object("lock", b"%d" % n, headers=headers))
    assert sorted(told) == [""] + ["FileAlreadyExists"] * (THREADS - 1)
    assert cloud.get_object(BUCKET, "lock") == b"%d" % told.index("")


def test_object_that_many_replace_is_one_of_theirs(cloud: LocalCloud, race: Any) -> None:
    """A mixture of two contents would be worse than either."""
    bodies = [bytes([n]) * (INLINE_LIMIT + n) for n in range(THREADS)]
    told = race(lambda bucket, n: bucket.put_object("key", bodies[n]))
    assert set(told) == {""}
    assert cloud.get_object(BUCKET, "key") in bodies


def test_one_of_many_appends_at_a_position(cloud: LocalCloud, race: Any) -> None:
    """A log that two append to has each line once, after a second try."""
    told = race(lambda bucket, n: bucket.append_object("log", 0, b"%02d" % n))
    assert sorted(told) == [""] + ["PositionNotEqualToLength"] * (THREADS - 1)
    assert cloud.get_object(BUCKET, "log") == b"%02d" % told.index("")


def test_upload_is_completed_once(cloud: LocalCloud, bucket: Any, race: Any) -> None:
    """The second to complete finds no upload, and no second object event is sent."""
    upload = bucket.init_multipart_upload("key").upload_id
    part = bucket.upload_part("key", upload, 1, b"body")
    parts = [oss2.models.PartInfo(1, part.etag)]
    told = race(lambda bucket, _: bucket.complete_multipart_upload("key", upload, parts))
    assert sorted(told) == [""] + ["NoSuchUpload"] * (THREADS - 1)
    assert cloud.get_object(BUCKET, "key") == b"body"


def test_each_of_many_writes_is_a_version(cloud: LocalCloud, race: Any, bucket: Any) -> None:
    """With versioning nobody's write is lost."""
    cloud.create_bucket(BUCKET, versioning=True)
    assert set(race(lambda one, n: one.put_object("key", b"%d" % n))) == {""}
    versions = bucket.list_object_versions(max_keys=1000).versions
    assert len({each.versionid for each in versions}) == THREADS
    assert [each.is_latest for each in versions] == [True] + [False] * (THREADS - 1)


def meanwhile(act: Callable[[], object], *pieces: bytes) -> Iterator[bytes]:
    """Make a body during which something else happens."""
    yield pieces[0]
    act()
    yield from pieces[1:]


def test_what_happens_during_a_body_counts(cloud: LocalCloud, connect: Connect) -> None:
    """A handler that looks first and reads then would write back what is gone by now."""
    slow, other = connect(cloud.owner), connect(cloud.owner)

    def ask(act: Callable[[], object], method: str, key: str, name: str, *pieces: bytes) -> str:
        body = meanwhile(act, *pieces)
        try:
            slow._do(method, BUCKET, key, params={name: ""}, data=body)
        except oss2.exceptions.ServerError as error:
            return str(error.code)
        return ""

    def delete() -> None:
        other.delete_object("key")

    for method, name, piece in (
        ("POST", "restore", b"<RestoreRequest/>"),
        ("PUT", "tagging", b"<Tagging><TagSet/></Tagging>"),
    ):
        other.put_object("key", b"body", headers={"x-oss-storage-class": "Archive"})
        assert ask(delete, method, "key", name, piece, b" ") == "NoSuchKey"
    rule = (
        b"<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>"
    )
    cors = b"<CORSConfiguration>" + rule + b"</CORSConfiguration>"
    versioning = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    for name, piece, acl in (("cors", cors, "public-read"), ("versioning", versioning, "private")):
        assert ask(lambda acl=acl: other.put_bucket_acl(acl), "PUT", "", name, piece, b" ") == ""  # type: ignore[misc]
        assert other.get_bucket_acl().acl == acl
    assert other.list_object_versions().versions == []


# --- two thousand at once ------------------------------------------------------------------------

IN_FLIGHT = 2000
BODY = bytes(5000)


class Gate:
    """Lets those who wait at it pass once all have come."""

    def __init__(self, number: int) -> None:
        self._missing = number
        self._is_open = asyncio.Event()

    async def wait(self) -> None:
        self._missing -= 1
        if not self._missing:
            self._is_open.set()
        await self._is_open.wait()


async def put_slowly(url: str, gate: Gate) -> int:
    """Send the first half of a body, and the rest once all others have sent theirs."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: laptop\r\n"
    writer.write(f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY[:2500])
    await writer.drain()
    await gate.wait()
    writer.write(BODY[2500:])
    status = int((await reader.readline()).split()[1])
    writer.close()
    await writer.wait_closed()
    return status


@pytest.fixture
def many_sockets() -> Iterator[None]:
    """Let this process and the server that it starts have as many files as they may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < IN_FLIGHT + 500:
        pytest.skip("the machine allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, IN_FLIGHT + 500), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.usefixtures("many_sockets")
def test_two_thousand_writes_are_in_flight(tmp_path: Path) -> None:
    """Each must be answered, whoever else is in the middle of a body."""

    async def all_of_them(urls: list[str]) -> list[int]:
        gate = Gate(len(urls))
        return await asyncio.gather(*(put_slowly(url, gate) for url in urls))

    with LocalCloud.start(tmp_path) as cloud:
        cloud.create_bucket(BUCKET)
        auth = oss2.Auth(cloud.owner.access_key_id, cloud.owner.access_key_secret)
        bucket = oss2.Bucket(auth, cloud.oss_endpoint, BUCKET)
        keys = [f"{number:04}" for number in range(IN_FLIGHT)]
        statuses = asyncio.run(all_of_them([bucket.sign_url("PUT", key, 600) for key in keys]))
        assert set(statuses) == {200}
        assert cloud.list_keys(BUCKET) == keys
        assert cloud.get_object(BUCKET, keys[-1]) == BODY


# --- half a gigabyte in parts --------------------------------------------------------------------

PART = 10 * MEGABYTE
PARTS = 50


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_large_object_in_parts_takes_little_memory(tmp_path: Path) -> None:
    """500 MB come from four threads, become one object, and are read back whole."""
    with LocalCloud.start(tmp_path) as cloud:
        cloud.create_bucket(BUCKET)
        auth = oss2.Auth(cloud.owner.access_key_id, cloud.owner.access_key_secret)
        session = new_session()
        bucket = oss2.Bucket(auth, cloud.oss_endpoint, BUCKET, session=session)
        bucket.put_object("warm-up", bytes(2 * SMALLEST_PART))
        before = peak_memory(cloud.pid)
        upload = bucket.init_multipart_upload("large").upload_id

        def send(number: int) -> Any:
            sent = bucket.upload_part("large", upload, number, Zeros(PART))
            return oss2.models.PartInfo(number, sent.etag, size=PART, part_crc=sent.crc)

        with ThreadPoolExecutor(4) as threads:
            parts = list(threads.map(send, range(1, PARTS + 1)))
        done = bucket.complete_multipart_upload("large", upload, parts)
        assert done.etag.endswith(f"-{PARTS}")
        digest, size, download = hashlib.sha256(), 0, bucket.get_object("large")
        while chunk := download.read(MEGABYTE):
            digest.update(chunk)
            size += len(chunk)
        assert (size, download.client_crc) == (PARTS * PART, done.crc)
        zeros, expected = bytes(MEGABYTE), hashlib.sha256()
        for _ in range(size // MEGABYTE):
            expected.update(zeros)
        assert digest.digest() == expected.digest()
        assert peak_memory(cloud.pid) - before < 64 * MEGABYTE
        session.session.close()
