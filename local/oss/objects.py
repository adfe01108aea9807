"""Reading and writing single objects."""

from urllib.parse import unquote

from local.oss import crc64, xmldoc
from local.oss.blobs import Received
from local.oss.call import Handler, OssCall
from local.oss.conditions import byte_range, check_conditions
from local.oss.errors import OssError, invalid_argument
from local.oss.model import Attributes, Content, StoredObject, http_date, iso_date
from local.oss.ownership import access_control
from local.oss.target import part_etag
from local.reply import BodyStream, Reply

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
    check_key(call.target.key)
    attributes = call.attributes()
    call.store.bucket(call.target.bucket)
    received = await call.receive()
    stored = call.store.put(
        call.where, received, attributes, forbid_overwrite=call.forbids_overwrite
    )
    call.created(stored, "PutObject")
    return Reply(200, _written(stored))


async def copy_object(call: OssCall) -> Reply:
    """Copy an object."""
    check_key(call.target.key)
    bucket, key, version = copy_source(call)
    source = call.store.get(bucket, key, version)
    check_conditions(_source_conditions(call), source)
    replaces = call.headers.get("x-oss-metadata-directive", "COPY").upper() == "REPLACE"
    attributes = call.attributes() if replaces else source.attributes
    blobs = call.store.blobs
    with call.store.transaction():
        kind = "Normal" if source.content.kind == "Appendable" else source.content.kind
        content = Content(
            source.content.size,
            source.content.etag,
            source.content.crc,
            tuple(blobs.copy(source.content.blobs)),
            kind,
        )
        stored = call.store.place(
            call.where, content, attributes, forbid_overwrite=call.forbids_overwrite
        )
    call.created(stored, "CopyObject")
    return copy_result("CopyObjectResult", stored.quoted_etag, stored.modified, _written(stored))


async def append_object(call: OssCall) -> Reply:
    """Append to an object, or create an appendable one."""
    check_key(call.target.key)
    attributes = call.attributes()
    call.store.bucket(call.target.bucket)
    position = call.number("position")
    received = await call.receive()
    try:
        with call.store.transaction():
            stored = _append(call, attributes, position, _appendable(received))
            call.store.blobs.keep(received)
    except BaseException:
        call.store.blobs.drop(received)
        raise
    call.created(stored, "AppendObject")
    following = str(stored.content.size)
    return Reply(200, {**_written(stored), "x-oss-next-append-position": following})


async def get_object(call: OssCall) -> Reply:
    """Return an object or a range of it."""
    stored = _readable(call)
    headers = _described(stored) | {
        header: call.query[name] for name, header in _OVERRIDES.items() if name in call.query
    }
    size = stored.content.size
    part = byte_range(call.headers, size)
    offset, length = part or (0, size)
    if part is not None:
        headers["Content-Range"] = f"bytes {offset}-{offset + length - 1}/{size}"
    blobs = call.store.blobs
    body = blobs.read(stored.content.blobs, offset, length)
    if body is None:
        stream = BodyStream(length, blobs.reader(stored.content.blobs, offset, length))
        return Reply(206 if part else 200, headers, stream)
    return Reply(206 if part else 200, headers, body)


async def head_object(call: OssCall) -> Reply:
    """Return the headers of an object."""
    stored = _readable(call)
    return Reply(200, {**_described(stored), "Content-Length": str(stored.content.size)})


async def get_object_meta(call: OssCall) -> Reply:
    """Return size, ETag and date of an object."""
    stored = call.store.get(*call.where, call.query.get("versionId", ""))
    headers = {
        "Content-Length": str(stored.content.size),
        "ETag": stored.quoted_etag,
        "Last-Modified": http_date(stored.modified),
        **_version(stored),
    }
    if call.target.method == "GET":
        headers["Content-Length"] = "0"
    return Reply(200, headers)


async def get_acl(call: OssCall) -> Reply:
    """Return the access control list of an object: it has always that of its bucket."""
    stored = call.store.get(*call.where, call.query.get("versionId", ""))
    reply = access_control("default")
    return Reply(200, {**reply.headers, **_version(stored)}, reply.body)


