"""The vendor's newer SDK against the local cloud: it signs, encodes and asks in other ways."""

from collections.abc import Callable
from typing import Any

import alibabacloud_oss_v2 as oss
import pytest
import requests

from local.client import LocalCloud
from local.identity import Identity
from tests.local.conftest import BUCKET

VERSIONS = ("v1", "v4")
KEY = "dir/a b+汉%2F.txt"

Connect = Callable[[str, Identity], Any]


@pytest.fixture
def newer(cloud: LocalCloud) -> Connect:
    """Make clients of an identity with a version of the signature."""

    def make(version: str, who: Identity) -> Any:
        config = oss.config.load_default()
        config.credentials_provider = oss.credentials.StaticCredentialsProvider(
            who.access_key_id, who.access_key_secret, who.security_token or None
        )
        config.region, config.endpoint = cloud.region, cloud.oss_endpoint
        config.signature_version = version
        config.retry_max_attempts = 1
        return oss.Client(config)

    return make


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("who", ["owner", "credentials"])
def test_objects_come_and_go(cloud: LocalCloud, newer: Connect, version: str, who: str) -> None:
    """With permanent keys and with a token, which version 1 sends under a name of its own."""
    client = newer(version, getattr(cloud, who))
    put = oss.PutObjectRequest(bucket=BUCKET, key=KEY, body=b"body", metadata={"a": "1"})
    assert client.put_object(put).status_code == 200
    got = client.get_object(oss.GetObjectRequest(bucket=BUCKET, key=KEY))
    assert (got.body.content, got.metadata["a"]) == (b"body", "1")
    listed = client.list_objects_v2(oss.ListObjectsV2Request(bucket=BUCKET, prefix="dir/"))
    assert [(each.key, each.owner) for each in listed.contents] == [(KEY, None)]
    url = client.presign(oss.GetObjectRequest(bucket=BUCKET, key=KEY)).url
    assert requests.get(url, timeout=10).content == b"body"
    client.delete_object(oss.DeleteObjectRequest(bucket=BUCKET, key=KEY))
    assert cloud.list_keys(BUCKET) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_missing_is_refused(cloud: LocalCloud, newer: Connect, version: str) -> None:
    """Its errors have the code, and nothing has changed."""
    client = newer(version, cloud.owner)
    cloud.put_object(BUCKET, KEY, b"body")
    calls: tuple[Callable[[], object], ...] = (
        lambda: client.delete_bucket_tags(oss.DeleteBucketTagsRequest(bucket=BUCKET)),
        lambda: client.delete_bucket_policy(oss.DeleteBucketPolicyRequest(bucket=BUCKET)),
        lambda: client.delete_bucket_lifecycle(oss.DeleteBucketLifecycleRequest(bucket=BUCKET)),
        lambda: client.put_object(
            oss.PutObjectRequest(bucket=BUCKET, key=KEY, body=b"x", callback="e30=")
        ),
        lambda: client.put_object(
            oss.PutObjectRequest(bucket=BUCKET, key=KEY, body=b"x", server_side_encryption="KMS")
        ),
    )
    for call in calls:
        with pytest.raises(oss.exceptions.OperationError) as refused:
            call()
        error = refused.value.unwrap()
        assert (error.status_code, error.code) == (501, "NotImplemented")
    assert cloud.get_object(BUCKET, KEY) == b"body"


def test_managers_move_large_files_in_parts(
    cloud: LocalCloud, newer: Connect, tmp_path: Any
) -> None:
    """Uploader, copier and downloader cut files, and check the whole by its checksum."""
    client, source = newer("v4", cloud.owner), tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 2048)
    parts = {"part_size": 102_400, "parallel_num": 3}
    wanted = oss.PutObjectRequest(bucket=BUCKET, key="large")
    client.uploader(**parts).upload_file(wanted, str(source))
    copy = oss.CopyObjectRequest(bucket=BUCKET, key="copy", source_key="large")
    client.copier(multipart_copy_threshold=0, **parts).copy(copy)
    back = tmp_path / "back"
    read = oss.GetObjectRequest(bucket=BUCKET, key="copy")
    client.downloader(**parts).download_file(read, str(back))
    assert back.read_bytes() == source.read_bytes()


def test_lists_have_pages(cloud: LocalCloud, newer: Connect) -> None:
    """Its paginators go on until a page says that it is the last."""
    client = newer("v4", cloud.owner)
    cloud.create_bucket(BUCKET, versioning=True)
    for key in ("a", "b/1", "b/2", "c"):
        for body in (b"1", b"2"):
            client.put_object(oss.PutObjectRequest(bucket=BUCKET, key=key, body=body))
        client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=BUCKET, key=key))
    versions = oss.ListObjectVersionsRequest(bucket=BUCKET, max_keys=3)
    found = [
        each.key
        for page in client.list_object_versions_paginator().iter_page(versions)
        for each in page.version
    ]
    assert found == ["a", "a", "b/1", "b/1", "b/2", "b/2", "c", "c"]
    uploads = oss.ListMultipartUploadsRequest(bucket=BUCKET, max_uploads=3)
    begun = [
        each.key
        for page in client.list_multipart_uploads_paginator().iter_page(uploads)
        for each in page.uploads
    ]
    assert begun == ["a", "b/1", "b/2", "c"]
