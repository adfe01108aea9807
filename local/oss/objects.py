"""Reading and writing single objects."""

import base64
from dataclasses import replace
from urllib.parse import quote

from local.oss import crc64
from local.oss.blobs import Received
from local.oss.call import Handler, OssCall
from local.oss.compression import compressed, is_compressed
from local.oss.conditions import byte_range, check_conditions
from local.oss.errors import OssError, invalid_argument
from local.oss.links import resolved
from local.oss.model import (
    OBJECT_ACL,
    SYMLINK_TARGET,
    Content,
    StoredObject,
    http_date,
)
from local.oss.ownership import access_control
from local.oss.restoring import check_restored, restore_info
from local.oss.target import part_etag
from local.reply import BodyStream, Reply

_MD5_DIGITS = 32
_SPELLED = {
    "cache-control": "Cache-Control",
    "content-disposition": "Content-Disposition",
    "content-encoding": "Content-Encoding",
    "content-language": "Content-Language",
    "expires": "Expires",
}
_OVERRIDES = {
    "response-content-type": "Content-Type",
    "response-content-language": "Content-Language",
    "response-expires": "Expires",
    "response-cache-control": "Cache-Control",
    "response-content-disposition": "Content-Disposition",
    "response-content-encoding": "Content-Encoding",
}


async def put_object(call: OssCall) -> Reply:
    """Write an object."""
    check_place(call)
    attributes = call.attributes()
    received = await call.receive()
    stored = call.store.put(
        call.where, received, attributes, forbid_overwrite=call.forbids_overwrite
    )
    call.created(stored, "PutObject")
    return Reply(200, written(call, stored))


async def append_object(call: OssCall) -> Reply:
    """Append to an object, or create an appendable one."""
    check_place(call)
    position = call.number("position")
    received = await call.receive()
    try:
        with call.store.transaction():
            stored = _append(call, position, _appendable(received))
            call.store.blobs.keep(received)
    except BaseException:
        call.store.blobs.drop(received)
        raise
    call.created(stored, "AppendObject")
    following = str(stored.content.size)
    return Reply(200, {**written(call, stored), "x-oss-next-append-position": following})


async def get_object(call: OssCall) -> Reply:
    """Return an object or a range of it."""
    named = _readable(call)
    stored = resolved(call, named)
    check_restored(stored, call.store.clock())
    headers = _described(call, stored, named) | {
        header: call.query[name] for name, header in _OVERRIDES.items() if name in call.query
    }
    size = stored.content.size
    part = byte_range(call.headers, size)
    offset, length = part or (0, size)
    if part is not None:
        headers["Content-Range"] = f"bytes {offset}-{offset + length - 1}/{size}"
    blobs = call.store.blobs
    if part is None and is_compressed(call.headers, stored):
        return compressed(headers, blobs.reader(stored.content.blobs, 0, size))
    body = blobs.read(stored.content.blobs, offset, length)
    if body is None:
        stream = BodyStream(length, blobs.reader(stored.content.blobs, offset, length))
        return Reply(206 if part else 200, headers, stream)
    return Reply(206 if part else 200, headers, body)


async def head_object(call: OssCall) -> Reply:
    """Return the headers of an object."""
    named = _readable(call)
    stored = resolved(call, named)
    headers = {**_described(call, stored, named), "Content-Length": str(stored.content.size)}
    return Reply(200, headers)


async def get_object_meta(call: OssCall) -> Reply:
    """Return size, ETag and date of an object."""
    stored = call.store.get(*call.where, call.version_id)
    headers = {
        "Content-Length": str(stored.content.size),
        "ETag": stored.quoted_etag,
        "Last-Modified": http_date(stored.modified),
        **call.version_header(stored),
    }
    if call.target.method == "GET":
        headers["Content-Length"] = "0"
    return Reply(200, headers)


async def get_acl(call: OssCall) -> Reply:
    """Return who may use an object."""
    stored = call.store.get(*call.where, call.version_id)
    reply = access_control(stored.attributes.acl)
    return Reply(200, {**reply.headers, **call.version_header(stored)}, reply.body)


