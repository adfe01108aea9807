"""What documents and the vendor's own tests pin down, through its SDK and on the bare wire."""

import base64
import hashlib
import re
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import oss2
import pytest
import requests

from local.client import LocalCloud
from local.identity import Identity
from local.oss.errors import OssError
from local.oss.model import RESTORED, Attributes, Content, StoredObject
from local.oss.restoring import check_restored, restore_info
from local.oss.uploads import SMALLEST_PART
from tests.local.conftest import BUCKET, Connect

TEN = b"0123456789"
NOWHERE = "no-such-bucket"


def xml(bucket: Any, params: Mapping[str, str], method: str = "GET", key: str = "") -> str:
    """Ask something that oss2 signs, and return the text of the answer."""
    body = bucket._do(method, bucket.bucket_name, key, params=dict(params)).read()
    return str(body.decode())


def refused(call: Any) -> tuple[int, str]:
    """Return status and code of a call that must fail."""
    with pytest.raises(oss2.exceptions.ServerError) as told:
        call()
    return told.value.status, told.value.code


# --- listings --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3, 4, 1000])
def test_uploads_are_listed_in_pages(bucket: Any, size: int) -> None:
    """Whoever cleans up must see each upload once, by key and then by ID."""
    expected = []
    for key in ("a/1", "a/2", "b"):
        ids = sorted(bucket.init_multipart_upload(key).upload_id for _ in range(3))
        expected += [(key, each) for each in ids]
    found = oss2.MultipartUploadIterator(bucket, max_uploads=size)
    assert [(each.key, each.upload_id) for each in found] == expected
    of_one = oss2.ObjectUploadIterator(bucket, "a/2", max_uploads=size)
    assert [(each.key, each.upload_id) for each in of_one] == expected[3:6]
    grouped = list(oss2.MultipartUploadIterator(bucket, delimiter="/", max_uploads=size))
    assert [each.key for each in grouped if each.is_prefix()] == ["a/"]
    assert [each.upload_id for each in grouped if not each.is_prefix()] == [
        each for _, each in expected[6:]
    ]


@pytest.mark.parametrize("value", ["0", "1001", "x"])
def test_size_of_a_page_of_uploads_has_limits(bucket: Any, value: str) -> None:
    """A wrong size is a mistake, not a wish for the default."""
    asked = {"uploads": "", "max-uploads": value}
    assert refused(lambda: xml(bucket, asked)) == (400, "InvalidArgument")


def test_buckets_are_listed_in_pages(cloud: LocalCloud, connect: Connect) -> None:
    """An account may have a hundred buckets, and tools look for theirs by a prefix."""
    for name in ("tool-1", "tool-2", "tool-3", "zoo"):
        cloud.create_bucket(name)
    auth = connect(cloud.owner)
    service = oss2.Service(auth.auth, cloud.oss_endpoint, session=auth.session)
    page = service.list_buckets(prefix="tool-", max_keys=2)
    assert [found.name for found in page.buckets] == ["tool-1", "tool-2"]
    assert (page.is_truncated, page.next_marker) == (True, "tool-2")
    rest = service.list_buckets(prefix="tool-", marker="tool-2", max_keys=2)
    assert ([found.name for found in rest.buckets], rest.is_truncated) == (["tool-3"], False)
    everything = [found.name for found in oss2.BucketIterator(service, max_keys=1)]
    assert everything == [BUCKET, "tool-1", "tool-2", "tool-3", "zoo"]
    assert page.buckets[0].extranet_endpoint == cloud.oss_endpoint


def test_owners_are_listed_where_they_are_asked_for(bucket: Any) -> None:
    """The first version of the listing always has them, the second only on request."""
    bucket.put_object("key", TEN)
    assert bucket.list_objects().object_list[0].owner.id
    assert bucket.list_objects_v2().object_list[0].owner is None
    assert bucket.list_objects_v2(fetch_owner=True).object_list[0].owner.id


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_versions_are_grouped_by_a_delimiter(
    cloud: LocalCloud, connect: Connect, size: int
) -> None:
    """A folder is one entry, however many versions are in it."""
    cloud.create_bucket("versioned-bucket", versioning=True)
    bucket = connect(bucket="versioned-bucket")
    for key in ("a", "b/1", "b/2", "c/1", "d"):
        bucket.put_object(key, b"1")
        bucket.put_object(key, b"2")
    versions, prefixes, key, version = [], [], "", ""
    while True:
        page = bucket.list_object_versions(
            delimiter="/", max_keys=size, key_marker=key, versionid_marker=version
        )
        versions += [(each.key, each.is_latest) for each in page.versions]
        prefixes += page.common_prefix
        if not page.is_truncated:
            break
        key, version = page.next_key_marker, page.next_versionid_marker
    assert versions == [("a", True), ("a", False), ("d", True), ("d", False)]
    assert prefixes == ["b/", "c/"]


