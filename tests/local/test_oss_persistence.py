import contextlib
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import oss2
import pytest

from local.client import ControlError, LocalCloud
from local.data_folder import LOCK_NAME, FolderInUseError, FolderLock
from local.jobs.plan import JobPlan
from tests.local.conftest import BUCKET, new_session
from tests.waiting import wait_until

LARGE = bytes(range(256)) * 1024
MEGABYTE = 1024 * 1024
BIG = 300 * MEGABYTE


@contextlib.contextmanager
def connected(cloud: LocalCloud) -> Iterator[Any]:
    key = cloud.credentials
    auth = oss2.StsAuth(key.access_key_id, key.access_key_secret, key.security_token)
    session = new_session()
    yield oss2.Bucket(auth, cloud.oss_endpoint, BUCKET, session=session)
    session.session.close()


@pytest.mark.parametrize("end", [LocalCloud.close, LocalCloud.kill])
def test_restart_keeps_everything(tmp_path: Path, end: Callable[[LocalCloud], None]) -> None:
    """A killed server loses no object that it has acknowledged."""
    with LocalCloud.start(tmp_path) as cloud, connected(cloud) as bucket:
        cloud.create_bucket(BUCKET, versioning=True)
        first = bucket.put_object("small", b"1", headers={"x-oss-meta-a": "1"}).versionid
        bucket.put_object("small", b"2")
        bucket.put_object("large", LARGE)
        upload = bucket.init_multipart_upload("parts").upload_id
        etag = bucket.upload_part("parts", upload, 1, LARGE).etag
        cloud.put_job({"JobId": "0" * 32, "State": "Success"}, JobPlan(queuing_queries=1))
        end(cloud)
    with LocalCloud.start(tmp_path) as cloud, connected(cloud) as bucket:
        assert cloud.list_keys(BUCKET) == ["large", "small"]
        assert bucket.get_object("large").read() == LARGE
        assert bucket.get_object("small").read() == b"2"
        old = bucket.get_object("small", params={"versionId": first})
        assert (old.read(), old.headers["x-oss-meta-a"]) == (b"1", "1")
        parts = [oss2.models.PartInfo(1, etag)]
        bucket.complete_multipart_upload("parts", upload, parts)
        bucket.put_object("small", b"3")
        assert bucket.get_object("small").read() == b"3"
        assert bucket.get_object("parts").read() == LARGE


def test_files_go_with_their_objects(tmp_path: Path) -> None:
    """Files of replaced, refused or deleted objects would slowly fill the disk."""
    with LocalCloud.start(tmp_path) as cloud, connected(cloud) as bucket:
        cloud.create_bucket(BUCKET)
        blobs = tmp_path / "blobs"
        bucket.put_object("key", LARGE)
        bucket.put_object("key", LARGE + b"!")
        assert len(list(blobs.iterdir())) == 1
        with pytest.raises(oss2.exceptions.InvalidDigest):
            bucket.put_object("key", LARGE, headers={"Content-MD5": "wrong"})
        assert len(list(blobs.iterdir())) == 1
        bucket.delete_object("key")
        assert list(blobs.iterdir()) == []


def test_leftover_of_a_killed_upload_is_swept(tmp_path: Path) -> None:
    """No object refers to a half-written file, so nobody else would ever remove it."""
    leftover = tmp_path / "blobs" / f"{77:012x}"
    leftover.parent.mkdir()
    leftover.write_bytes(b"half an upload")
    with LocalCloud.start(tmp_path):
        assert not leftover.exists()


def test_files_of_others_are_neither_fatal_nor_deleted(tmp_path: Path) -> None:
    """File managers leave files everywhere, and a folder may hold something else as well."""
    (tmp_path / "blobs" / f"{78:012x}").mkdir(parents=True)
    strangers = [tmp_path / "blobs" / name for name in (".DS_Store", "beef", "0x4d", "²", "1_0")]
    strangers.append(tmp_path / "notes.txt")
    for path in strangers:
        path.write_bytes(b"mine")
    with LocalCloud.start(tmp_path) as cloud:
        cloud.reset()
    assert [path.read_bytes() for path in strangers] == [b"mine"] * len(strangers)