async def put_acl(call: OssCall) -> Reply:
    """Set who may use an object."""
    stored = call.store.get(*call.where, call.version_id)
    acl = call.headers.get(OBJECT_ACL)
    if acl is None:
        raise invalid_argument(OBJECT_ACL, "")
    headers = {**stored.attributes.headers, OBJECT_ACL: acl}
    call.store.change(stored, replace(stored.attributes, headers=headers))
    return Reply(200, call.version_header(stored))


async def delete_object(call: OssCall) -> Reply:
    """Delete an object; a missing one is not an error."""
    check_place(call)
    gone = call.store.delete(*call.where, call.version_id)
    headers = call.version_header(gone) if gone else {}
    if gone is not None and gone.marker:
        headers["x-oss-delete-marker"] = "true"
    return Reply(204, headers)


def check_place(call: OssCall) -> None:
    """Raise NoSuchBucket, or else InvalidObjectName for a key that OSS does not accept."""
    call.store.bucket(call.target.bucket)
    check_key(call.target.key)


def check_key(key: str) -> None:
    """Raise InvalidObjectName for a key that OSS does not accept."""
    if len(key.encode()) > 1023 or key.startswith(("/", "\\")):
        raise OssError(400, "InvalidObjectName", "The specified object is not valid.")


def _append(call: OssCall, position: int, more: Content) -> StoredObject:
    old = call.store.find(*call.where)
    size = old.content.size if old else 0
    if old is not None and old.content.kind != "Appendable":
        raise OssError(409, "ObjectNotAppendable", "The object is not appendable.")
    if position != size:
        raise OssError(
            409,
            "PositionNotEqualToLength",
            "Position is not equal to file length",
            headers={"x-oss-next-append-position": str(size)},
        )
    if old is None:  # attributes are those of the first piece
        return call.store.place(
            call.where, more, call.attributes(), forbid_overwrite=call.forbids_overwrite
        )
    crc = crc64.combine(old.content.crc, more.crc, more.size)
    blobs = (*old.content.blobs, *more.blobs)
    return call.store.grow(old, Content(size + more.size, more.etag, crc, blobs, "Appendable"))


def _appendable(more: Received) -> Content:
    return Content(more.size, part_etag([more.md5]), more.crc, (more.blob,), "Appendable")


def _readable(call: OssCall) -> StoredObject:
    stored = call.store.get(*call.where, call.version_id)
    check_conditions(call.headers, stored)
    return stored


def _described(call: OssCall, stored: StoredObject, named: StoredObject) -> dict[str, str]:
    """Return the headers of an object, which may be what a named symbolic link leads to."""
    own = named.attributes.metadata if named is not stored else {}
    kept = {
        _SPELLED.get(name, name): value
        for name, value in {**stored.attributes.answered, **own}.items()
    }
    headers = {
        **kept,
        **written(call, stored),
        "Content-Type": stored.attributes.content_type,
        "Last-Modified": http_date(stored.modified),
        "Accept-Ranges": "bytes",
        "x-oss-object-type": named.content.kind,
        "x-oss-storage-class": stored.attributes.storage_class,
        **call.version_header(named),
    }
    restoring = restore_info(stored.attributes.headers, call.store.clock())
    if restoring:
        headers["x-oss-restore"] = restoring
    if named is not stored:
        headers[SYMLINK_TARGET] = quote(stored.key, safe="")
    if stored.attributes.tags:
        headers["x-oss-tagging-count"] = str(len(stored.attributes.tags))
    if stored.content.kind == "Appendable":
        headers["x-oss-next-append-position"] = str(stored.content.size)
    return headers


def written(call: OssCall, stored: StoredObject) -> dict[str, str]:
    """Return the headers that tell what was written."""
    headers = {
        "ETag": stored.quoted_etag,
        "x-oss-hash-crc64ecma": str(stored.content.crc),
        **call.version_header(stored),
    }
    if stored.content.kind == "Normal" and len(stored.content.etag) == _MD5_DIGITS:
        headers["Content-MD5"] = base64.b64encode(bytes.fromhex(stored.content.etag)).decode()
    return headers


HANDLERS: dict[str, Handler] = {
    "PutObject": put_object,
    "AppendObject": append_object,
    "GetObject": get_object,
    "HeadObject": head_object,
    "GetObjectMeta": get_object_meta,
    "GetObjectAcl": get_acl,
    "PutObjectAcl": put_acl,
    "DeleteObject": delete_object,
}