@pytest.mark.parametrize("name", ["prefix", "delimiter", "key-marker", "version-id-marker"])
def test_parameters_of_listings_are_no_longer_than_keys(bucket: Any, name: str) -> None:
    """What no key can begin with is a mistake, not an empty list."""
    asked = {"versions": "", name: "a" * 1025}
    assert refused(lambda: xml(bucket, asked)) == (400, "InvalidArgument")


ODD = "a\x01 汉&<b>"


def test_all_lists_encode_keys_on_request(bucket: Any) -> None:
    """XML has no way to write some characters, which keys may have."""
    coded = quote(ODD)
    encoded = {"encoding-type": "url"}
    started = xml(bucket, {"uploads": "", **encoded}, "POST", ODD)
    upload = started.partition("<UploadId>")[2].partition("<")[0]
    part = bucket.upload_part(ODD, upload, 1, TEN)
    for answer in (
        started,
        xml(bucket, {"uploads": "", "prefix": ODD, "key-marker": ODD[:1], **encoded}),
        xml(bucket, {"uploadId": upload, **encoded}, key=ODD),
    ):
        assert f"<Key>{coded}</Key>" in answer
        assert "<EncodingType>url</EncodingType>" in answer
    parts = oss2.xml_utils.to_complete_upload_request([oss2.models.PartInfo(1, part.etag)])
    params = {"uploadId": upload, **encoded}
    done = bucket._do("POST", BUCKET, ODD, params=params, data=parts).read().decode()
    assert f"<Key>{coded}</Key>" in done
    for listing in ({}, {"list-type": "2"}, {"versions": ""}):
        asked = {"prefix": ODD, "delimiter": "\x01x", **listing, **encoded}
        answer = xml(bucket, asked)
        for name, text in (("Key", ODD), ("Prefix", ODD), ("Delimiter", "\x01x")):
            assert f"<{name}>{quote(text)}</{name}>" in answer
    assert refused(lambda: xml(bucket, {"encoding-type": "base64"})) == (400, "InvalidArgument")


@pytest.mark.parametrize("form", ["{0}", "&#{1};", "&#x{1:02x};"])
def test_keys_with_control_characters_are_deleted(
    cloud: LocalCloud, bucket: Any, form: str
) -> None:
    """SDKs write them into their XML, where strictly none may stand, and OSS reads them."""
    keys = ["a\x01b", "a\x0cb", "a\x1fb", "a\U0010fe00b"]
    cloud.put_objects(BUCKET, dict.fromkeys([*keys, "ab"], TEN))
    written = [re.sub("[\x01-\x1f]", lambda c: form.format(c[0], ord(c[0])), key) for key in keys]
    body = "".join(f"<Object><Key>{key}</Key></Object>" for key in written)
    sent = {"params": {"delete": "", "encoding-type": "url"}, "data": f"<Delete>{body}</Delete>"}
    answer = bucket._do("POST", BUCKET, "", **sent).read().decode()
    assert [quote(key) in answer for key in keys] == [True] * 4
    assert cloud.list_keys(BUCKET) == ["ab"]


# --- objects ---------------------------------------------------------------------------------


