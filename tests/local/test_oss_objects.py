import base64
import gzip
import hashlib
import zlib
from functools import partial
from typing import Any

import oss2
import pytest

from local.client import ControlError, LocalCloud
from local.oss.blobs import INLINE_LIMIT
from tests.local.conftest import BUCKET, Connect

TEN = b"0123456789"
LARGE = bytes(range(256)) * 1024  # larger than what is kept in the database
STANDARD = {"x-oss-range-behavior": "standard"}


@pytest.mark.parametrize("size", [0, 1, INLINE_LIMIT, INLINE_LIMIT + 1, 3_000_000])
def test_object_comes_back_as_it_was_put(cloud: LocalCloud, bucket: Any, size: int) -> None:
    """Small and large objects are stored differently, and neither way may change a byte."""
    data = (b"mps-manifest" * (size // 12 + 1))[:size]
    put = bucket.put_object("key", data)
    got = bucket.get_object("key")
    assert got.read() == data
    assert got.client_crc == got.server_crc == put.crc
    assert put.etag == hashlib.md5(data, usedforsecurity=False).hexdigest().upper()
    assert cloud.get_object(BUCKET, "key") == data


def test_head_tells_what_the_put_said(bucket: Any) -> None:
    """The function trusts HEAD for size, type and metadata, so nothing may be missing."""
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-cache",
        "x-oss-meta-job-id": "88c6ca184c0e432bbf5b665e2a15",
        "x-oss-meta-Mixed-Case": "value",
    }
    put = bucket.put_object("key", TEN, headers=headers)
    head = bucket.head_object("key")
    assert head.content_length == 10
    assert head.content_type == "application/json"
    assert head.etag == put.etag
    assert head.object_type == "Normal"
    assert head.headers["ETag"] == f'"{put.etag}"'
    assert head.headers["Cache-Control"] == "no-cache"
    assert head.headers["x-oss-meta-job-id"] == "88c6ca184c0e432bbf5b665e2a15"
    assert head.headers["x-oss-meta-mixed-case"] == "value"
    assert head.headers["x-oss-storage-class"] == "Standard"
    assert head.headers["x-oss-hash-crc64ecma"] == str(put.crc)
    assert head.last_modified is not None
    assert "x-oss-version-id" not in head.headers
    assert len(head.request_id) == 24


def test_content_type_has_a_default(bucket: Any) -> None:
    """A key without a suffix says nothing of its type, and OSS then names this one."""
    bucket.put_object("key-without-suffix", TEN)
    assert bucket.head_object("key-without-suffix").content_type == "application/octet-stream"


@pytest.mark.parametrize("data", [TEN, LARGE])
@pytest.mark.parametrize("behaviour", [{}, STANDARD])
@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [("0-0", 0, 1), ("2-5", 2, 6), ("9-9", 9, 10), ("-3", -3, None), ("4-", 4, None)],
)
def test_range_within_the_object_is_honoured(
    bucket: Any, *, data: bytes, behaviour: dict[str, str], wanted: str, start: int, end: int | None
) -> None:
    """Media are read by ranges, so an offset that is wrong by one would garble their facts."""
    bucket.put_object("key", data)
    got = bucket.get_object("key", headers={"Range": f"bytes={wanted}", **behaviour})
    expected = data[start:end]
    assert (got.status, got.read()) == (206, expected)
    first = start % len(data)
    assert got.headers["Content-Range"] == f"bytes {first}-{first + len(expected) - 1}/{len(data)}"


@pytest.mark.parametrize(
    "wanted", ["bytes=5-10", "bytes=10-20", "bytes=10-", "bytes=-11", "byte=0-1", "bytes=5-4"]
)
def test_other_ranges_give_the_whole_object(bucket: Any, wanted: str) -> None:
    """OSS ignores a range that does not lie within the object, unlike most servers."""
    bucket.put_object("key", TEN)
    got = bucket.get_object("key", headers={"Range": wanted})
    assert (got.status, got.read()) == (200, TEN)
    assert "Content-Range" not in got.headers


def test_standard_range_behaviour_clips_or_refuses(bucket: Any) -> None:
    """Clients that ask for HTTP's usual rules must not get the whole object instead."""
    bucket.put_object("key", TEN)
    clipped = bucket.get_object("key", headers={"Range": "bytes=5-10", **STANDARD})
    assert (clipped.status, clipped.read()) == (206, TEN[5:])
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket.get_object("key", headers={"Range": "bytes=10-20", **STANDARD})
    assert (refused.value.status, refused.value.code) == (416, "InvalidRange")


