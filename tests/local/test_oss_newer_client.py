"""The vendor's newer SDK against the local cloud: it signs, encodes and asks in other ways."""

from collections.abc import Callable
from typing import Any

import alibabacloud_oss_v2 as oss
import pytest
import requests
from Crypto.PublicKey import RSA

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


@pytest.mark.parametrize(("vary", "told"), [(True, "Origin"), (False, None)])
def test_rules_for_pages_say_whether_answers_vary(
    *, cloud: LocalCloud, newer: Connect, vary: bool, told: str | None
) -> None:
    """Always or never, whoever asks: caches between page and bucket go by it."""
    client = newer("v4", cloud.owner)
    rule = oss.CORSRule(allowed_origins=["http://page.example"], allowed_methods=["GET"])
    rules = oss.CORSConfiguration(cors_rules=[rule], response_vary=vary)
    client.put_bucket_cors(oss.PutBucketCorsRequest(bucket=BUCKET, cors_configuration=rules))
    kept = client.get_bucket_cors(oss.GetBucketCorsRequest(bucket=BUCKET)).cors_configuration
    assert kept.response_vary is vary
    where = f"{cloud.oss_endpoint}/{BUCKET}/key"
    asked = {"Access-Control-Request-Method": "GET"}
    for method in ("GET", "OPTIONS"):
        for origin in ({}, {"Origin": "http://page.example"}, {"Origin": "http://other.example"}):
            answer = requests.request(method, where, headers={**asked, **origin}, timeout=10)
            assert answer.headers.get("Vary") == told
    client.delete_bucket_cors(oss.DeleteBucketCorsRequest(bucket=BUCKET))
    assert "Vary" not in requests.get(where, timeout=10).headers


def test_encrypted_upload_tells_how_to_go_on(cloud: LocalCloud, newer: Connect) -> None:
    """Another process decrypts the data key, and encrypts the other parts with it."""
    client, size = newer("v4", cloud.owner), 100 * 1024
    pair = RSA.generate(2048)
    public, private = pair.public_key().export_key().decode(), pair.export_key().decode()
    master = oss.crypto.MasterRsaCipher(public_key=public, private_key=private)
    encrypting = oss.EncryptionClient(client, master)
    begun = encrypting.initiate_multipart_upload(
        oss.InitiateMultipartUploadRequest(
            bucket=BUCKET, key="key", cse_part_size=size, cse_data_size=2 * size
        )
    )
    asked = oss.ListPartsRequest(bucket=BUCKET, key="key", upload_id=begun.upload_id)
    listed = encrypting.list_parts(asked)
    assert (listed.client_encryption_part_size, listed.client_encryption_data_size) == (
        *(size, 2 * size),
    )
    assert listed.client_encryption_cek_alg == "AES/CTR/NoPadding"
    assert listed.client_encryption_wrap_alg == "RSA/NONE/PKCS1Padding"
    assert listed.client_encryption_key
    assert listed.client_encryption_start


def test_copy_keeps_what_decrypts_it(cloud: LocalCloud, newer: Connect) -> None:
    """Metadata that is replaced would take the data key away with it."""
    client = newer("v4", cloud.owner)
    encryption = {"client-side-encryption-key": "k", "client-side-encryption-start": "s"}
    metadata = {**encryption, "other": "1"}
    client.put_object(
        oss.PutObjectRequest(bucket=BUCKET, key="key", body=b"body", metadata=metadata)
    )
    replaced = {"metadata_directive": "REPLACE", "metadata": {"new": "2"}}
    client.copy_object(
        oss.CopyObjectRequest(bucket=BUCKET, key="copy", source_key="key", **replaced)
    )
    head = client.head_object(oss.HeadObjectRequest(bucket=BUCKET, key="copy"))
    assert head.metadata == {**encryption, "new": "2"}


def test_upload_in_parts_has_no_type_by_its_ending(cloud: LocalCloud, newer: Connect) -> None:
    """The endings of objects that are written at once do say it, if the client does not."""
    client = newer("v4", cloud.owner)
    begun = client.initiate_multipart_upload(
        oss.InitiateMultipartUploadRequest(
            bucket=BUCKET, key="key.jpg", disable_auto_detect_mime_type=True
        )
    )
    upload: dict[str, Any] = {"bucket": BUCKET, "key": "key.jpg", "upload_id": begun.upload_id}
    client.upload_part(oss.UploadPartRequest(**upload, part_number=1, body=b"body"))
    complete = oss.CompleteMultipartUploadRequest(**upload, complete_all="yes")
    client.complete_multipart_upload(complete)
    head = client.head_object(oss.HeadObjectRequest(bucket=BUCKET, key="key.jpg"))
    assert head.content_type == "application/octet-stream"