def test_headers_of_the_object_are_kept(bucket: Any) -> None:
    """Players and browsers go by them."""
    kept = {
        "Cache-Control": "no-cache",
        "Content-Disposition": "attachment",
        "Content-Encoding": "utf-8",
        "Content-Language": "zh-CN",
        "Expires": "Fri, 28 Feb 2042 05:38:42 GMT",
    }
    bucket.put_object("key", TEN, headers=kept)
    bucket.copy_object(BUCKET, "key", "copy")
    for key in ("key", "copy"):
        headers = bucket.head_object(key).headers
        assert {name: headers[name] for name in kept} == kept
    replaced = {"x-oss-metadata-directive": "REPLACE", "Expires": "0"}
    bucket.put_object("key", TEN, headers=kept | {"Content-Type": "text/plain"})
    bucket.copy_object(BUCKET, "key", "copy", headers=replaced)
    headers = bucket.head_object("copy").headers
    assert (headers["Content-Type"], headers["Expires"]) == ("text/plain", "0")
    assert "Content-Language" not in headers


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("film.mp4", "video/mp4"),
        ("a/b.JSON", "application/json"),
        ("page.html", "text/html"),
        ("texts.tar.gz", "application/octet-stream"),
        ("no-ending", "application/octet-stream"),
    ],
)
def test_ending_of_the_key_tells_the_type(
    cloud: LocalCloud, key: str, expected: str, connect: Connect
) -> None:
    """Who sends no Content-Type gets the one of the ending."""
    url = connect(cloud.owner).sign_url("PUT", key, 60)
    assert requests.put(url, data=TEN, timeout=10).status_code == 200
    head = requests.head(connect(cloud.owner).sign_url("HEAD", key, 60), timeout=10)
    assert head.headers["Content-Type"] == expected


def test_answers_have_checksum_and_time(bucket: Any) -> None:
    """SDKs compare what came with what OSS says of it."""
    digest = base64.b64encode(hashlib.md5(TEN, usedforsecurity=False).digest()).decode()
    put = bucket.put_object("key", TEN)
    part = bucket.upload_part("p", bucket.init_multipart_upload("p").upload_id, 1, TEN)
    for found in (put, bucket.get_object("key"), bucket.head_object("key"), part):
        assert found.headers["Content-MD5"] == digest
        assert found.headers["x-oss-server-time"].isdigit()
        assert found.headers["Server"] == "AliyunOSS"
    with pytest.raises(oss2.exceptions.NoSuchKey) as missing:
        bucket.get_object("nothing")
    assert missing.value.headers["Server"] == "AliyunOSS"