def test_conditions_decide_about_reading(bucket: Any) -> None:
    """Conditions protect a reader from an object that was replaced, and HEAD must agree."""
    etag = bucket.put_object("key", TEN).etag
    modified = bucket.head_object("key").headers["Last-Modified"]
    early = "Sat, 01 Jan 2000 00:00:00 GMT"
    for held in (
        {"If-Match": f'"{etag}"'},
        {"If-None-Match": '"0"'},
        {"If-Modified-Since": early},
        {"If-Unmodified-Since": modified},
    ):
        assert bucket.get_object("key", headers=held).read() == TEN
    for unchanged in ({"If-None-Match": f'"{etag}"'}, {"If-Modified-Since": modified}):
        with pytest.raises(oss2.exceptions.NotModified):
            bucket.get_object("key", headers=unchanged)
        with pytest.raises(oss2.exceptions.NotModified):
            bucket.head_object("key", headers=unchanged)
    for failed in ({"If-Match": '"0"'}, {"If-Unmodified-Since": early}):
        with pytest.raises(oss2.exceptions.PreconditionFailed):
            bucket.get_object("key", headers=failed)
        with pytest.raises(oss2.exceptions.PreconditionFailed):
            bucket.head_object("key", headers=failed)


def test_forbid_overwrite_keeps_the_first(cloud: LocalCloud, bucket: Any) -> None:
    """On a plain bucket this is what keeps two writers from overwriting each other."""
    forbid = {"x-oss-forbid-overwrite": "true"}
    bucket.put_object("key", b"first", headers=forbid)
    with pytest.raises(oss2.exceptions.ServerError) as told:
        bucket.put_object("key", b"second", headers=forbid)
    assert (told.value.status, told.value.code) == (409, "FileAlreadyExists")
    assert cloud.get_object(BUCKET, "key") == b"first"
    bucket.put_object("key", b"third", headers={"x-oss-forbid-overwrite": "false"})
    assert cloud.get_object(BUCKET, "key") == b"third"


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_forbid_overwrite_has_no_effect_under_versioning(
    cloud: LocalCloud, connect: Connect, status: str
) -> None:
    """OSS ignores the header there, and code that relies on it must be caught locally."""
    cloud.create_bucket("versioned-bucket")
    bucket = connect(bucket="versioned-bucket")
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig(status))
    forbid = {"x-oss-forbid-overwrite": "true"}
    bucket.put_object("key", b"first", headers=forbid)
    bucket.put_object("key", b"second", headers=forbid)
    assert cloud.get_object("versioned-bucket", "key") == b"second"


def test_head_errors_reach_oss2_with_their_code(cloud: LocalCloud, connect: Connect) -> None:
    """HEAD has no body; oss2 reads the error from x-oss-err."""
    with pytest.raises(oss2.exceptions.NoSuchKey) as missing:
        connect().head_object("nothing")
    assert missing.value.details["Key"] == "nothing"
    assert missing.value.headers["x-oss-ec"] == missing.value.ec
    with pytest.raises(oss2.exceptions.NoSuchBucket):
        connect(bucket="no-such-bucket").head_object("key")
    cloud.deny(BUCKET, "", ["GetObject"])
    with pytest.raises(oss2.exceptions.AccessDenied):
        connect().head_object("key")


def test_object_exists_asks_without_a_body(bucket: Any) -> None:
    """The SDK's cheap checks of an object must work, and a missing object is no error."""
    bucket.put_object("key", TEN)
    assert bucket.object_exists("key")
    assert not bucket.object_exists("nothing")
    assert bucket.get_object_meta("key").content_length == 10


def test_content_md5_is_checked(cloud: LocalCloud, bucket: Any) -> None:
    """A body damaged on its way must be refused, whichever way it would be stored."""
    right = base64.b64encode(hashlib.md5(TEN, usedforsecurity=False).digest()).decode()
    bucket.put_object("right", TEN, headers={"Content-MD5": right})
    with pytest.raises(oss2.exceptions.InvalidDigest):
        bucket.put_object("wrong", TEN + b"!", headers={"Content-MD5": right})
    with pytest.raises(oss2.exceptions.InvalidDigest):
        bucket.put_object("wrong", LARGE, headers={"Content-MD5": right})
    assert cloud.list_keys(BUCKET) == ["right"]