async def delete_object(call: OssCall) -> Reply:
    """Delete an object; a missing one is not an error."""
    check_key(call.target.key)
    gone = call.store.delete(*call.where, call.query.get("versionId", ""))
    headers = _version(gone) if gone else {}
    if gone is not None and gone.marker:
        headers["x-oss-delete-marker"] = "true"
    return Reply(204, headers)


def check_key(key: str) -> None:
    """Raise InvalidObjectName for a key that OSS does not accept."""
    if len(key.encode()) > 1023 or key.startswith(("/", "\\")):
        raise OssError(400, "InvalidObjectName", "The specified object is not valid.")


def copy_source(call: OssCall) -> tuple[str, str, str]:
    """Read bucket, key and version of `x-oss-copy-source`, and check the permission to read it."""
    path, _, query = call.headers["x-oss-copy-source"].partition("?")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    if not key:
        raise invalid_argument("x-oss-copy-source", path)
    call.authorize("GetObject", bucket, key)
    return bucket, key, query.removeprefix("versionId=")


def copy_result(name: str, etag: str, modified: float, headers: dict[str, str]) -> Reply:
    """Return the answer of a copy; oss2 ignores the XML, other SDKs do not."""
    children = [xmldoc.text("ETag", etag), xmldoc.text("LastModified", iso_date(modified))]
    reply = xmldoc.document(name, children)
    return Reply(200, {**headers, **reply.headers}, reply.body)


def _append(call: OssCall, attributes: Attributes, position: int, more: Content) -> StoredObject:
    old = call.store.find(*call.where)
    size = old.content.size if old else 0
    if old is not None and old.content.kind != "Appendable":
        raise OssError(409, "ObjectNotAppendable", "The object is not appendable.")
    if position != size:
        raise OssError(
            409,
            "PositionNotEqualToLength",
            "Position is not equal to file length.",
            headers={"x-oss-next-append-position": str(size)},
        )
    if old is None:
        return call.store.place(
            call.where, more, attributes, forbid_overwrite=call.forbids_overwrite
        )
    crc = crc64.combine(old.content.crc, more.crc, more.size)
    blobs = (*old.content.blobs, *more.blobs)
    return call.store.grow(old, Content(size + more.size, more.etag, crc, blobs, "Appendable"))


def _appendable(more: Received) -> Content:
    return Content(more.size, part_etag([more.md5]), more.crc, (more.blob,), "Appendable")


def _readable(call: OssCall) -> StoredObject:
    stored = call.store.get(*call.where, call.query.get("versionId", ""))
    check_conditions(call.headers, stored)
    return stored


def _source_conditions(call: OssCall) -> dict[str, str]:
    start = "x-oss-copy-source-"
    return {
        name.removeprefix(start): value
        for name, value in call.headers.items()
        if name.startswith(start + "if-")
    }


def _described(stored: StoredObject) -> dict[str, str]:
    headers = {
        **stored.attributes.headers,
        **_written(stored),
        "Content-Type": stored.attributes.content_type,
        "Last-Modified": http_date(stored.modified),
        "Accept-Ranges": "bytes",
        "x-oss-object-type": stored.content.kind,
        "x-oss-storage-class": stored.attributes.storage_class,
    }
    if stored.attributes.tags:
        headers["x-oss-tagging-count"] = str(len(stored.attributes.tags))
    if stored.content.kind == "Appendable":
        headers["x-oss-next-append-position"] = str(stored.content.size)
    return headers


def _written(stored: StoredObject) -> dict[str, str]:
    return {
        "ETag": stored.quoted_etag,
        "x-oss-hash-crc64ecma": str(stored.content.crc),
        **_version(stored),
    }


def _version(stored: StoredObject) -> dict[str, str]:
    """Return the header with the version, if the object has one."""
    return {} if stored.version_id in ("", "null") else {"x-oss-version-id": stored.version_id}


HANDLERS: dict[str, Handler] = {
    "PutObject": put_object,
    "CopyObject": copy_object,
    "AppendObject": append_object,
    "GetObject": get_object,
    "HeadObject": head_object,
    "GetObjectMeta": get_object_meta,
    "GetObjectAcl": get_acl,
    "DeleteObject": delete_object,
}
