from itertools import pairwise
from typing import Any

import oss2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.client import LocalCloud
from local.oss import crc64
from local.oss.uploads import SMALLEST_PART
from tests.local.conftest import BUCKET

PARTS = [bytes([number]) * (SMALLEST_PART + number) for number in range(3)] + [b"end"]
WHOLE = b"".join(PARTS)


def upload(bucket: Any, upload_id: str, parts: list[bytes]) -> list[Any]:
    done = []
    for number, part in enumerate(parts, 1):
        result = bucket.upload_part("key", upload_id, number, part)
        done.append(oss2.models.PartInfo(number, result.etag, size=len(part), part_crc=result.crc))
    return done


def test_parts_become_one_object(cloud: LocalCloud, bucket: Any) -> None:
    """Large files arrive in parts, and must then look like one object with its metadata."""
    upload_id = bucket.init_multipart_upload("key", headers={"x-oss-meta-a": "1"}).upload_id
    assert cloud.list_keys(BUCKET) == []
    parts = upload(bucket, upload_id, PARTS)
    listed = bucket.list_parts("key", upload_id).parts
    assert [(part.part_number, part.size) for part in listed] == [
        (number, len(part)) for number, part in enumerate(PARTS, 1)
    ]
    done = bucket.complete_multipart_upload("key", upload_id, parts)
    assert done.crc == crc64.update(WHOLE, 0)
    assert done.etag.endswith("-4")
    head = bucket.head_object("key")
    assert (head.object_type, head.content_length) == ("Multipart", len(WHOLE))
    assert head.headers["x-oss-meta-a"] == "1"
    assert bucket.get_object("key").read() == WHOLE


def test_ranges_cross_the_borders_of_parts(bucket: Any) -> None:
    """Media are read by ranges, which know nothing of where parts end."""
    upload_id = bucket.init_multipart_upload("key").upload_id
    bucket.complete_multipart_upload("key", upload_id, upload(bucket, upload_id, PARTS))
    borders = [0, SMALLEST_PART, 2 * SMALLEST_PART + 1, len(WHOLE) - 3, len(WHOLE)]
    for first, last in [*pairwise(borders), (5, len(WHOLE) - 2), (SMALLEST_PART - 1,) * 2]:
        end = max(first, last - 1)
        assert bucket.get_object("key", byte_range=(first, end)).read() == WHOLE[first : end + 1]


def test_resumable_upload_of_oss2_works(bucket: Any, tmp_path: Any) -> None:
    """The SDK's own way of uploading large files must work against the local cloud."""
    source = tmp_path / "source"
    source.write_bytes(WHOLE)
    oss2.resumable_upload(
        bucket,
        "key",
        str(source),
        store=oss2.ResumableStore(root=str(tmp_path)),
        multipart_threshold=SMALLEST_PART,
        part_size=SMALLEST_PART,
        num_threads=2,
    )
    assert bucket.get_object("key").read() == WHOLE


def test_part_can_be_replaced_until_the_end(bucket: Any) -> None:
    """A part that is sent again after an error must win over the first attempt."""
    upload_id = bucket.init_multipart_upload("key").upload_id
    bucket.upload_part("key", upload_id, 1, b"wrong")
    parts = upload(bucket, upload_id, [b"right"])
    bucket.complete_multipart_upload("key", upload_id, parts)
    assert bucket.get_object("key").read() == b"right"


def test_part_can_be_copied_from_an_object(bucket: Any) -> None:
    """Large objects are copied by ranges, whose last byte belongs to the part."""
    bucket.put_object("source 汉", WHOLE)
    upload_id = bucket.init_multipart_upload("key").upload_id
    copied = bucket.upload_part_copy(BUCKET, "source 汉", (3, 9), "key", upload_id, 1)
    parts = [oss2.models.PartInfo(1, copied.etag)]
    bucket.complete_multipart_upload("key", upload_id, parts)
    assert bucket.get_object("key").read() == WHOLE[3:10]


def test_aborted_upload_leaves_nothing(bucket: Any) -> None:
    """An upload that was given up must neither be listed nor accept further parts."""
    upload_id = bucket.init_multipart_upload("key").upload_id
    upload(bucket, upload_id, PARTS)
    assert [each.upload_id for each in bucket.list_multipart_uploads().upload_list] == [upload_id]
    bucket.abort_multipart_upload("key", upload_id)
    assert bucket.list_multipart_uploads().upload_list == []
    with pytest.raises(oss2.exceptions.NoSuchUpload):
        bucket.upload_part("key", upload_id, 1, b"late")


@pytest.mark.parametrize(
    ("sent", "named", "code"),
    [
        ([b"small", b"end"], [1, 2], "EntityTooSmall"),
        (PARTS, [2, 1], "InvalidPartOrder"),
        (PARTS, [1, 2, 9], "InvalidPart"),
    ],
)
def test_impossible_completion_is_refused(
    cloud: LocalCloud, bucket: Any, sent: list[bytes], named: list[int], code: str
) -> None:
    """A wrong list of parts must not produce a corrupt object."""
    upload_id = bucket.init_multipart_upload("key").upload_id
    etags = {part.part_number: part.etag for part in upload(bucket, upload_id, sent)}
    wanted = [oss2.models.PartInfo(number, etags.get(number, "0" * 32)) for number in named]
    # oss2 sorts the parts itself, so the order is broken behind its back
    body = oss2.xml_utils.to_complete_upload_request(wanted)
    params = {"uploadId": upload_id}
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket._Bucket__do_object("POST", "key", params=params, data=body)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert cloud.list_keys(BUCKET) == []


def test_completion_can_be_forbidden_to_overwrite(cloud: LocalCloud, bucket: Any) -> None:
    """The rule against overwriting must hold for uploads in parts as well."""
    upload_id = bucket.init_multipart_upload("key").upload_id
    parts = upload(bucket, upload_id, [b"late"])
    bucket.put_object("key", b"first")
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket.complete_multipart_upload(
            "key", upload_id, parts, headers={"x-oss-forbid-overwrite": "true"}
        )
    assert (refused.value.status, refused.value.code) == (409, "FileAlreadyExists")
    assert cloud.get_object(BUCKET, "key") == b"first"


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_checksum_of_two_pieces_is_that_of_the_whole(first: bytes, second: bytes) -> None:
    """Checksums of parts are combined, since reading the whole object again would be slow."""
    pieces = crc64.update(first, 0), crc64.update(second, 0)
    assert crc64.combine(*pieces, len(second)) == crc64.update(first + second, 0)


def test_checksum_is_crc_64_xz() -> None:
    """The check value of the CRC catalogue."""
    assert crc64.update(b"123456789", 0) == 0x995DC9BBDF1939FA