@pytest.mark.parametrize("key", ["/leading", "\\leading", "x" * 1024, "汉" * 342])
def test_impossible_keys_are_refused(connect: Connect, key: str) -> None:
    """A key that OSS refuses must not work locally and then fail after deployment."""
    with pytest.raises(oss2.exceptions.InvalidObjectName):
        connect().put_object(key, TEN)


def test_longest_key_is_taken(bucket: Any) -> None:
    """A limit that is off by one would refuse a key that OSS accepts."""
    bucket.put_object("汉" * 341, TEN)
    assert bucket.get_object("汉" * 341).read() == TEN


def test_delete_is_no_error_twice(cloud: LocalCloud, bucket: Any) -> None:
    """A deletion repeated after a lost answer must succeed, as it does in OSS."""
    bucket.put_object("key", TEN)
    assert bucket.delete_object("key").status == 204
    assert bucket.delete_object("key").status == 204
    assert cloud.list_keys(BUCKET) == []


def test_many_objects_are_deleted_at_once(cloud: LocalCloud, bucket: Any) -> None:
    """Odd characters in keys must survive the XML of a batch, and other objects must stay."""
    keys = ["a b", "汉%2F", "c&<d>"]
    for key in [*keys, "stays"]:
        bucket.put_object(key, TEN)
    assert bucket.batch_delete_objects([*keys, "never-was"]).deleted_keys == [*keys, "never-was"]
    assert cloud.list_keys(BUCKET) == ["stays"]


@pytest.mark.parametrize("data", [TEN, LARGE])
def test_copy_lives_on_its_own(cloud: LocalCloud, bucket: Any, data: bytes) -> None:
    """A copy must not vanish with its source, nor may copying onto itself lose the data."""
    bucket.put_object("from 汉", data, headers={"x-oss-meta-a": "1"})
    copied = bucket.copy_object(BUCKET, "from 汉", "to")
    bucket.delete_object("from 汉")
    assert bucket.get_object("to").read() == data
    assert bucket.head_object("to").headers["x-oss-meta-a"] == "1"
    assert copied.etag == hashlib.md5(data, usedforsecurity=False).hexdigest().upper()
    replaced = {"x-oss-metadata-directive": "REPLACE", "x-oss-meta-b": "2"}
    bucket.copy_object(BUCKET, "to", "to", headers=replaced)
    assert "x-oss-meta-a" not in bucket.head_object("to").headers
    assert cloud.get_object(BUCKET, "to") == data


def test_append_grows_an_object(bucket: Any) -> None:
    """Appending at a wrong position must fail instead of overwriting or leaving a gap."""
    first = bucket.append_object("log", 0, TEN)
    assert first.next_position == 10
    bucket.append_object("log", 10, LARGE, init_crc=first.crc)
    assert bucket.get_object("log").read() == TEN + LARGE
    assert bucket.get_object("log", byte_range=(5, 14)).read() == (TEN + LARGE)[5:15]
    assert bucket.head_object("log").object_type == "Appendable"
    with pytest.raises(oss2.exceptions.PositionNotEqualToLength) as told:
        bucket.append_object("log", 3, TEN)
    assert told.value.next_position == 10 + len(LARGE)
    bucket.put_object("normal", TEN)
    with pytest.raises(oss2.exceptions.ObjectNotAppendable):
        bucket.append_object("normal", 10, TEN)


def test_tags_are_put_read_and_removed(bucket: Any) -> None:
    """Tags with spaces and non-ASCII text must survive, and must never touch the data."""
    bucket.put_object("key", TEN, headers={"x-oss-tagging": "a=1&b%20c=%E6%B1%89"})
    assert bucket.get_object_tagging("key").tag_set.tagging_rule == {"a": "1", "b c": "汉"}
    assert bucket.head_object("key").headers["x-oss-tagging-count"] == "2"
    rule = oss2.models.TaggingRule()
    rule.add("status", "complete")
    bucket.put_object_tagging("key", oss2.models.Tagging(rule))
    assert bucket.get_object_tagging("key").tag_set.tagging_rule == {"status": "complete"}
    bucket.delete_object_tagging("key")
    assert bucket.get_object_tagging("key").tag_set.tagging_rule == {}
    assert bucket.get_object("key").read() == TEN