def test_a_folder_in_use_is_refused_and_its_holder_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Two servers over one folder delete each other's acknowledged objects."""
    with LocalCloud.start(tmp_path) as cloud, connected(cloud) as bucket:
        cloud.create_bucket(BUCKET)
        bucket.put_object("key", LARGE)
        with pytest.raises(ControlError, match="did not start: exit status 1"):
            LocalCloud.start(tmp_path)
        said = capfd.readouterr().err
        assert f"{tmp_path} is in use by process {cloud.pid} (" in said
        assert "-m local.cloud" in said
        assert "Traceback" not in said
        assert bucket.get_object("key").read() == LARGE
        cloud.kill()
    with LocalCloud.start(tmp_path) as cloud, connected(cloud) as bucket:
        assert bucket.get_object("key").read() == LARGE


@pytest.mark.parametrize("written", [b"", b"{", b"[]", b'{"pid": 1}', b"\xff"])
def test_a_lock_without_a_name_still_holds(tmp_path: Path, written: bytes) -> None:
    """A holder may not have come to writing its name, or the file may have been edited."""
    lock = FolderLock(tmp_path)
    (tmp_path / LOCK_NAME).write_bytes(written)
    with pytest.raises(FolderInUseError, match="is in use by another process"):
        FolderLock(tmp_path)
    lock.release()
    FolderLock(tmp_path).release()


def test_reader_of_a_replaced_object_gets_the_old_one_whole(tmp_path: Path) -> None:
    """Deleting or replacing an object must not tear the bytes out from under a reader."""
    data = LARGE * 32
    with LocalCloud.start(tmp_path) as cloud, connected(cloud) as bucket:
        cloud.create_bucket(BUCKET)
        bucket.put_object("key", data)
        reading = bucket.get_object("key")
        head = reading.read(1)
        cloud.put_object(BUCKET, "key", b"new")
        assert head + reading.read() == data
        assert bucket.get_object("key").read() == b"new"
        wait_until(lambda: not list((tmp_path / "blobs").iterdir()), "the blobs are gone")


class Zeros:
    """A body of zeros that is never in memory as a whole."""

    def __init__(self, size: int) -> None:
        self.left = size

    def __len__(self) -> int:
        return self.left

    def read(self, amount: int = -1) -> bytes:
        taken = self.left if amount < 0 else min(amount, self.left)
        self.left -= taken
        return bytes(taken)


def peak_memory(pid: int) -> int:
    """Return the most memory a process ever held, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_big_object_streams_through_little_memory(tmp_path: Path) -> None:
    """300 MB up and down again must not leave the server's memory."""
    with LocalCloud.start(tmp_path) as cloud, connected(cloud) as bucket:
        cloud.create_bucket(BUCKET)
        bucket.put_object("warm-up", LARGE)
        bucket.get_object("warm-up").read()
        before = peak_memory(cloud.pid)
        bucket.put_object("big", Zeros(BIG))
        digest = hashlib.sha256()
        size = 0
        download = bucket.get_object("big")
        while chunk := download.read(MEGABYTE):
            digest.update(chunk)
            size += len(chunk)
        assert size == BIG
        assert digest.digest() == hashlib.sha256(bytes(BIG)).digest()
        assert peak_memory(cloud.pid) - before < 32 * MEGABYTE
        put, get = cloud.requests()[-2:]
        assert (put.bytes_in, get.bytes_out) == (BIG, BIG)


def test_server_ends_with_its_standard_input(tmp_path: Path) -> None:
    """A cloud whose parent was killed must not run on as an orphan."""
    cloud = LocalCloud.start(tmp_path)
    process = cloud._process
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) == 0
    cloud.close()


@pytest.mark.parametrize("name", ["data", "data/blobs", "data/cloud.sqlite3"])
def test_server_that_cannot_start_is_told(
    tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """A failed start must be reported instead of being waited for, with what is in the way."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("in the way" * 100)
    with pytest.raises(ControlError, match=r"did not start: exit status 1$"):
        LocalCloud.start(tmp_path / "data")
    said = capfd.readouterr().err
    assert str(path) in said
    assert "Traceback" not in said
    assert path.read_text() == "in the way" * 100