@pytest.mark.parametrize("size", [1024, 300_000])
def test_text_is_compressed_for_whoever_accepts_it(bucket: Any, size: int) -> None:
    """Most HTTP clients accept gzip without being asked, and then learn neither size nor ETag."""
    text = b"0123456789abcdef" * (size // 16)
    for key, kind in (("a.json", "application/json; charset=utf-8"), ("b.mp4", "video/mp4")):
        bucket.put_object(key, text, headers={"Content-Type": kind})
        url = bucket.sign_url("GET", key, 60)
        answer = requests.get(url, timeout=10)
        is_packed = kind.startswith("application/json")
        assert answer.content == text
        assert answer.headers.get("Content-Encoding") == ("gzip" if is_packed else None)
        assert ("Content-Length" in answer.headers, "ETag" in answer.headers) == (
            not is_packed,
            not is_packed,
        )
        plain = requests.get(url, headers={"Accept-Encoding": "identity"}, timeout=10)
        assert int(plain.headers["Content-Length"]) == len(text)
    first = {"Range": "bytes=0-3"}
    part = requests.get(bucket.sign_url("GET", "a.json", 60), headers=first, timeout=10)
    assert (part.status_code, part.content) == (206, text[:4])


@pytest.mark.parametrize("wanted", ["bytes=0-1,3-4", "bytes=0-1, -2", "bytes=1-,2-3"])
def test_several_ranges_are_refused(bucket: Any, wanted: str) -> None:
    """Whoever asks for two pieces must not take the first one for both."""
    bucket.put_object("key", TEN)
    told = refused(lambda: bucket.get_object("key", headers={"Range": wanted}))
    assert told == (416, "InvalidRange")


def test_rest_of_an_object_can_be_copied_as_a_part(bucket: Any) -> None:
    """The last part of a copy is whatever is left."""
    bucket.put_object("source", TEN)
    upload = bucket.init_multipart_upload("key").upload_id
    copied = bucket.upload_part_copy(BUCKET, "source", (7, None), "key", upload, 1)
    bucket.complete_multipart_upload("key", upload, [oss2.models.PartInfo(1, copied.etag)])
    assert bucket.get_object("key").read() == TEN[7:]
    another = bucket.init_multipart_upload("key").upload_id
    for wanted in ((10, None), (5, 10)):
        told = refused(
            lambda wanted=wanted: bucket.upload_part_copy(
                BUCKET, "source", wanted, "key", another, 1
            )
        )
        assert told == (416, "InvalidRange")


def test_copy_of_a_part_has_conditions(bucket: Any) -> None:
    """A source that changed meanwhile must not be mixed with what was copied before."""
    etag = bucket.put_object("source", TEN).etag
    upload = bucket.init_multipart_upload("key").upload_id
    for value, status in ((etag, 200), ("0" * 32, 412)):
        headers = {"x-oss-copy-source-if-match": value}
        try:
            answer = bucket.upload_part_copy(
                BUCKET, "source", None, "key", upload, 1, headers=headers
            ).status
        except oss2.exceptions.PreconditionFailed as failed:
            answer = failed.status
        assert answer == status


# --- tags ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tags",
    [
        "a=1&a=2",
        "=1",
        "a=b=c",
        "%40=1",
        "a=%3C",
        "a" * 129,
        f"a={'b' * 257}",
        "&".join(f"k{number}=v" for number in range(11)),
    ],
)
def test_tags_that_oss_does_not_accept_are_refused(bucket: Any, tags: str) -> None:
    """Each way to set tags has the same rules, and a refused write writes nothing."""
    headers = {"x-oss-tagging": tags}
    writes = (
        lambda: bucket.put_object("key", TEN, headers=headers),
        lambda: bucket.init_multipart_upload("key", headers=headers),
        lambda: bucket.append_object("key", 0, TEN, headers=headers),
        lambda: bucket.put_symlink("target", "key", headers=headers),
    )
    for write in writes:
        assert refused(write) == (400, "InvalidTag")
    assert not bucket.object_exists("key")
    bucket.put_object("key", TEN)
    pairs = [part.partition("=") for part in tags.split("&")]
    items = "".join(
        f"<Tag><Key>{unquote(name)}</Key><Value>{unquote(value).replace('<', '&lt;')}</Value></Tag>"
        for name, _, value in pairs
    )
    if tags == "a=b=c":  # fine where names and values stand apart
        return
    body = f"<Tagging><TagSet>{items}</TagSet></Tagging>".encode()
    told = refused(lambda: bucket._do("PUT", BUCKET, "key", params={"tagging": ""}, data=body))
    assert told == (400, "InvalidTag")


def test_copies_take_tags_along_or_get_their_own(bucket: Any) -> None:
    """Tags have a directive of their own, beside that of the metadata."""
    tagged = {"x-oss-tagging": "a=1", "x-oss-meta-m": "old"}
    bucket.put_object("key", TEN, headers=tagged)
    own = {"x-oss-tagging": "b=2"}
    for headers, tags, metadata in (
        ({}, {"a": "1"}, "old"),
        (own, {"a": "1"}, "old"),
        ({**own, "x-oss-tagging-directive": "REPLACE"}, {"b": "2"}, "old"),
        ({"x-oss-tagging-directive": "Replace"}, {}, "old"),
        ({"x-oss-metadata-directive": "REPLACE", "x-oss-meta-m": "new"}, {"a": "1"}, "new"),
    ):
        bucket.copy_object(BUCKET, "key", "copy", headers=headers)
        assert bucket.get_object_tagging("copy").tag_set.tagging_rule == tags
        assert bucket.head_object("copy").headers["x-oss-meta-m"] == metadata
    assert refused(
        lambda: bucket.copy_object(BUCKET, "key", "c", headers={"x-oss-tagging-directive": "no"})
    ) == (400, "InvalidArgument")


# --- versions, links, storage classes ----------------------------------------------------------


def test_delete_marker_has_no_content(cloud: LocalCloud, connect: Connect) -> None:
    """A marker that is named is not missing: it just cannot be read."""
    cloud.create_bucket("versioned-bucket", versioning=True)
    bucket = connect(bucket="versioned-bucket")
    bucket.put_object("key", TEN)
    marker = bucket.delete_object("key").versionid
    for read in (bucket.get_object, bucket.head_object):
        with pytest.raises(oss2.exceptions.ServerError) as told:
            read("key", params={"versionId": marker})
        assert (told.value.status, told.value.code) == (405, "MethodNotAllowed")
        assert told.value.headers["x-oss-delete-marker"] == "true"
    asked = {"versionId": marker}
    assert refused(lambda: bucket.get_object_tagging("key", params=asked)) == (404, "NoSuchKey")


