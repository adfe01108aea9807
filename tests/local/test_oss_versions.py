import re
from typing import Any
from urllib.parse import unquote

import oss2
import pytest
import requests

from local.client import LocalCloud
from tests.local.conftest import Connect

NAME = "versioned-bucket"


@pytest.fixture
def versioned(cloud: LocalCloud, connect: Connect) -> Any:
    cloud.create_bucket(NAME, versioning=True)
    return connect(bucket=NAME)


def test_each_put_makes_a_version(versioned: Any) -> None:
    """With versioning nothing is overwritten, so older content must remain readable."""
    first = versioned.put_object("key", b"first").versionid
    second = versioned.put_object("key", b"second").versionid
    assert first != second
    assert versioned.get_object("key").read() == b"second"
    assert versioned.head_object("key").versionid == second
    assert versioned.get_object("key", params={"versionId": first}).read() == b"first"
    assert [found.key for found in oss2.ObjectIterator(versioned)] == ["key"]


def test_deletion_hides_and_undeletion_restores(versioned: Any) -> None:
    """With versioning a deletion only marks, and removing the mark must undo it."""
    put = versioned.put_object("key", b"first").versionid
    marker = versioned.delete_object("key")
    assert marker.delete_marker
    with pytest.raises(oss2.exceptions.NoSuchKey) as gone:
        versioned.head_object("key")
    assert gone.value.headers["x-oss-delete-marker"] == "true"
    assert versioned.get_object("key", params={"versionId": put}).read() == b"first"
    versioned.delete_object("key", params={"versionId": marker.versionid})
    assert versioned.get_object("key").read() == b"first"


def test_older_version_comes_back_when_the_newest_is_erased(versioned: Any) -> None:
    """By erasing its own version the function gives way to a better manifest."""
    versioned.put_object("key", b"first")
    second = versioned.put_object("key", b"second").versionid
    versioned.delete_object("key", params={"versionId": second})
    assert versioned.get_object("key").read() == b"first"
    with pytest.raises(oss2.exceptions.ServerError) as gone:
        versioned.get_object("key", params={"versionId": second})
    assert (gone.value.status, gone.value.code) == (404, "NoSuchVersion")


def test_suspended_versioning_replaces_only_its_own(versioned: Any) -> None:
    """Suspending must not cost the versions that were kept before."""
    kept = versioned.put_object("key", b"kept").versionid
    versioned.put_bucket_versioning(oss2.models.BucketVersioningConfig("Suspended"))
    assert versioned.get_bucket_versioning().status == "Suspended"
    assert versioned.put_object("key", b"null one").versionid == "null"
    assert versioned.copy_object(NAME, "key", "copy").versionid == "null"
    versioned.delete_object("copy", params={"versionId": "null"})
    versioned.put_object("key", b"null two")
    listed = versioned.list_object_versions().versions
    assert [version.versionid for version in listed] == ["null", kept]
    assert versioned.get_object("key").read() == b"null two"


@pytest.mark.parametrize("size", [1, 2, 100])
def test_versions_are_listed_newest_first_on_any_page_size(versioned: Any, size: int) -> None:
    """A version lost between pages, or a wrong latest flag, would hide what really stands."""
    expected = []
    for key in ("a", "b 汉", "c"):
        ids = [versioned.put_object(key, b"%d" % number).versionid for number in range(3)]
        expected += [(key, version) for version in reversed(ids)]
    marker = versioned.delete_object("b 汉").versionid
    expected.insert(3, ("b 汉", marker))
    found: list[tuple[str, str]] = []
    latest = []

    def see(answer: requests.Response, **_: object) -> None:
        """Read the entries in the order of the answer: oss2 sorts them by their kind."""
        entries = re.findall("<Key>(.*?)</Key>.*?<VersionId>(.*?)</VersionId>", answer.text)
        found.extend((unquote(key), version) for key, version in entries)

    versioned.session.session.hooks["response"].append(see)
    key_marker, version_marker = "", ""
    while True:
        page = versioned.list_object_versions(
            key_marker=key_marker, versionid_marker=version_marker, max_keys=size
        )
        entries = [*page.versions, *page.delete_marker]
        latest += [entry.versionid for entry in entries if entry.is_latest]
        if not page.is_truncated:
            break
        key_marker, version_marker = page.next_key_marker, page.next_versionid_marker
    assert found == expected
    assert set(latest) == {expected[0][1], marker, expected[7][1]}
    assert len(latest) == 3


def test_bucket_with_versions_is_not_empty(versioned: Any) -> None:
    """Old versions and marks count, or deleting the bucket would destroy what was kept."""
    put = versioned.put_object("key", b"").versionid
    marker = versioned.delete_object("key").versionid
    with pytest.raises(oss2.exceptions.BucketNotEmpty):
        versioned.delete_bucket()
    for version in (put, marker):
        versioned.delete_object("key", params={"versionId": version})
    versioned.delete_bucket()


def test_bucket_describes_itself(versioned: Any, cloud: LocalCloud) -> None:
    """Tools read region, versioning and usage of a bucket from here, so all must be right."""
    info = versioned.get_bucket_info()
    assert (info.name, info.location) == (NAME, f"oss-{cloud.region}")
    assert info.versioning_status == "Enabled"
    assert versioned.get_bucket_location().location == f"oss-{cloud.region}"
    versioned.put_object("key", b"12345")
    stat = versioned.get_bucket_stat()
    assert (stat.object_count, stat.storage_size_in_bytes) == (1, 5)
    versioned.delete_object("key")
    stat = versioned.get_bucket_stat()
    assert (stat.object_count, stat.delete_marker_count) == (0, 1)


def test_buckets_are_created_and_listed(cloud: LocalCloud, connect: Connect) -> None:
    """Creating a bucket twice is no error in OSS, and a deleted one must be gone."""
    bucket = connect(cloud.owner, bucket="new-bucket")
    bucket.create_bucket()
    bucket.create_bucket()
    service = oss2.Service(bucket.auth, cloud.oss_endpoint, session=bucket.session)
    assert "new-bucket" in [found.name for found in service.list_buckets().buckets]
    bucket.delete_bucket()
    with pytest.raises(oss2.exceptions.NoSuchBucket):
        bucket.get_bucket_info()


def test_bad_bucket_name_is_refused(cloud: LocalCloud, connect: Connect) -> None:
    """The name is one that oss2 lets pass and OSS does not."""
    bucket = connect(cloud.owner, bucket="fine")
    bucket.bucket_name = "Not_Fine"
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket.create_bucket()
    assert (refused.value.status, refused.value.code) == (400, "InvalidBucketName")