def test_immutable_bucket_lets_nothing_be_replaced_or_deleted(
    cloud: LocalCloud, connect: Connect
) -> None:
    """No retry gets around retention rules, so the function must be testable with them."""
    cloud.create_bucket("kept-bucket", immutable=True)
    bucket = connect(bucket="kept-bucket")
    bucket.put_object("key", b"first")
    for change in (
        partial(bucket.put_object, "key", b"second"),
        partial(bucket.delete_object, "key"),
        partial(bucket.copy_object, "kept-bucket", "key", "key"),
    ):
        with pytest.raises(oss2.exceptions.ServerError) as refused:
            change()
        assert (refused.value.status, refused.value.code) == (409, "FileImmutable")
    assert cloud.get_object("kept-bucket", "key") == b"first"


def test_unknown_functionality_is_refused_rather_than_ignored(bucket: Any) -> None:
    """Ignoring an image process would return the original and look like success."""
    bucket.put_object("key", TEN)
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket.get_object("key", process="image/resize,w_100")
    assert (refused.value.status, refused.value.code) == (501, "NotImplemented")


def test_control_port_tells_what_is_wrong(cloud: LocalCloud) -> None:
    """A test that names a wrong bucket or key must learn of it at once."""
    with pytest.raises(ControlError, match="NoSuchKey"):
        cloud.get_object(BUCKET, "nothing")
    with pytest.raises(ControlError, match="NoSuchBucket"):
        cloud.put_object("no-such-bucket", "key", b"")
    with pytest.raises(ControlError, match="NoSuchBucket"):
        cloud.list_keys("no-such-bucket")


def test_control_port_puts_objects_with_metadata(cloud: LocalCloud, bucket: Any) -> None:
    """Tests prepare buckets through this port, and OSS clients must see the same objects."""
    cloud.put_object(BUCKET, "a 汉", TEN, "text/plain", {"job-id": "42"})
    cloud.put_objects(BUCKET, {"b": b"1", "c": b"2"})
    head = bucket.head_object("a 汉")
    assert (head.content_type, head.headers["x-oss-meta-job-id"]) == ("text/plain", "42")
    assert cloud.list_keys(BUCKET) == ["a 汉", "b", "c"]
    cloud.delete_object(BUCKET, "b")
    assert cloud.list_keys(BUCKET, "b") == []


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, br", "new-one"])
@pytest.mark.parametrize(
    "data",
    [gzip.compress(TEN, mtime=0), zlib.compress(TEN), LARGE, b""],
    ids=["gzip", "zlib", "large", "empty"],
)
def test_body_is_stored_as_it_was_sent(
    cloud: LocalCloud, bucket: Any, encoding: str, data: bytes
) -> None:
    """The encoding describes the object; whoever decoded it on the way in would change it."""
    put = bucket.put_object("key", data, headers={"Content-Encoding": encoding})
    assert cloud.get_object(BUCKET, "key") == data
    head = bucket.head_object("key")
    assert head.content_length == len(data)
    assert head.headers["Content-Encoding"] == encoding
    assert head.etag == put.etag == hashlib.md5(data, usedforsecurity=False).hexdigest().upper()
    raw = bucket.get_object("key").resp.response.raw
    assert raw.read(decode_content=False) == data


def test_encoded_parts_and_appended_pieces_are_stored_as_they_were_sent(
    cloud: LocalCloud, bucket: Any
) -> None:
    """Every way to write an object takes the bytes as they come, valid or not."""
    piece, encoded = b"no gzip at all", {"Content-Encoding": "gzip"}
    bucket.append_object("log", 0, piece, headers=encoded)
    bucket.append_object("log", len(piece), piece, headers=encoded)
    upload_id = bucket.init_multipart_upload("parts", headers=encoded).upload_id
    part = bucket.upload_part("parts", upload_id, 1, piece, headers=encoded)
    bucket.complete_multipart_upload("parts", upload_id, [oss2.models.PartInfo(1, part.etag)])
    assert cloud.get_object(BUCKET, "log") == 2 * piece
    assert cloud.get_object(BUCKET, "parts") == piece
    assert bucket.head_object("parts").headers["Content-Encoding"] == "gzip"