@pytest.mark.parametrize("version", ["", "234", "NULL", "z" * 32])
def test_id_of_a_version_must_be_one(bucket: Any, version: str) -> None:
    """An empty variable in a script must not delete the current version."""
    bucket.put_object("key", TEN)
    for method in ("GET", "HEAD", "DELETE"):
        told = refused(
            lambda method=method: bucket._do(method, BUCKET, "key", params={"versionId": version})
        )
        assert told == (400, "InvalidArgument")
    assert bucket.get_object("key").read() == TEN
    source = {"x-oss-copy-source": f"/{BUCKET}/key?versionId={version}"}
    told = refused(lambda: bucket._do("PUT", BUCKET, "copy", headers=source))
    assert told == (400, "InvalidArgument")


def test_symbolic_link_leads_to_its_target(bucket: Any) -> None:
    """What is read is the target, and the link says so."""
    bucket.put_object("dir/target 汉", TEN, headers={"x-oss-meta-a": "target's"})
    bucket.put_symlink("dir/target 汉", "link", headers={"x-oss-meta-a": "link's"})
    found = bucket.get_object("link")
    assert found.read() == TEN
    assert found.headers["x-oss-object-type"] == "Symlink"
    assert found.headers["x-oss-meta-a"] == "link's"
    assert bucket.get_symlink("link").target_key == "dir/target 汉"
    bucket.delete_object("dir/target 汉")
    assert refused(lambda: bucket.get_object("link")) == (404, "SymlinkTargetNotExist")
    bucket.put_object("plain", TEN)
    assert refused(lambda: bucket.get_symlink("plain")) == (400, "NotSymlink")
    assert refused(lambda: bucket.put_symlink("", "link")) == (400, "InvalidArgument")


@pytest.mark.parametrize("storage_class", ["Archive", "ColdArchive", "DeepColdArchive"])
def test_archived_object_has_to_be_restored(bucket: Any, storage_class: str) -> None:
    """It cannot be read until then, and restoring takes its time."""
    bucket.put_object("key", TEN, headers={"x-oss-storage-class": storage_class})
    for _ in range(2):
        assert refused(lambda: bucket.get_object("key")) == (403, "InvalidObjectState")
        told = refused(lambda: bucket.copy_object(BUCKET, "key", "copy"))
        assert told == (403, "InvalidObjectState")
        if "x-oss-restore" not in bucket.head_object("key").headers:
            assert bucket.restore_object("key").status == 202
    head = bucket.head_object("key").headers
    assert head["x-oss-storage-class"] == storage_class
    assert head["x-oss-restore"] == 'ongoing-request="true"'
    assert bucket.list_objects().object_list[0].restore_info == head["x-oss-restore"]
    assert refused(lambda: bucket.restore_object("key")) == (409, "RestoreAlreadyInProgress")


def test_restored_object_can_be_read_for_some_days() -> None:
    """After a minute, until its time is over."""
    kept = {"x-oss-storage-class": "Archive", RESTORED: "160.0 1000.0"}
    stored = StoredObject("b", "k", 1, "null", 0, Content(0, "", 0, ()), Attributes(headers=kept))
    until = 'ongoing-request="false", expiry-date="Thu, 01 Jan 1970 00:16:40 GMT"'
    for now, told in ((159, 'ongoing-request="true"'), (160, until), (999, until), (1000, "")):
        assert restore_info(kept, now) == told
        if told == until:
            check_restored(stored, now)
            continue
        with pytest.raises(OssError, match="InvalidObjectState"):
            check_restored(stored, now)


@pytest.mark.parametrize(
    ("storage_class", "body", "code"),
    [
        ("Standard", b"", "OperationNotSupported"),
        ("Archive", b"<R><Days>0</Days></R>", "InvalidArgument"),
        ("Archive", "<R><Days>²</Days></R>".encode(), "InvalidArgument"),
        ("Archive", b"<R><JobParameters><Tier>Bulk</Tier></JobParameters></R>", "MalformedXML"),
        ("ColdArchive", b"<R><JobParameters><Tier>x</Tier></JobParameters></R>", "InvalidArgument"),
    ],
)
def test_wish_to_restore_is_checked(
    bucket: Any, storage_class: str, body: bytes, code: str
) -> None:
    """A wrong wish must not begin anything."""
    bucket.put_object("key", TEN, headers={"x-oss-storage-class": storage_class})
    ask = {"params": {"restore": ""}, "data": body}
    assert refused(lambda: bucket._do("POST", BUCKET, "key", **ask)) == (400, code)
    assert "x-oss-restore" not in bucket.head_object("key").headers


