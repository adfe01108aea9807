"""Multipart uploads over HTTP."""

import base64
import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

from local.oss import xmldoc
from local.oss.blobs import Received
from local.oss.call import Handler, OssCall
from local.oss.conditions import check_conditions
from local.oss.copying import copy_result, copy_source, source_conditions
from local.oss.encoding import encoder, encoding
from local.oss.errors import OssError, invalid_argument
from local.oss.model import ENCRYPTED_BY_CLIENT, OBJECT_ACL, Attributes, iso_date
from local.oss.objects import check_place
from local.oss.uploads import Part, Upload
from local.reply import Reply

_CLIENT_ENCRYPTION = {
    "key": "Key",
    "start": "Start",
    "cek-alg": "CekAlg",
    "wrap-alg": "WrapAlg",
    "data-size": "DataSize",
    "part-size": "PartSize",
}


async def initiate(call: OssCall) -> Reply:
    """Start an upload."""
    check_place(call)
    if call.forbids_overwrite and not call.store.bucket(call.target.bucket).versioning:
        _forbid_existing(call)
    encode = encoder(call)
    attributes = call.attributes()
    if "content-type" not in call.headers:
        # an ending says nothing here: alibabacloud-oss-v2, test_metadata_tagging_directive_replace
        attributes = replace(attributes, content_type=Attributes.content_type)
    upload = call.backend.uploads.begin(*call.where, attributes)
    return xmldoc.document(
        "InitiateMultipartUploadResult",
        [
            *encoding(call),
            xmldoc.text("Bucket", upload.bucket),
            xmldoc.text("Key", encode(upload.key)),
            xmldoc.text("UploadId", upload.id),
        ],
    )


async def upload_part(call: OssCall) -> Reply:
    """Write a part."""
    upload, number = _upload(call), _part_number(call)
    part = call.backend.uploads.add_part(upload, number, await call.receive())
    return Reply(200, _described(part))


async def upload_part_copy(call: OssCall) -> Reply:
    """Write a part that is a range of an object."""
    upload, number = _upload(call), _part_number(call)
    part = call.backend.uploads.add_part(upload, number, await _copied(call))
    headers = _described(part)
    return copy_result("CopyPartResult", headers["ETag"], part.modified, headers)


async def complete(call: OssCall) -> Reply:
    """Join the parts to an object."""
    body = await call.document()
    upload = _upload(call)  # which another request may have completed meanwhile
    takes_all = call.headers.get("x-oss-complete-all", "").lower() == "yes"
    if takes_all and body.strip():
        message = "The request must not name parts if it takes all of them."
        raise OssError(400, "InvalidArgument", message)
    attributes = upload.attributes
    if OBJECT_ACL in call.headers:
        headers = {**attributes.headers, OBJECT_ACL: call.headers[OBJECT_ACL]}
        attributes = replace(attributes, headers=headers)
    stored = call.backend.uploads.complete(
        upload,
        None if takes_all else _wanted(body),
        forbid_overwrite=call.forbids_overwrite,
        attributes=attributes,
    )
    call.created(stored, "CompleteMultipartUpload")
    reply = xmldoc.document(
        "CompleteMultipartUploadResult",
        [
            *encoding(call),
            xmldoc.text("Bucket", stored.bucket),
            xmldoc.text("Key", encoder(call)(stored.key)),
            xmldoc.text("ETag", stored.quoted_etag),
        ],
    )
    headers = {
        **reply.headers,
        "ETag": stored.quoted_etag,
        "x-oss-hash-crc64ecma": str(stored.content.crc),
    }
    return Reply(200, headers | call.version_header(stored), reply.body)


async def abort(call: OssCall) -> Reply:
    """Delete an upload and its parts."""
    call.backend.uploads.abort(_upload(call))
    return Reply(204)