def test_a_wish_of_thousands_of_digits_is_refused(bucket: Any) -> None:
    """A number that Python does not read is the sender's mistake, as any other that is too large.

    oss2 reads the first 4,096 bytes of an error only, and so not its code.
    """
    bucket.put_object("key", TEN, headers={"x-oss-storage-class": "Archive"})
    body = b"<R><Days>" + b"9" * 5000 + b"</Days></R>"
    ask = {"params": {"restore": ""}, "data": body}
    assert refused(lambda: bucket._do("POST", BUCKET, "key", **ask)) == (400, "")


def test_bucket_gives_its_objects_a_storage_class(cloud: LocalCloud, connect: Connect) -> None:
    """Who writes without a class gets the one of the bucket."""
    bucket = connect(cloud.owner, bucket="rare-bucket")
    config = oss2.models.BucketCreateConfig("IA", "ZRS")
    bucket.create_bucket(input=config)
    info = bucket.get_bucket_info()
    assert (info.storage_class, info.data_redundancy_type) == ("IA", "ZRS")
    bucket.put_object("key", TEN)
    bucket.put_object("own", TEN, headers={"x-oss-storage-class": "Standard"})
    classes = [found.storage_class for found in bucket.list_objects().object_list]
    assert classes == ["IA", "Standard"]
    stat = bucket.get_bucket_stat()
    assert (stat.object_count, stat.storage_size_in_bytes) == (2, 2 * len(TEN))
    assert (stat.standard_object_count, stat.infrequent_access_object_count) == (1, 1)
    assert (stat.standard_storage, stat.archive_real_storage) == (len(TEN), 0)
    billed = (stat.infrequent_access_storage, stat.infrequent_access_real_storage)
    assert billed == (64 * 1024, len(TEN))


# --- order of checks, the wire -------------------------------------------------------------------


def test_missing_bucket_is_told_before_anything_else(connect: Connect) -> None:
    """Before keys are looked at, those of objects and those of senders."""
    stranger = connect(Identity("LTAInobody", "secret"), bucket=NOWHERE)
    assert refused(lambda: stranger.get_object("key")) == (404, "NoSuchBucket")
    bucket = connect(bucket=NOWHERE)
    for call in (
        lambda: bucket.put_object("/wrong", TEN),
        lambda: bucket.get_object("key"),
        lambda: bucket.init_multipart_upload("key"),
        lambda: bucket.append_object("key", 0, TEN),
        bucket.list_multipart_uploads,
        lambda: bucket.put_bucket_cors(oss2.models.BucketCors([])),
    ):
        assert refused(call) == (404, "NoSuchBucket")


def test_body_without_a_length_is_refused(cloud: LocalCloud) -> None:
    """Nobody knows where such a body ends."""
    auth = oss2.Auth(cloud.owner.access_key_id, cloud.owner.access_key_secret)
    request = oss2.http.Request("PUT", "")
    auth._sign_request(request, BUCKET, "key")
    address = urlsplit(cloud.oss_endpoint)
    named = [f"{name}: {request.headers[name]}" for name in ("date", "authorization")]
    head = "\r\n".join([f"PUT /{BUCKET}/key HTTP/1.1", "Host: laptop", *named, "", ""])
    with socket.create_connection((str(address.hostname), int(address.port or 0)), 20) as client:
        client.sendall(head.encode())
        answer = client.recv(4096)
    assert answer.startswith(b"HTTP/1.1 411 ")
    assert b"<Code>MissingContentLength</Code>" in answer
    assert cloud.list_keys(BUCKET) == []


def test_chunked_body_needs_no_length(cloud: LocalCloud, bucket: Any) -> None:
    """Streams of unknown size are sent so."""
    bucket.put_object("key", iter([TEN, TEN * SMALLEST_PART]))
    assert cloud.get_object(BUCKET, "key") == TEN + TEN * SMALLEST_PART