async def list_parts(call: OssCall) -> Reply:
    """List the parts of an upload."""
    upload = _upload(call)
    after = call.number("part-number-marker", "0")
    limit = call.page_size("max-parts", "1000")
    rest = [part for part in call.backend.uploads.parts(upload) if part.number > after]
    listed = rest[:limit]
    return xmldoc.document(
        "ListPartsResult",
        [
            *encoding(call),
            xmldoc.text("Bucket", upload.bucket),
            xmldoc.text("Key", encoder(call)(upload.key)),
            xmldoc.text("UploadId", upload.id),
            xmldoc.text("StorageClass", upload.attributes.storage_class),
            xmldoc.text("PartNumberMarker", after),
            xmldoc.text("NextPartNumberMarker", listed[-1].number if listed else 0),
            xmldoc.text("MaxParts", limit),
            xmldoc.flag("IsTruncated", value=len(rest) > limit),
            *_client_encryption(upload),
            *(_part_element(part) for part in listed),
        ],
    )


def _client_encryption(upload: Upload) -> Iterator[xmldoc.Child]:
    """Yield what whoever goes on with an encrypted upload needs; the SDKs read it from here."""
    for header, name in _CLIENT_ENCRYPTION.items():
        value = upload.attributes.headers.get(ENCRYPTED_BY_CLIENT + header)
        if value is not None:
            yield xmldoc.text(f"ClientEncryption{name}", value)


def _part_element(part: Part) -> xmldoc.Child:
    return xmldoc.element(
        "Part",
        xmldoc.text("PartNumber", part.number),
        xmldoc.text("LastModified", iso_date(part.modified)),
        xmldoc.text("ETag", f'"{part.etag}"'),
        xmldoc.text("HashCrc64ecma", part.crc),
        xmldoc.text("Size", part.size),
    )


def _described(part: Part) -> dict[str, str]:
    return {
        "ETag": f'"{part.etag}"',
        "x-oss-hash-crc64ecma": str(part.crc),
        "Content-MD5": base64.b64encode(bytes.fromhex(part.etag)).decode(),
    }


def _part_number(call: OssCall) -> int:
    number = call.number("partNumber")
    if not 1 <= number <= 10_000:
        raise invalid_argument("partNumber", str(number))
    return number


def _upload(call: OssCall) -> Upload:
    return call.backend.uploads.find(call.query["uploadId"], *call.where)


def _forbid_existing(call: OssCall) -> None:
    if call.store.find(*call.where) is not None:
        message = "The object you specified already exists and can not be overwritten."
        raise OssError(409, "FileAlreadyExists", message)


async def _copied(call: OssCall) -> Received:
    source = copy_source(call)
    check_conditions(source_conditions(call), source)
    offset, length = _copied_range(call, source.content.size)
    with contextlib.closing(
        call.store.blobs.reader(source.content.blobs, offset, length)
    ) as chunks:
        return await call.store.blobs.receive(_each(chunks))


def _copied_range(call: OssCall, size: int) -> tuple[int, int]:
    """Return offset and length of what is copied: `bytes=N-M`, `bytes=N-`, or all of it."""
    text = call.headers.get("x-oss-copy-source-range")
    if text is None:
        return 0, size
    match = re.fullmatch(r"bytes=([0-9]{1,18})-([0-9]{0,18})", text)
    if match is None:
        raise invalid_argument("x-oss-copy-source-range", text)
    first, last = int(match[1]), int(match[2] or size - 1)
    if not 0 <= first <= last < size:
        raise OssError(416, "InvalidRange", "The requested range cannot be satisfied.")
    return first, last - first + 1


async def _each(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def _wanted(body: bytes) -> list[tuple[int, str]]:
    root = xmldoc.parse_known(body, "Part/PartNumber", "Part/ETag")
    try:
        return [
            (int(part.findtext("PartNumber", "")), part.findtext("ETag", ""))
            for part in root.findall("Part")
        ]
    except ValueError:
        raise invalid_argument("PartNumber", "") from None


HANDLERS: dict[str, Handler] = {
    "InitiateMultipartUpload": initiate,
    "UploadPart": upload_part,
    "UploadPartCopy": upload_part_copy,
    "CompleteMultipartUpload": complete,
    "AbortMultipartUpload": abort,
    "ListParts": list_parts,
}
